// Pointwise convolution, and Dense as the case of one pixel an image.
//
// Operands
//   x      [K/16, P, 16]   input; P = N·H·W pixels
//   w      [O/16, K, 16]   kernel: w[o/16][k][o%16] = Keras's kernel[0, 0, k, o]; K rounded up to 16
//   scale  [O], shift [O]  what follows the product a channel: batch-norm in inference mode, or 1 and the bias
//   y      [O/16, P, 16]   output; d… is the gradient of the loss with respect to …

// `rows` pixels of `blocks` blocks of channels. From block to block of w it is `w_stride`, of x and y `stride`.
ALWAYS_INLINE void pointwise_tile(
    global const float *x, global const float *w, global const float *scale, global const float *shift, float low,
    float high, global float *y, size_t stride, size_t w_stride, uint in_blocks, const uint rows, const uint blocks)
{
    float16 sum[TILE_BLOCKS][TILE];
    product_tile(x, stride, w, w_stride, in_blocks, rows, blocks, sum);
    UNROLL for (uint b = 0; b < blocks; b++) {
        const float16 s = vload16(b, scale);
        const float16 t = vload16(b, shift);
        UNROLL for (uint r = 0; r < rows; r++)
            vstore16(bounded(MULTIPLY_ADD(sum[b][r], s, t), low, high), r, y + b * stride);
    }
}

// pointwise_conv2d_forward
//
//   y[p, o] = clamp(scale[o] · Σ_k x[p, k] · w[k, o] + shift[o], low, high)
//
// Work:   global = (⌈P / pixels_per_item⌉, ⌈(O/16) / blocks_per_item⌉), local = (1, 1). An item goes through its
//         output blocks, TILE_BLOCKS at a time, and for each through its pixels in tiles of TILE, so that the panels of
//         w are read from memory once and then from the cache.
// Order:  k ascending, one accumulator an output.
kernel void pointwise_conv2d_forward(
    global const float *restrict x, global const float *restrict w, global const float *restrict scale,
    global const float *restrict shift, global float *restrict y, uint pixels, uint in_blocks, uint out_blocks,
    uint pixels_per_item, uint blocks_per_item, float low, float high)
{
    const uint first_pixel = get_global_id(0) * pixels_per_item;
    const uint end_pixel = min(first_pixel + pixels_per_item, pixels);
    const uint end_block = min((uint)(get_global_id(1) + 1) * blocks_per_item, out_blocks);
    const size_t stride = (size_t)pixels * BLOCK;
    const size_t w_stride = (size_t)in_blocks * BLOCK * BLOCK;
    uint o = get_global_id(1) * blocks_per_item;
#define POINTWISE_TILE(rows, blocks)                                                                             \
    pointwise_tile(                                                                                              \
        x + (size_t)p * BLOCK, w + o * w_stride, scale + o * BLOCK, shift + o * BLOCK, low, high,                \
        y + o * stride + (size_t)p * BLOCK, stride, w_stride, in_blocks, rows, blocks)
#define POINTWISE_BLOCKS(blocks)                                                                                 \
    for (; o + blocks <= end_block; o += blocks) {                                                               \
        uint p = first_pixel;                                                                                    \
        for (; p + TILE <= end_pixel; p += TILE) POINTWISE_TILE(TILE, blocks);                                   \
        for (; p < end_pixel; p++) POINTWISE_TILE(1, blocks);                                                    \
    }
    POINTWISE_BLOCKS(TILE_BLOCKS)
    POINTWISE_BLOCKS(1)
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
