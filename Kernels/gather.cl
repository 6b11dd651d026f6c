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
// Work:   groups = (N, P): a vector an item at a time, and numbers that are left over one by one.

#define PIECE                                                                                                    \
    const uint item = get_local_id(0);                                                                           \
    const size_t n = get_group_id(0);                                                                            \
    const size_t p = get_group_id(1);                                                                            \
    const size_t offset = ((size_t)index[n] * pieces + p) * floats;                                              \
    global float *to = y + (p * get_num_groups(0) + n) * floats

// gather_float
GROUP_OF(GROUP)
kernel void gather_float(
    global const float *restrict records, global const uint *restrict index, global float *restrict y, uint pieces,
    uint floats)
{
    PIECE;
    global const float *from = records + offset;
    for (uint i = item; i < floats / WIDTH; i += GROUP) STORE_ANYWHERE(LOAD_ANYWHERE(i, from), i, to);
    for (uint i = floats / WIDTH * WIDTH + item; i < floats; i += GROUP) to[i] = from[i];
}

// gather_half
GROUP_OF(GROUP)
kernel void gather_half(
    global const half *restrict records, global const uint *restrict index, global float *restrict y, uint pieces,
    uint floats)
{
    PIECE;
    global const half *from = records + offset;
    for (uint i = item; i < floats / WIDTH; i += GROUP) STORE_ANYWHERE(LOAD_HALF(i, from), i, to);
    for (uint i = floats / WIDTH * WIDTH + item; i < floats; i += GROUP) to[i] = vload_half(i, from);
}
