// 3×3 depthwise convolutions, each with the pointwise convolution that follows, in inference: pairs, of which each reads what
// the one before it wrote. What is between the two of a pair never leaves the cache.
//
// Operands
//   x        [K/16, N, H, W, 16]     input of the first pair
//   y        [O/16, N, HO, WO, 16]   output of the last
//   between  what pairs hand on, each in its place
//   weights  of each pair, one after another
//              dw      [K/16, 3, 3, 16]         Keras's depthwise_kernel[r, s, k, 0]
//              dscale  [K], dshift [K]          what follows the depthwise convolution a channel, with dlow and dhigh
//              w       [O/16, K, 16]            kernel of the pointwise convolution, as in pointwise_conv2d.cl
//              scale   [O], shift [O]           what follows the pointwise convolution a channel, with low and high
//   middle   [items, zeros + middle_floats], each work-item's own memory: as many zeros as the longest row of an input has
//            floats, and the output of the depthwise convolution at a task's rows, pixel by pixel; a middle_stride above K keeps
//            the pixels of a tile in different sets of the cache
// K and O are rounded up to 16. Taps outside the image contribute zero.

typedef struct {
    uint height, width;
    uint out_height, out_width;
    uint stride;
    // Margins before the first row and column.
    uint top, left;
    // K / 16 and O / 16.
    uint in_blocks, out_blocks;
    float dlow, dhigh;
    float low, high;
    // A task is so many rows, counted through all images, of so many blocks of output channels.
    uint rows_per_task, blocks_per_task;
    // Tasks of all pairs before it.
    uint first_task;
    uint middle_stride;
    // Where in `between` its input and its output are, and where in `weights` its own.
    uint input, output, weights;
} depthwise_pointwise;

#define DEPTHWISE_WINDOW 3

// Neighbouring outputs of the depthwise convolution that are computed together: their sums and the window's weights stay in
// registers, where there are 32.
#if TILE >= 14
#define DEPTHWISE_COLUMNS 5
#else
#define DEPTHWISE_COLUMNS 3
#endif

#define FOR_EACH_TAP(r, s)                                                                                       \
    UNROLL for (int r = 0; r < DEPTHWISE_WINDOW; r++) UNROLL for (int s = 0; s < DEPTHWISE_WINDOW; s++)

// The depthwise sum at one output, whose window may reach over the ends of its rows, which are `width` pixels long.
ALWAYS_INLINE float16 depthwise_at(
    global const float *const *rows, const float16 *taps, int column, int width, global const float *zeros)
{
    float16 sum = (float16)(0.0f);
    FOR_EACH_TAP(r, s)
    {
        const bool is_inside = column + s >= 0 && column + s < width;
        global const float *at = is_inside ? rows[r] + (column + s) * BLOCK : zeros;
        sum = MULTIPLY_ADD(load_block(0, at), taps[r * DEPTHWISE_WINDOW + s], sum);
    }
    return sum;
}

// The same where the window's columns from `first` up to `end` are those within the rows.
ALWAYS_INLINE float16 depthwise_edge(
    global const float *const *rows, const float16 *taps, int column, const int first, const int end)
{
    float16 sum = (float16)(0.0f);
    UNROLL for (int r = 0; r < DEPTHWISE_WINDOW; r++) UNROLL for (int s = first; s < end; s++)
        sum = MULTIPLY_ADD(load_block(column + s, rows[r]), taps[r * DEPTHWISE_WINDOW + s], sum);
    return sum;
}

// DEPTHWISE_COLUMNS neighbouring depthwise sums whose windows are between the ends of their rows.
ALWAYS_INLINE void depthwise_inside(
    global const float *const *rows, const float16 *taps, int column, const int stride, float16 *sum)
{
    UNROLL for (int i = 0; i < DEPTHWISE_COLUMNS; i++) sum[i] = (float16)(0.0f);
    FOR_EACH_TAP(r, s)
    {
        UNROLL for (int i = 0; i < DEPTHWISE_COLUMNS; i++)
            sum[i] = MULTIPLY_ADD(
                load_block(column + i * stride + s, rows[r]), taps[r * DEPTHWISE_WINDOW + s], sum[i]);
    }
}

// The middle at one row of outputs of one block of channels.
ALWAYS_INLINE void depthwise_row(
    global const float *const *rows, const float16 *taps, float16 scale, float16 shift, const depthwise_pointwise *pair,
    const int stride, global const float *zeros, global float *out)
{
    const uint out_width = pair->out_width;
    const size_t row = pair->middle_stride;
    const uint first_inside = inside_begin(pair->left, stride, out_width);
    const uint end_inside = inside_end(pair->width, pair->left, DEPTHWISE_WINDOW, stride, out_width);
    const bool is_wide = end_inside - first_inside >= DEPTHWISE_COLUMNS;
#define STORE_MIDDLE(sum, v)                                                                                     \
    store_block(bounded(MULTIPLY_ADD(sum, scale, shift), pair->dlow, pair->dhigh), 0, out + (v) * row)
    uint v = 0;
    while (v < out_width)
        if (is_wide && v >= first_inside && v < end_inside) {
            v = min(v, end_inside - DEPTHWISE_COLUMNS);
            float16 sum[DEPTHWISE_COLUMNS];
            depthwise_inside(rows, taps, (int)(v * stride) - (int)pair->left, stride, sum);
            UNROLL for (uint i = 0; i < DEPTHWISE_COLUMNS; i++) STORE_MIDDLE(sum[i], v + i);
            v += DEPTHWISE_COLUMNS;
        } else {
            const int column = (int)(v * stride) - (int)pair->left;
            const int width = pair->width;
            float16 sum;
            // Mostly a window lacks one column.
            if (column == -1 && width > 1)
                sum = depthwise_edge(rows, taps, column, 1, 3);
            else if (column >= 0 && column + 2 == width)
                sum = depthwise_edge(rows, taps, column, 0, 2);
            else
                sum = depthwise_at(rows, taps, column, width, zeros);
            STORE_MIDDLE(sum, v);
            v++;
        }
#undef STORE_MIDDLE
}

// The middle of `rows` rows from `first_row` on, counted through all images. `zeros` is as long as a row of x.
NEVER_INLINE void depthwise_rows(
    global const float *restrict x, global const float *restrict dw, const depthwise_pointwise *pair, uint images,
    uint first_row, uint rows, global const float *restrict zeros, global float *restrict middle)
{
    const uint taps_of_block = DEPTHWISE_WINDOW * DEPTHWISE_WINDOW * BLOCK;
    global const float *dscale = dw + pair->in_blocks * taps_of_block;
    global const float *dshift = dscale + pair->in_blocks * BLOCK;
    const size_t row_of_x = pair->width * BLOCK;
    for (uint k = 0; k < pair->in_blocks; k++) {
        float16 taps[DEPTHWISE_WINDOW * DEPTHWISE_WINDOW];
        UNROLL for (uint t = 0; t < DEPTHWISE_WINDOW * DEPTHWISE_WINDOW; t++) taps[t] = load_block(t, dw + k * taps_of_block);
        const float16 scale = load_block(k, dscale);
        const float16 shift = load_block(k, dshift);
        uint n = first_row / pair->out_height;
        uint h = first_row - n * pair->out_height;
        for (uint at = 0; at < rows; at++) {
            global const float *in = x + ((size_t)k * images + n) * pair->height * row_of_x;
            global const float *window[DEPTHWISE_WINDOW];
            UNROLL for (int r = 0; r < DEPTHWISE_WINDOW; r++) {
                const int row = (int)(h * pair->stride) - (int)pair->top + r;
                window[r] = row >= 0 && row < (int)pair->height ? in + row * row_of_x : zeros;
            }
            global float *out = middle + (size_t)at * pair->out_width * pair->middle_stride + k * BLOCK;
            if (pair->stride == 1)
                depthwise_row(window, taps, scale, shift, pair, 1, zeros, out);
            else if (pair->stride == 2)
                depthwise_row(window, taps, scale, shift, pair, 2, zeros, out);
            else
                depthwise_row(window, taps, scale, shift, pair, pair->stride, zeros, out);
            h++;
            if (h == pair->out_height) {
                h = 0;
                n++;
            }
        }
    }
}

// What of a task's output channels and rows follows from the middle.
ALWAYS_INLINE void pointwise_rows(
    global const float *middle, const depthwise_pointwise *pair, global const float *w, uint images, uint first_row,
    uint rows, uint first_block, lines_ahead next_task, global float *y)
{
    const uint depth = pair->in_blocks * BLOCK;
    global const float *scale = w + (size_t)pair->out_blocks * depth * BLOCK;
    global const float *shift = scale + pair->out_blocks * BLOCK;
    const uint end_block = min(first_block + pair->blocks_per_task, pair->out_blocks);
    const size_t stride = (size_t)images * pair->out_height * pair->out_width * BLOCK;
    y += (size_t)first_row * pair->out_width * BLOCK;
    uint o = first_block;
    lines_ahead ahead[AHEAD];
    ahead[AHEAD_WHEN_DONE] = NOTHING_AHEAD;
    ahead[AHEAD_NEXT_TASK] = next_task;
#define POINTWISE(blocks)                                                                                        \
    {                                                                                                            \
        ahead[AHEAD_NEXT_PANEL] = panel_after(w, depth, o, blocks, first_block, end_block);                      \
        pointwise_panel_##blocks(                                                                                \
            middle, pair->middle_stride, rows * pair->out_width, w + (size_t)o * depth * BLOCK, ahead, depth,    \
            scale + o * BLOCK, shift + o * BLOCK, pair->low, pair->high, y + o * stride, stride);                \
    }
    FOR_EACH_TILE_OF_BLOCKS(o, end_block, POINTWISE)
#undef POINTWISE
}

// What the depthwise part of a task reads whose first row of outputs, of all images, is `next`; nothing where it is `first`, the
// row of a task whose middle is at hand, or there is none.
static inline lines_ahead rows_ahead(
    global const float *x, const depthwise_pointwise *pair, uint images, uint first, uint next)
{
    if (next == first || next >= images * pair->out_height) return NOTHING_AHEAD;
    const uint image = next / pair->out_height;
    const uint row = (next - image * pair->out_height) * pair->stride;
    const uint begin = image * pair->height + row - min(row, pair->top);
    const size_t row_of_x = pair->width * BLOCK;
    const uint rows = min(pair->rows_per_task * pair->stride, images * pair->height - begin);
    return (lines_ahead){
        x + begin * row_of_x, images * pair->height * row_of_x, pair->in_blocks, rows * pair->width, 0};
}

static inline uint row_parts(const depthwise_pointwise *pair, uint images)
{
    return parts_of(images * pair->out_height, pair->rows_per_task);
}

static inline uint block_parts(const depthwise_pointwise *pair)
{
    return parts_of(pair->out_blocks, pair->blocks_per_task);
}

// How often a work-item looks whether what it needs is there. One that has looked so often ends, and leaves the tasks to those
// that it waits for: where they share a processor with it, it stands in their way.
#define PATIENCE 1000000

// Waits until the tasks from `first` up to `end` are done in this launch; false where it has looked too often.
static bool are_done(volatile global const uint *done, uint first, uint end, uint launch)
{
    for (uint looks = 0; first < end;)
        if (done[first] == launch)
            first++;
        else if (++looks == PATIENCE)
            return false;
    return true;
}

// Waits until there is what the task of pair `i` reads whose rows these are, and until nobody reads any more what it replaces:
// what the pair wrote that is three before it, and the one two before it read.
static bool may_begin(
    global const depthwise_pointwise *pairs, uint i, uint images, uint first_row, uint rows, volatile global const uint *done,
    uint launch)
{
    if (i == 0) return true;
    const depthwise_pointwise pair = pairs[i];
    const depthwise_pointwise before = pairs[i - 1];
    const uint last_row = first_row + rows - 1;
    const uint first_image = first_row / pair.out_height;
    const uint last_image = last_row / pair.out_height;
    const uint above = max((first_row - first_image * pair.out_height) * pair.stride, pair.top) - pair.top;
    const uint below = (last_row - last_image * pair.out_height) * pair.stride + DEPTHWISE_WINDOW - pair.top;
    const uint first_part = (first_image * pair.height + above) / before.rows_per_task;
    const uint end_part = parts_of(last_image * pair.height + min(below, pair.height), before.rows_per_task);
    const uint parts = block_parts(&before);
    return (i < 2 || are_done(done, pairs[i - 2].first_task, before.first_task, launch))
        && are_done(done, before.first_task + first_part * parts, before.first_task + end_part * parts, launch);
}

// depthwise_pointwise_conv2d_forward
//
// For each of `count` pairs, x and y its own:
//
//   m[n, h, v, k] = clamp(dscale[k] · Σ_{r,s} x[n, h·stride + r − top, v·stride + s − left, k] · dw[r, s, k]
//                         + dshift[k], dlow, dhigh)
//   y[n, h, v, o] = clamp(scale[o] · Σ_k m[n, h, v, k] · w[k, o] + shift[o], low, high)
//
//   progress  [2, count], what was claimed of each pair's tasks in this launch and in the next, and [tasks], the last launch
//             in which each was done; 0 at first
//   launch    the number of the launch, from 1 on
//
// Work:   global = (any number), local = (1). Work-items claim the tasks of the first pair one after another, then those of
//         the second, and so on. For each the middle of its rows is computed, unless it is there from the task before, then
//         block by block the output, in tiles. A work-item waits before it claims a task whose input is not there yet. It
//         waits only for those that have claimed a task and so are running: also where they run one after another all
//         comes to an end. With several pairs, writes must be seen by work-items of the same launch that see an atomic
//         operation after them, which is so on processors.
// Order:  as in depthwise_conv2d_forward and pointwise_conv2d_forward: the results are the same bits.
kernel void depthwise_pointwise_conv2d_forward(
    global const float *x, global float *y, global float *between, global const float *restrict weights,
    global const depthwise_pointwise *restrict pairs, uint count, uint images, global float *middle, uint zeros, uint middle_floats,
    global uint *progress, uint launch)
{
    global uint *claims = progress + launch % 2 * count;
    volatile global uint *done = progress + 2 * count;
    if (get_global_id(0) == 0)
        for (uint i = 0; i < count; i++) progress[(launch + 1) % 2 * count + i] = 0;
    global float *zero = middle + get_global_id(0) * (zeros + middle_floats);
    for (uint i = 0; i < zeros; i += BLOCK) store_block((float16)(0.0f), 0, zero + i);
    middle = zero + zeros;
    for (uint i = 0; i < count; i++) {
        const depthwise_pointwise pair = pairs[i];
        const uint all_rows = images * pair.out_height;
        const uint parts = block_parts(&pair);
        const uint tasks = row_parts(&pair, images) * parts;
        global const float *in = i == 0 ? x : between + pair.input;
        global float *out = i == count - 1 ? y : between + pair.output;
        global const float *dw = weights + pair.weights;
        global const float *w = dw + pair.in_blocks * (DEPTHWISE_WINDOW * DEPTHWISE_WINDOW + 2) * BLOCK;
        uint row_in_middle = all_rows;
        while (true) {
            const uint claimed = atomic_or(claims + i, 0);
            const uint task = claimable(claimed, tasks);
            if (task == tasks) break;
            const uint first_row = task / parts * pair.rows_per_task;
            const uint rows = min(pair.rows_per_task, all_rows - first_row);
            if (!may_begin(pairs, i, images, first_row, rows, done, launch)) return;
            if (atomic_cmpxchg(claims + i, claimed, claimed + claim_of_one(tasks)) != claimed) continue;
            mem_fence(CLK_GLOBAL_MEM_FENCE);
            if (first_row != row_in_middle) depthwise_rows(in, dw, &pair, images, first_row, rows, zero, middle);
            row_in_middle = first_row;
            const lines_ahead next_task =
                rows_ahead(in, &pair, images, first_row, task_after(task, tasks) / parts * pair.rows_per_task);
            pointwise_rows(
                middle, &pair, w, images, first_row, rows, task % parts * pair.blocks_per_task, next_task, out);
            mem_fence(CLK_GLOBAL_MEM_FENCE);
            atomic_xchg(done + pair.first_task + task, launch);
        }
    }
}
