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
// Work:   groups = (⌈P / pixels_per_group⌉, C/16).
GROUP_OF(GROUP)
kernel void activation_backward(
    global const float *restrict y, global float *restrict dy, global const float *restrict scale, uint pixels,
    uint pixels_per_group, float low, float high)
{
    RUN_OF_GROUP;
    const vector s = LOAD(block * VECTORS + VECTOR, scale);
    for (uint p = first + LANE; p < end; p += LANES) {
        const size_t at = (block * pixels + p) * VECTORS + VECTOR;
        const vector out = LOAD(at, y);
        const vector gradient = LOAD(at, dy) * s;
        STORE(select((vector)(0.0f), gradient, out > low && out < high), at, dy);
    }
}

// epilogue_shift
//
//   shift[c] = offset[c] + scale[c] · bias[c]
//
// What a trained bias adds to what follows the product: y = clamp(scale · (z + bias) + offset).
//
// Work:   groups = (C/16).
GROUP_OF(GROUP)
kernel void epilogue_shift(
    global const float *restrict offset, global const float *restrict scale, global const float *restrict bias,
    global float *restrict shift)
{
    const size_t at = get_group_id(0) * VECTORS + VECTOR;
    if (LANE == 0) STORE(MULTIPLY_ADD(LOAD(at, scale), LOAD(at, bias), LOAD(at, offset)), at, shift);
}
