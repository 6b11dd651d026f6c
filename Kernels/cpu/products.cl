// What the kernels for processors share that multiply pixels by a kernel's matrix: pointwise_conv2d.cl names the
// operands.

// The most blocks of output channels in the tile of a product, and its pixels: 27 sums, which 32 registers have room for. Each
// pixel's value is then read once for three multiply-adds, and the weights once for nine: where another thread shares the
// core, it is reading that becomes scarce.
#if TILE >= 14
#define TILE_BLOCKS 3
#define TILE_PIXELS 9
#else
#define TILE_BLOCKS 1
#define TILE_PIXELS TILE
#endif

// A tile of so many makes pixels whole that are no multiple of the other: 49 = 9 + 5·8.
#define SHORT_TILE (TILE_PIXELS - 1)

// A function for each number of blocks that a tile may have.
#if TILE_BLOCKS == 3
#define FOR_EACH_NUMBER_OF_BLOCKS(FUNCTION) FUNCTION(1) FUNCTION(2) FUNCTION(3)
#else
#define FOR_EACH_NUMBER_OF_BLOCKS(FUNCTION) FUNCTION(1)
#endif

// A loop over the blocks from `o` up to `end`, as many of them at a time as a tile has; not three and then one, but two and
// two. BODY(blocks) does what is to be done with those from `o` on.
#if TILE_BLOCKS == 3
#define FOR_EACH_TILE_OF_BLOCKS(o, end, BODY)                                                                    \
    while (o < (end)) {                                                                                          \
        if ((end) - o >= 3 && (end) - o != 4) {                                                                  \
            BODY(3);                                                                                             \
            o += 3;                                                                                              \
        } else if ((end) - o >= 2) {                                                                             \
            BODY(2);                                                                                             \
            o += 2;                                                                                              \
        } else {                                                                                                 \
            BODY(1);                                                                                             \
            o++;                                                                                                 \
        }                                                                                                        \
    }
#else
#define FOR_EACH_TILE_OF_BLOCKS(o, end, BODY)                                                                    \
    for (; o < (end); o++) {                                                                                     \
        BODY(1);                                                                                                 \
    }
#endif

// Rows of weights, so many before their use, which come from the second cache: no processor streams as fast as its
// multiply-adds take them.
#define ROWS_AHEAD 16

// The panel of a tile is its blocks' weights. While the tiles over one panel are computed, the next one comes from the third
// cache to the second: so many rows of it are asked for by four multiply-adds of a sum.
#define NEXT_ROWS 2

// What of the next panel the tile asks for whose first pixel is `p`: what it has itself, when the tiles before have had all.
static inline global const float *share_of_next_panel(
    global const float *w, global const float *next, uint p, uint depth, uint blocks)
{
    const uint row = parts_of(p, TILE_PIXELS) * (depth / 4 * NEXT_ROWS);
    return row < depth * blocks ? next + (size_t)row * BLOCK : w;
}

// The panel after that of `blocks` blocks from `o` on: the next of the task, or the first of the one that follows, which for
// other pixels begins with the same blocks.
#define NEXT_PANEL(o, blocks)                                                                                    \
    (w + (size_t)((o) + (blocks) < end_block ? (o) + (blocks) : first_block) * depth * BLOCK)

// Brings `pixels` pixels of x [K/16, P, 16], whose blocks are `x_stride` apart.
static inline void bring_rows(
    global const float *x, size_t x_stride, uint in_blocks, uint pixels, global float *rows, size_t row)
{
    for (uint k = 0; k < in_blocks; k++) bring(x + k * x_stride, pixels, rows + k * BLOCK, row);
}

// The product of `pixels` rows and `blocks` blocks of channels of w [O/16, K, 16]:
//
//   sum[b][p] = Σ_k rows[p, k] · w[b, k, …]
//
// `depth` is K, a multiple of 4. k ascending, one accumulator a value. On the way the weights from `next` on are asked for.
ALWAYS_INLINE void product_of_rows(
    global const float *rows, size_t row, global const float *w, global const float *next, uint depth,
    const uint pixels, const uint blocks, float16 sum[TILE_BLOCKS][TILE_PIXELS])
{
    const size_t w_stride = (size_t)depth * BLOCK;
    UNROLL for (uint b = 0; b < blocks; b++)
        UNROLL for (uint p = 0; p < pixels; p++) sum[b][p] = (float16)(0.0f);
    for (uint k = 0; k < depth; k += 4) {
        UNROLL for (uint i = 0; i < NEXT_ROWS; i++) PREFETCH_FAR(next + i * BLOCK);
        next += NEXT_ROWS * BLOCK;
        UNROLL for (uint j = 0; j < 4; j++) {
            float16 weights[TILE_BLOCKS];
            UNROLL for (uint b = 0; b < blocks; b++) {
                weights[b] = vload16(j, w + b * w_stride);
                PREFETCH(w + b * w_stride + (j + ROWS_AHEAD) * BLOCK);
            }
            UNROLL for (uint p = 0; p < pixels; p++)
                UNROLL for (uint b = 0; b < blocks; b++)
                    sum[b][p] = MULTIPLY_ADD((float16)(rows[p * row + j]), weights[b], sum[b][p]);
        }
        rows += 4;
        w += 4 * BLOCK;
    }
}

// The same, scaled, shifted and bounded, to `count` pixels of `blocks` blocks of channels of y, which are `stride` apart.
ALWAYS_INLINE void pointwise_tile(
    global const float *rows, size_t row, global const float *w, global const float *next, uint depth,
    global const float *scale, global const float *shift, float low, float high, global float *y, size_t stride,
    const uint count, const uint blocks)
{
    float16 sum[TILE_BLOCKS][TILE_PIXELS];
    product_of_rows(rows, row, w, next, depth, count, blocks, sum);
    UNROLL for (uint b = 0; b < blocks; b++) {
        const float16 s = vload16(b, scale);
        const float16 t = vload16(b, shift);
        UNROLL for (uint p = 0; p < count; p++)
            store_block(bounded(MULTIPLY_ADD(sum[b][p], s, t), low, high), p, y + b * stride);
    }
}

#define PANEL_PARAMETERS(restrict)                                                                               \
    global const float *restrict rows, size_t row, uint pixels, global const float *restrict w,                  \
        global const float *restrict next, uint depth, global const float *restrict scale,                       \
        global const float *restrict shift, float low, float high, global float *restrict y, size_t stride

// `blocks` blocks of output channels, whose weights are at `w`, at `pixels` pixels. Where these are no whole number of tiles,
// some tiles are a pixel shorter; where they still are not, the last one begins earlier and computes some a second time.
ALWAYS_INLINE void pointwise_panel(PANEL_PARAMETERS(), const uint blocks)
{
#define PANEL_TILE(p, count)                                                                                     \
    pointwise_tile(                                                                                              \
        rows + (p) * row, row, w, share_of_next_panel(w, next, p, depth, blocks), depth, scale, shift, low, high, \
        y + (size_t)(p) * BLOCK, stride, count, blocks)
    uint p = 0;
    if (pixels < SHORT_TILE)
        for (; p < pixels; p++) PANEL_TILE(p, 1);
    const uint tiles = parts_of(pixels, TILE_PIXELS);
    const uint short_tiles = min(tiles, tiles * TILE_PIXELS - pixels);
    for (; p < (tiles - short_tiles) * TILE_PIXELS; p += TILE_PIXELS) PANEL_TILE(p, TILE_PIXELS);
    for (; p < pixels; p += SHORT_TILE) {
        const uint from = min(p, pixels - SHORT_TILE);
        PANEL_TILE(from, SHORT_TILE);
    }
#undef PANEL_TILE
}

#define PANEL(blocks)                                                                                            \
    NEVER_INLINE void pointwise_panel_##blocks(PANEL_PARAMETERS(restrict))                                       \
    {                                                                                                            \
        pointwise_panel(rows, row, pixels, w, next, depth, scale, shift, low, high, y, stride, blocks);          \
    }
FOR_EACH_NUMBER_OF_BLOCKS(PANEL)
#undef PANEL

// The parameters of the products behind x and what is done to it on the way, and their body: BRING brings `count` pixels
// from `first` on to rows, and DONE(o, blocks), which each kernel defines, sees `blocks` blocks of output channels from `o`
// on at these pixels.
#define PRODUCT_PARAMETERS                                                                                       \
    global const float *restrict w, global const float *restrict scale, global const float *restrict shift,      \
        global float *restrict rows, global float *restrict y, uint row, uint pixels, uint in_blocks, uint out_blocks, \
        uint pixels_per_task, uint blocks_per_task, float low, float high

#define POINTWISE_BLOCKS(blocks)                                                                                 \
    {                                                                                                            \
        pointwise_panel_##blocks(                                                                                \
            rows, row, count, w + (size_t)o * depth * BLOCK, NEXT_PANEL(o, blocks), depth, scale + o * BLOCK,    \
            shift + o * BLOCK, low, high, y + o * stride + (size_t)first * BLOCK, stride);                       \
        DONE(o, blocks)                                                                                          \
    }

#define PRODUCT(BRING)                                                                                           \
    const size_t stride = (size_t)pixels * BLOCK;                                                                \
    const uint depth = in_blocks * BLOCK;                                                                        \
    const uint parts = parts_of(out_blocks, blocks_per_task);                                                    \
    rows += get_global_id(0) * pixels_per_task * row;                                                            \
    FOR_EACH_CLAIMED(task, parts_of(pixels, pixels_per_task) * parts, claims) {                                  \
        const uint first = task / parts * pixels_per_task;                                                       \
        const uint count = min(pixels_per_task, pixels - first);                                                 \
        const uint first_block = task % parts * blocks_per_task;                                                 \
        const uint end_block = min(first_block + blocks_per_task, out_blocks);                                   \
        uint o = first_block;                                                                                    \
        BRING;                                                                                                   \
        FOR_EACH_TILE_OF_BLOCKS(o, end_block, POINTWISE_BLOCKS)                                                  \
    }

#define BRING_X bring_rows(x + (size_t)first * BLOCK, stride, in_blocks, count, rows, row)
