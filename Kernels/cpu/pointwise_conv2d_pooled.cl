// Pointwise convolution whose output is averaged over each image at once: the output itself never goes to memory.
//
// Operands
//   x      [K/16, N, P, 16]   input, P pixels an image
//   w      [O/16, K, 16]      kernel, as in pointwise_conv2d.cl
//   scale  [O], shift [O]     what follows the product a channel
//   rows   [items, P, row]    each work-item's own memory; a row above K keeps the pixels of a tile in different sets of
//                             the first cache
//   y      [O/16, N, 16]      means of the output
//   live   [O/16, N, P, 16]   −1 where the output is between low and high, so that a gradient passes, else 0;
//                             what pointwise_conv2d_pooled_backward_filter reads

// Pixels of a tile that is used beside those of TILE_PIXELS, so that few images have a rest: 49 = 5·9 + 4 = 4·6 + 5·5.
#if TILE >= 14
#define SMALL_TILE 4
#else
#define SMALL_TILE 5
#endif

// The outputs of `pixels` pixels from `p` on in `blocks` blocks of channels, added to `total` in their order. Of the blocks,
// the parts of `live` are `live_stride` apart.
ALWAYS_INLINE void add_tile(
    global const float *rows, size_t row, global const float *w, global const float *next, uint depth,
    global const float *scale, global const float *shift, float low, float high, global char *live, size_t live_stride,
    uint p, const uint pixels, const uint blocks, float16 *total)
{
    float16 sum[TILE_BLOCKS][TILE_PIXELS];
    product_of_rows(
        rows + p * row, row, w, share_of_next_panel(w, next, p, depth, blocks), depth, pixels, blocks, sum);
    UNROLL for (uint b = 0; b < blocks; b++) {
        const float16 s = vload16(b, scale);
        const float16 t = vload16(b, shift);
        UNROLL for (uint r = 0; r < pixels; r++) {
            const float16 out = bounded(MULTIPLY_ADD(sum[b][r], s, t), low, high);
            store_bytes_block(convert_char16(out > low && out < high), p + r, live + b * live_stride);
            total[b] += out;
        }
    }
}

// As few small tiles as leave whole large ones, in pixels.
static inline uint pixels_of_small_tiles(uint pixels)
{
    for (uint small = 0; small <= pixels; small += SMALL_TILE)
        if ((pixels - small) % TILE_PIXELS == 0) return small;
    return 0;
}

#define POOLED_PARAMETERS(restrict)                                                                              \
    global const float *restrict rows, size_t row, global const float *restrict w,                               \
        global const float *restrict next, uint depth, global const float *restrict scale,                       \
        global const float *restrict shift, float low, float high, global char *restrict live,                   \
        size_t live_stride, uint pixels, global float *restrict y, size_t y_stride

// The means of `blocks` blocks of channels over the pixels of one image.
ALWAYS_INLINE void pooled_panel(POOLED_PARAMETERS(), const uint blocks)
{
    float16 total[TILE_BLOCKS];
    UNROLL for (uint b = 0; b < blocks; b++) total[b] = (float16)(0.0f);
    uint p = 0;
#define ADD_TILE(count)                                                                                          \
    add_tile(rows, row, w, next, depth, scale, shift, low, high, live, live_stride, p, count, blocks, total)
    const uint end_of_small = pixels_of_small_tiles(pixels);
    for (; p < end_of_small; p += SMALL_TILE) ADD_TILE(SMALL_TILE);
    for (; p + TILE_PIXELS <= pixels; p += TILE_PIXELS) ADD_TILE(TILE_PIXELS);
    for (; p < pixels; p++) ADD_TILE(1);
#undef ADD_TILE
    UNROLL for (uint b = 0; b < blocks; b++) store_block(total[b] / (float)pixels, 0, y + b * y_stride);
}

#define PANEL(blocks)                                                                                            \
    NEVER_INLINE void pooled_panel_##blocks(POOLED_PARAMETERS(restrict))                                         \
    {                                                                                                            \
        pooled_panel(                                                                                            \
            rows, row, w, next, depth, scale, shift, low, high, live, live_stride, pixels, y, y_stride, blocks); \
    }
FOR_EACH_NUMBER_OF_BLOCKS(PANEL)
#undef PANEL

// pointwise_conv2d_pooled_forward
//
//   y[n, o] = Σ_p clamp(scale[o] · Σ_k x[n, p, k] · w[k, o] + shift[o], low, high) / P
//
// Work:   global = (any number), local = (1). A task is blocks_per_task blocks of output channels of an image; work-items
//         claim them one after another.
// Order:  k ascending, then p ascending, one accumulator each: the results are the bits of pointwise_conv2d_forward
//         and average_pooling2d_forward.
kernel void pointwise_conv2d_pooled_forward(
    global const float *restrict x, global const float *restrict w, global const float *restrict scale,
    global const float *restrict shift, global float *restrict rows, global float *restrict y,
    global char *restrict live, uint row, uint images, uint pixels, uint in_blocks, uint out_blocks, uint blocks_per_task,
    float low, float high, global uint *claims)
{
    const size_t stride = (size_t)images * pixels * BLOCK;
    const uint depth = in_blocks * BLOCK;
    const uint parts = parts_of(out_blocks, blocks_per_task);
    rows += get_global_id(0) * pixels * row;
    FOR_EACH_CLAIMED(task, images * parts, claims) {
        const size_t n = task / parts;
        const uint first_block = task % parts * blocks_per_task;
        uint o = first_block;
        const uint end_block = min(first_block + blocks_per_task, out_blocks);
        bring_rows(x + n * pixels * BLOCK, stride, in_blocks, pixels, rows, row);
#define POOLED_BLOCKS(blocks)                                                                                    \
    pooled_panel_##blocks(                                                                                       \
        rows, row, w + (size_t)o * depth * BLOCK, NEXT_PANEL(o, blocks), depth, scale + o * BLOCK,               \
        shift + o * BLOCK, low, high,                                                                            \
        live + (o * images + n) * pixels * BLOCK, stride, pixels, y + (o * images + n) * BLOCK, images * BLOCK)
        FOR_EACH_TILE_OF_BLOCKS(o, end_block, POOLED_BLOCKS)
#undef POOLED_BLOCKS
    }
}

// pointwise_conv2d_pooled_backward_filter
//
// The sums of filter_gradients.cl with dz[p, o] = live[p, o] ? dy[n, o] / pixels_per_image · scale[o] : 0, n the image of p.
//
//   dy  [O/16, N, 16]   gradient of an image's mean
//
// Work, order: as there.

// The gradients of the product at `count` pixels from `first` on, where its output was pooled at once.
static inline void pooled_gradient(
    global const char *live, global const float *dy, uint images, uint pixels_per_image, float16 scale, uint first,
    uint count, local float *gradient)
{
    uint p = 0;
    while (p < count) {
        const uint n = (first + p) / pixels_per_image;
        const uint end_of_image = min(count, (n + 1) * pixels_per_image - first);
        const float16 g = vload16(n, dy) / (float)pixels_per_image * scale;
        for (; p < end_of_image; p++) {
            const int16 passes = convert_int16(vload16(first + p, live));
            store_local_block(as_float16(as_int16(g) & passes), p, gradient);
        }
    }
}

kernel void pointwise_conv2d_pooled_backward_filter(
    global const float *restrict x, global const char *restrict live, global const float *restrict dy,
    global const float *restrict scale, uint pixels_per_image, FILTER_PARAMETERS)
{
    const uint images = pixels / pixels_per_image;
#define BRING(o)                                                                                                 \
    pooled_gradient(                                                                                             \
        live + (size_t)(o) * pixels * BLOCK, dy + (size_t)(o) * images * BLOCK, images, pixels_per_image,        \
        vload16(o, scale), first, count, gradient)
    BACKWARD_FILTER(PLAIN)
#undef BRING
}
