// What stands between a layer's output and the gradient of its product.

// activation_backward
//
//   dz[p, c] = low < y[p, c] < high ? dy[p, c] · scale[c] : 0
//
//   y      [C/16, P, 16]   output of y = clamp(scale · z + shift, low, high)
//   dy     [C/16, P, 16]   its gradient; becomes dz in place
//   scale  [C]
//
// TensorFlow's convention: at 0 and at 6 the derivative of ReLU6 is zero.
//
// Work:   global = (⌈P / pixels_per_item⌉, C/16), local = (1, 1).
kernel void activation_backward(
    global const float *restrict y, global float *restrict dy, global const float *restrict scale, uint pixels,
    uint pixels_per_item, float low, float high)
{
    const uint first = get_global_id(0) * pixels_per_item;
    const uint end = min(first + pixels_per_item, pixels);
    const size_t block = get_global_id(1);
    const float16 s = vload16(block, scale);
    for (uint p = first; p < end; p++) {
        const size_t at = block * pixels + p;
        const float16 out = vload16(at, y);
        const float16 gradient = vload16(at, dy) * s;
        store_block(select((float16)(0.0f), gradient, out > low && out < high), at, dy);
    }
}

// epilogue_shift
//
//   shift[c] = offset[c] + scale[c] · bias[c]
//
// What a trained bias adds to what follows the product: y = clamp(scale · (z + bias) + offset).
//
// Work:   global = (C/16), local = (1).
kernel void epilogue_shift(
    global const float *restrict offset, global const float *restrict scale, global const float *restrict bias,
    global float *restrict shift)
{
    const size_t block = get_global_id(0);
    store_block(MULTIPLY_ADD(vload16(block, scale), vload16(block, bias), vload16(block, offset)), block, shift);
}
