// The features of a batch's images, from the records of many: y[p, n, i] = records[index[n], p, i].
//
// Operands
//   records  [R, P, F]   float or half, little-endian; an image's features in P pieces of F numbers
//   index    [N]         the record of each image
//   y        [P, N, F]   float
//
// An image's features are what one image's activations are in the layout of common.cl, [C/16, H·W·16], or a plain
// image in one piece. A half is a float exactly.
//
// Work:   global = (N, P), local = (1, 1).

// gather_float
kernel void gather_float(
    global const float *restrict records, global const uint *restrict index, global float *restrict y, uint pieces,
    uint floats)
{
    const size_t n = get_global_id(0);
    const size_t p = get_global_id(1);
    global const float *from = records + ((size_t)index[n] * pieces + p) * floats;
    global float *to = y + (p * get_global_size(0) + n) * floats;
    uint i = 0;
    for (; i + BLOCK <= floats; i += BLOCK) vstore16(vload16(0, from + i), 0, to + i);
    for (; i < floats; i++) to[i] = from[i];
}

// gather_half
kernel void gather_half(
    global const half *restrict records, global const uint *restrict index, global float *restrict y, uint pieces,
    uint floats)
{
    const size_t n = get_global_id(0);
    const size_t p = get_global_id(1);
    global const half *from = records + ((size_t)index[n] * pieces + p) * floats;
    global float *to = y + (p * get_global_size(0) + n) * floats;
    uint i = 0;
    for (; i + BLOCK <= floats; i += BLOCK) vstore16(vload_half16(0, from + i), 0, to + i);
    for (; i < floats; i++) to[i] = vload_half(i, from);
}
