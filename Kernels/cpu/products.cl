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

// Lines of BLOCK floats that are needed soon, and come to the second cache meanwhile: `runs` runs of `lines` lines, which are
// `stride` floats apart. Of the first run, `asked` have been asked for.
typedef struct {
    global const float *at;
    size_t stride;
    uint runs;
    uint lines;
    uint asked;
} lines_ahead;

#define NOTHING_AHEAD (lines_ahead){0, 0, 0, 0, 0}

// What the tiles of a panel, which is the weights of their blocks, ask for, one after the other: what is read when the panel
// is done; the panel after it, which is in no nearer cache than the third; and what the next task reads.
enum { AHEAD_WHEN_DONE, AHEAD_NEXT_PANEL, AHEAD_NEXT_TASK, AHEAD };

// What a tile asks for with each row of weights: lines from `at` on, `step` floats apart.
typedef struct {
    global const float *at;
    size_t step;
} lines_of_tile;

// What of `ahead` a tile of `depth` rows asks for: no more than is left of a run, and what is at hand where nothing is left.
static inline lines_of_tile take_lines(lines_ahead ahead[AHEAD], uint depth, global const float *at_hand)
{
    for (uint i = 0; i < AHEAD; i++)
        if (ahead[i].runs > 0) {
            const uint left = ahead[i].lines - ahead[i].asked;
            const lines_of_tile lines = {
                ahead[i].at + ahead[i].asked * BLOCK, left < depth ? left * BLOCK / depth : BLOCK};
            ahead[i].asked += depth;
            if (ahead[i].asked >= ahead[i].lines) {
                ahead[i].at += ahead[i].stride;
                ahead[i].asked = 0;
                ahead[i].runs--;
            }
            return lines;
        }
    return (lines_of_tile){at_hand, 0};
}

// The panel after that of `blocks` blocks from `o` on, of those up to `end_block`: the next of the task, or the first of the
// one that follows, which for other pixels begins with the same blocks.
static inline lines_ahead panel_after(
    global const float *w, uint depth, uint o, uint blocks, uint first_block, uint end_block)
{
    const uint next = o + blocks < end_block ? o + blocks : first_block;
    const size_t panel = (size_t)depth * BLOCK;
    return (lines_ahead){w + next * panel, panel, min(blocks, end_block - next), depth, 0};
}

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
// `depth` is K, a multiple of 4. k ascending, one accumulator a value. On the way `ahead` is asked for. Weights are loaded by
// `vload16`: what is one load becomes an operand of each multiply-add, which then waits for it.
ALWAYS_INLINE void product_of_rows(
    global const float *rows, size_t row, global const float *w, lines_of_tile ahead, uint depth,
    const uint pixels, const uint blocks, float16 sum[TILE_BLOCKS][TILE_PIXELS])
{
    const size_t w_stride = (size_t)depth * BLOCK;
    UNROLL for (uint b = 0; b < blocks; b++)
        UNROLL for (uint p = 0; p < pixels; p++) sum[b][p] = (float16)(0.0f);
    for (uint k = 0; k < depth; k += 4) {
        UNROLL for (uint j = 0; j < 4; j++) {
            PREFETCH_FAR(ahead.at);
            ahead.at += ahead.step;
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
    global const float *rows, size_t row, global const float *w, lines_of_tile ahead, uint depth,
    global const float *scale, global const float *shift, float low, float high, global float *y, size_t stride,
    const uint count, const uint blocks)
{
    float16 sum[TILE_BLOCKS][TILE_PIXELS];
    product_of_rows(rows, row, w, ahead, depth, count, blocks, sum);
    UNROLL for (uint b = 0; b < blocks; b++) {
        const float16 s = load_block(b, scale);
        const float16 t = load_block(b, shift);
        UNROLL for (uint p = 0; p < count; p++)
            store_block(bounded(MULTIPLY_ADD(sum[b][p], s, t), low, high), p, y + b * stride);
    }
}

#define PANEL_PARAMETERS(restrict)                                                                               \
    global const float *restrict rows, size_t row, uint pixels, global const float *restrict w,                  \
        lines_ahead *ahead, uint depth, global const float *restrict scale, global const float *restrict shift,  \
        float low, float high, global float *restrict y, size_t stride

// `blocks` blocks of output channels, whose weights are at `w`, at `pixels` pixels. Where these are no whole number of tiles,
// some tiles are a pixel shorter; where they still are not, the last one begins earlier and computes some a second time.
ALWAYS_INLINE void pointwise_panel(PANEL_PARAMETERS(), const uint blocks)
{
#define PANEL_TILE(p, count)                                                                                     \
    pointwise_tile(                                                                                              \
        rows + (p) * row, row, w, take_lines(ahead, depth, w), depth, scale, shift, low, high,                   \
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
        pointwise_panel(rows, row, pixels, w, ahead, depth, scale, shift, low, high, y, stride, blocks);         \
    }
FOR_EACH_NUMBER_OF_BLOCKS(PANEL)
#undef PANEL

// `count` pixels from `next` on of x, whose blocks are `stride` apart, for the task after that of the pixels from `first` on;
// nothing where it has the same, or there is none.
static inline lines_ahead pixels_ahead(
    global const float *x, size_t stride, uint pixels, uint in_blocks, uint first, uint next, uint count)
{
    if (next == first || next >= pixels) return NOTHING_AHEAD;
    return (lines_ahead){x + (size_t)next * BLOCK, stride, in_blocks, min(count, pixels - next), 0};
}

// The parameters of the products behind x and what is done to it on the way, and their body: BRING brings `count` pixels
// from `first` on to rows, and DONE(o, blocks), which each kernel defines, sees `blocks` blocks of output channels from `o`
// on at these pixels; READ_WHEN_DONE(o, blocks) is what it reads besides.
#define PRODUCT_PARAMETERS                                                                                       \
    global const float *restrict w, global const float *restrict scale, global const float *restrict shift,      \
        global float *restrict rows, global float *restrict y, uint row, uint pixels, uint in_blocks, uint out_blocks, \
        uint pixels_per_task, uint blocks_per_task, float low, float high

#define POINTWISE_BLOCKS(blocks)                                                                                 \
    {                                                                                                            \
        ahead[AHEAD_WHEN_DONE] = READ_WHEN_DONE(o, blocks);                                                      \
        ahead[AHEAD_NEXT_PANEL] = panel_after(w, depth, o, blocks, first_block, end_block);                      \
        pointwise_panel_##blocks(                                                                                \
            rows, row, count, w + (size_t)o * depth * BLOCK, ahead, depth, scale + o * BLOCK, shift + o * BLOCK, \
            low, high, y + o * stride + (size_t)first * BLOCK, stride);                                          \
        DONE(o, blocks)                                                                                          \
    }

#define PRODUCT(BRING)                                                                                           \
    const size_t stride = (size_t)pixels * BLOCK;                                                                \
    const uint depth = in_blocks * BLOCK;                                                                        \
    const uint parts = parts_of(out_blocks, blocks_per_task);                                                    \
    rows += get_global_id(0) * pixels_per_task * row;                                                            \
    const uint tasks = parts_of(pixels, pixels_per_task) * parts;                                                \
    FOR_EACH_CLAIMED(task, tasks, claims) {                                                                      \
        const uint first = task / parts * pixels_per_task;                                                       \
        const uint count = min(pixels_per_task, pixels - first);                                                 \
        const uint first_block = task % parts * blocks_per_task;                                                 \
        const uint end_block = min(first_block + blocks_per_task, out_blocks);                                   \
        uint o = first_block;                                                                                    \
        lines_ahead ahead[AHEAD];                                                                                \
        ahead[AHEAD_NEXT_TASK] =                                                                                 \
            pixels_ahead(x, stride, pixels, in_blocks, first, task_after(task, tasks) / parts * pixels_per_task, \
                pixels_per_task);                                                                                \
        BRING;                                                                                                   \
        FOR_EACH_TILE_OF_BLOCKS(o, end_block, POINTWISE_BLOCKS)                                                  \
    }

#define BRING_X bring_rows(x + (size_t)first * BLOCK, stride, in_blocks, count, rows, row)
