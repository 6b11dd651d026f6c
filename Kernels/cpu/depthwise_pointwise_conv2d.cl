// A 3×3 depthwise convolution and the pointwise convolution that follows, in inference: what is between the two
// never leaves the cache.
//
// Operands
//   x       [K/16, N, H, W, 16]     input
//   dw      [K/16, 3, 3, 16]        Keras's depthwise_kernel[r, s, k, 0]
//   dscale  [K], dshift [K]         what follows the depthwise convolution a channel, with dlow and dhigh
//   w       [O/16, K, 16]           kernel of the pointwise convolution, as in pointwise_conv2d.cl
//   scale   [O], shift [O]          what follows the pointwise convolution a channel, with low and high
//   y       [O/16, N, HO, WO, 16]   output
//   middle  [items, rows_per_task · WO, middle_stride], each work-item's own memory: the depthwise convolution's output,
//           pixel by pixel; a middle_stride above K keeps the pixels of a tile in different sets of the cache
// Taps outside the image contribute zero; `top` and `left` are the margins before the first row and column.

#define DEPTHWISE_WINDOW 3

// Neighbouring outputs of the depthwise convolution that are computed together.
#define DEPTHWISE_COLUMNS 3

// The depthwise sum at one output whose window may reach over the image's edges.
static float16 depthwise_at_edge(
    global const float *in, global const float *taps, int row, int column, int height, int width)
{
    float16 sum = (float16)(0.0f);
    for (int r = max(0, -row); r < min(DEPTHWISE_WINDOW, height - row); r++)
        for (int s = max(0, -column); s < min(DEPTHWISE_WINDOW, width - column); s++)
            sum = MULTIPLY_ADD(
                vload16((row + r) * width + column + s, in), vload16(r * DEPTHWISE_WINDOW + s, taps), sum);
    return sum;
}

// DEPTHWISE_COLUMNS neighbouring depthwise sums whose windows are inside the image's width.
static inline void depthwise_inside(
    global const float *in, global const float *taps, int row, int column, int height, int width, const int stride,
    float16 *sum)
{
    UNROLL for (int i = 0; i < DEPTHWISE_COLUMNS; i++) sum[i] = (float16)(0.0f);
    for (int r = max(0, -row); r < min(DEPTHWISE_WINDOW, height - row); r++) {
        global const float *at = in + ((size_t)(row + r) * width + column) * BLOCK;
        UNROLL for (int s = 0; s < DEPTHWISE_WINDOW; s++) {
            const float16 weight = vload16(r * DEPTHWISE_WINDOW + s, taps);
            UNROLL for (int i = 0; i < DEPTHWISE_COLUMNS; i++)
                sum[i] = MULTIPLY_ADD(vload16(i * stride + s, at), weight, sum[i]);
        }
    }
}

// The middle of `rows` rows from `first_row` on, counted through all images.
ALWAYS_INLINE void depthwise_rows(
    global const float *x, global const float *dw, global const float *dscale,
    global const float *dshift, float dlow, float dhigh, global float *middle, uint middle_stride,
    uint images, uint height, uint width, uint out_height, uint out_width, uint stride, uint top, uint left,
    uint in_blocks, uint first_row, uint rows)
{
    const uint first_inside = inside_begin(left, stride, out_width);
    const uint end_inside = inside_end(width, left, DEPTHWISE_WINDOW, stride, out_width);
    const bool is_wide = end_inside - first_inside >= DEPTHWISE_COLUMNS;

    for (uint k = 0; k < in_blocks; k++) {
        global const float *taps = dw + (size_t)k * DEPTHWISE_WINDOW * DEPTHWISE_WINDOW * BLOCK;
        const float16 s = vload16(k, dscale);
        const float16 t = vload16(k, dshift);
        for (uint at = first_row; at < first_row + rows; at++) {
            const uint n = at / out_height;
            global const float *in = x + ((size_t)k * images + n) * height * width * BLOCK;
            global float *out = middle + (size_t)(at - first_row) * out_width * middle_stride + k * BLOCK;
            const int row = (int)((at - n * out_height) * stride) - (int)top;
            uint v = 0;
            while (v < out_width) {
                if (is_wide && v >= first_inside && v < end_inside) {
                    v = min(v, end_inside - DEPTHWISE_COLUMNS);
                    const int column = (int)(v * stride) - (int)left;
                    float16 sum[DEPTHWISE_COLUMNS];
                    if (stride == 1)
                        depthwise_inside(in, taps, row, column, height, width, 1, sum);
                    else
                        depthwise_inside(in, taps, row, column, height, width, stride, sum);
                    UNROLL for (uint i = 0; i < DEPTHWISE_COLUMNS; i++)
                        store_block(bounded(MULTIPLY_ADD(sum[i], s, t), dlow, dhigh), 0, out + (v + i) * middle_stride);
                    v += DEPTHWISE_COLUMNS;
                } else {
                    const int column = (int)(v * stride) - (int)left;
                    const float16 sum = depthwise_at_edge(in, taps, row, column, height, width);
                    store_block(bounded(MULTIPLY_ADD(sum, s, t), dlow, dhigh), 0, out + v * middle_stride);
                    v++;
                }
            }
        }
    }
}

// `blocks` blocks of output channels, which are `stride` apart in y, at `pixels` pixels of the middle.
ALWAYS_INLINE void pointwise_pixels(
    global const float *middle, uint middle_stride, uint pixels, global const float *w, global const float *next, uint depth,
    global const float *scale, global const float *shift, float low, float high, global float *y, size_t stride,
    const uint blocks)
{
    // Of the width of a pointer: sums of 32 bits would be worked out anew for each pixel of a tile.
    const size_t row = middle_stride;
#define MIDDLE_TILE(p, count)                                                                                 \
    pointwise_tile(                                                                                              \
        middle + (p) * row, row, w, share_of_next_panel(w, next, p, depth, blocks), depth, scale, shift, low, high, \
        y + (size_t)(p) * BLOCK, stride, count, blocks)
    if (pixels < TILE_PIXELS)
        for (uint p = 0; p < pixels; p++) MIDDLE_TILE(p, 1);
    else
        for (uint tile = 0; tile < pixels; tile += TILE_PIXELS)
            MIDDLE_TILE(min(tile, pixels - TILE_PIXELS), TILE_PIXELS);
#undef MIDDLE_TILE
}

// depthwise_pointwise_conv2d_forward
//
//   m[n, h, v, k] = clamp(dscale[k] · Σ_{r,s} x[n, h·stride + r − top, v·stride + s − left, k] · dw[r, s, k]
//                         + dshift[k], dlow, dhigh)
//   y[n, h, v, o] = clamp(scale[o] · Σ_k m[n, h, v, k] · w[k, o] + shift[o], low, high)
//
// Work:   global = (any number), local = (1). A task is rows_per_task rows of blocks_per_task output blocks; work-items
//         claim them one after another. For each the middle of its rows is computed, then block by block the output, in
//         tiles. Where the pixels are no multiple of a tile, the last tile begins earlier and computes
//         some a second time.
// Order:  as in depthwise_conv2d_forward and pointwise_conv2d_forward: the results are the same bits.
kernel void depthwise_pointwise_conv2d_forward(
    global const float *restrict x, global const float *restrict dw, global const float *restrict dscale,
    global const float *restrict dshift, float dlow, float dhigh, global const float *restrict w,
    global const float *restrict scale, global const float *restrict shift, float low, float high,
    global float *restrict y, global float *restrict middle, uint middle_stride, uint images, uint height, uint width,
    uint out_height, uint out_width, uint stride, uint top, uint left, uint in_blocks, uint out_blocks,
    uint rows_per_task, uint blocks_per_task, global uint *claims)
{
    const uint all_rows = images * out_height;
    const uint depth = in_blocks * BLOCK;
    const uint parts = parts_of(out_blocks, blocks_per_task);
    middle += get_global_id(0) * rows_per_task * out_width * middle_stride;
    FOR_EACH_CLAIMED(task, parts_of(all_rows, rows_per_task) * parts, claims) {
        const uint first_row = task / parts * rows_per_task;
        const uint rows = min(rows_per_task, all_rows - first_row);
        const uint first_block = task % parts * blocks_per_task;
        depthwise_rows(
            x, dw, dscale, dshift, dlow, dhigh, middle, middle_stride, images, height, width, out_height, out_width,
            stride, top, left, in_blocks, first_row, rows);
        const uint end_block = min(first_block + blocks_per_task, out_blocks);
        const size_t out_stride = (size_t)all_rows * out_width * BLOCK;
        uint o = first_block;
#define POINTWISE(blocks)                                                                                        \
    pointwise_pixels(                                                                                            \
        middle, middle_stride, rows * out_width, w + (size_t)o * depth * BLOCK, NEXT_PANEL(o, blocks), depth,    \
        scale + o * BLOCK, shift + o * BLOCK, low, high, y + o * out_stride + (size_t)first_row * out_width * BLOCK, \
        out_stride, blocks)
        FOR_EACH_TILE_OF_BLOCKS(o, end_block, POINTWISE)
#undef POINTWISE
    }
}
