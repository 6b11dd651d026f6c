// Pointwise convolution whose output is averaged over each image at once: the output itself never goes to memory.
//
// Operands
//   x      [K/16, N, P, 16]   input, P pixels an image
//   w      [O/16, K, 16]      kernel, as in pointwise_conv2d.cl
//   scale  [O], shift [O]     what follows the product a channel
//   y      [O/16, N, 16]      means of the output
//   live   [O/16, N, P, 16]   −1 where the output is between low and high, so that a gradient passes, else 0;
//                             what pointwise_conv2d_pooled_backward_filter reads

// Pixels of the tile that is used beside TILE, so that few images have a rest: 49 = 4·6 + 5·5 = 3·14 + 7.
#if TILE >= 14
#define SMALL_TILE 7
#else
#define SMALL_TILE 5
#endif

// The outputs of `rows` pixels from `p` on in `blocks` blocks of channels, added to `total` in their order. Of the blocks,
// the parts of w are `panel_stride` apart, and those of `live` `live_stride`.
ALWAYS_INLINE void add_tile(
    global const float *in, size_t in_stride, global const float *panel, size_t panel_stride, uint in_blocks,
    global const float *scale, global const float *shift, float low, float high, global char *live, size_t live_stride,
    uint p, const uint rows, const uint blocks, float16 *total)
{
    float16 sum[TILE_BLOCKS][TILE];
    product_tile(in + p * BLOCK, in_stride, panel, panel_stride, in_blocks, rows, blocks, sum);
    UNROLL for (uint b = 0; b < blocks; b++) {
        const float16 s = vload16(b, scale);
        const float16 t = vload16(b, shift);
        UNROLL for (uint r = 0; r < rows; r++) {
            const float16 out = bounded(MULTIPLY_ADD(sum[b][r], s, t), low, high);
            vstore16(convert_char16(out > low && out < high), p + r, live + b * live_stride);
            total[b] += out;
        }
    }
}

// The means of `blocks` blocks of channels over the pixels of one image.
ALWAYS_INLINE void pooled_blocks(
    global const float *in, size_t in_stride, global const float *panel, uint in_blocks, global const float *scale,
    global const float *shift, float low, float high, global char *live, size_t live_stride, uint pixels,
    uint end_of_small, global float *y, size_t y_stride, const uint blocks)
{
    float16 total[TILE_BLOCKS];
    UNROLL for (uint b = 0; b < blocks; b++) total[b] = (float16)(0.0f);
    uint p = 0;
#define ADD_TILE(rows)                                                                                           \
    add_tile(                                                                                                    \
        in, in_stride, panel, (size_t)in_blocks * BLOCK * BLOCK, in_blocks, scale, shift, low, high, live,       \
        live_stride, p, rows, blocks, total)
    for (; p < end_of_small; p += SMALL_TILE) ADD_TILE(SMALL_TILE);
    for (; p + TILE <= pixels; p += TILE) ADD_TILE(TILE);
    for (; p < pixels; p++) ADD_TILE(1);
#undef ADD_TILE
    UNROLL for (uint b = 0; b < blocks; b++) vstore16(total[b] / (float)pixels, 0, y + b * y_stride);
}

// pointwise_conv2d_pooled_forward
//
//   y[n, o] = Σ_p clamp(scale[o] · Σ_k x[n, p, k] · w[k, o] + shift[o], low, high) / P
//
// Work:   global = (N, ⌈(O/16) / blocks_per_item⌉), local = (1, 1).
// Order:  k ascending, then p ascending, one accumulator each: the results are the bits of pointwise_conv2d_forward
//         and average_pooling2d_forward.
kernel void pointwise_conv2d_pooled_forward(
    global const float *restrict x, global const float *restrict w, global const float *restrict scale,
    global const float *restrict shift, global float *restrict y, global char *restrict live, uint pixels,
    uint in_blocks, uint out_blocks, uint blocks_per_item, float low, float high)
{
    const size_t n = get_global_id(0);
    const size_t images = get_global_size(0);
    const uint first_block = get_global_id(1) * blocks_per_item;
    const uint end_block = min(first_block + blocks_per_item, out_blocks);
    const size_t stride = images * pixels * BLOCK;
    global const float *in = x + n * pixels * BLOCK;

    // As few small tiles as leave whole large ones.
    uint small = 0;
    while (small * SMALL_TILE <= pixels && (pixels - small * SMALL_TILE) % TILE != 0) small++;
    if (small * SMALL_TILE > pixels) small = 0;
    const uint end_of_small = small * SMALL_TILE;

    uint o = first_block;
#define POOLED(blocks)                                                                                           \
    pooled_blocks(                                                                                               \
        in, stride, w + (size_t)o * in_blocks * BLOCK * BLOCK, in_blocks, scale + o * BLOCK, shift + o * BLOCK, low, \
        high, live + (o * images + n) * pixels * BLOCK, stride, pixels, end_of_small,                            \
        y + (o * images + n) * BLOCK, images * BLOCK, blocks)
    for (; o + TILE_BLOCKS <= end_block; o += TILE_BLOCKS) POOLED(TILE_BLOCKS);
    for (; o < end_block; o++) POOLED(1);
#undef POOLED
}
