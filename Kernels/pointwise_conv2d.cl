// Pointwise convolution, and Dense as the case of one pixel an image.
//
// Operands
//   x      [K/16, P, 16]   input; P = N·H·W pixels
//   w      [O/16, K, 16]   kernel: w[o/16][k][o%16] = Keras's kernel[0, 0, k, o]; K rounded up to 16
//   scale  [O], shift [O]  what follows the product a channel: batch-norm in inference mode, or 1 and the bias
//   y      [O/16, P, 16]   output; d… is the gradient of the loss with respect to …

// pointwise_conv2d_forward
//
//   y[p, o] = clamp(scale[o] · Σ_k x[p, k] · w[k, o] + shift[o], low, high)
//
// Work:   global = (⌈P / pixels_per_item⌉, ⌈(O/16) / blocks_per_item⌉), local = (1, 1). An item goes through its
//         output blocks, and for each through its pixels in tiles of TILE, so that one block's panel of w is
//         read from memory once and then from the cache.
// Order:  k ascending, one accumulator an output.
kernel void pointwise_conv2d_forward(
    global const float *restrict x, global const float *restrict w, global const float *restrict scale,
    global const float *restrict shift, global float *restrict y, uint pixels, uint in_blocks, uint out_blocks,
    uint pixels_per_item, uint blocks_per_item, float low, float high)
{
    const uint first_pixel = get_global_id(0) * pixels_per_item;
    const uint end_pixel = min(first_pixel + pixels_per_item, pixels);
    const uint first_block = get_global_id(1) * blocks_per_item;
    const uint end_block = min(first_block + blocks_per_item, out_blocks);
    const size_t x_stride = (size_t)pixels * BLOCK;

    for (uint o = first_block; o < end_block; o++) {
        global const float *panel = w + (size_t)o * in_blocks * BLOCK * BLOCK;
        global float *out = y + (size_t)o * x_stride;
        const float16 s = vload16(o, scale);
        const float16 t = vload16(o, shift);
        uint p = first_pixel;
        for (; p + TILE <= end_pixel; p += TILE) {
            float16 sum[TILE];
            UNROLL for (uint r = 0; r < TILE; r++) sum[r] = (float16)(0.0f);
            global const float *in = x + (size_t)p * BLOCK;
            global const float *rows = panel;
            for (uint k = 0; k < in_blocks; k++) {
                UNROLL for (uint j = 0; j < BLOCK; j++) {
                    const float16 row = vload16(j, rows);
                    UNROLL for (uint r = 0; r < TILE; r++)
                        sum[r] = MULTIPLY_ADD((float16)(in[r * BLOCK + j]), row, sum[r]);
                }
                in += x_stride;
                rows += BLOCK * BLOCK;
            }
            UNROLL for (uint r = 0; r < TILE; r++)
                vstore16(bounded(MULTIPLY_ADD(sum[r], s, t), low, high), p + r, out);
        }
        for (; p < end_pixel; p++) {
            float16 sum = (float16)(0.0f);
            global const float *in = x + (size_t)p * BLOCK;
            global const float *rows = panel;
            for (uint k = 0; k < in_blocks; k++) {
                UNROLL for (uint j = 0; j < BLOCK; j++)
                    sum = MULTIPLY_ADD((float16)(in[j]), vload16(j, rows), sum);
                in += x_stride;
                rows += BLOCK * BLOCK;
            }
            vstore16(bounded(MULTIPLY_ADD(sum, s, t), low, high), p, out);
        }
    }
}

// pointwise_conv2d_transpose
//
//   wt[k/16][o][k%16] = w[o/16][k][o%16]
//
// The kernel as the gradient of the input reads it: dx = pointwise_conv2d_forward(dz, wt).
//
// Work:   global = (K/16, O/16), local = (1, 1).
kernel void pointwise_conv2d_transpose(
    global const float *restrict w, global float *restrict wt, uint in_blocks, uint out_blocks)
{
    const uint k = get_global_id(0);
    const uint o = get_global_id(1);
    global const float *in = w + ((size_t)o * in_blocks + k) * BLOCK * BLOCK;
    global float *out = wt + ((size_t)k * out_blocks + o) * BLOCK * BLOCK;
    for (uint j = 0; j < BLOCK; j++)
        for (uint i = 0; i < BLOCK; i++) out[i * BLOCK + j] = in[j * BLOCK + i];
}
