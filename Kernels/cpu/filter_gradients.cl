// What the kernels for processors share that compute the gradient of a pointwise convolution's kernel.
//
// Operands
//   x        [K/16, P, 16]   input; P = N·H·W pixels
//   dz       [O/16, P, 16]   gradient of the product, before scale and shift
//   dw       [O/16, K, 16]   gradient of the kernel, in its layout; K rounded up to 16
//   trained  [T]             numbers of the blocks of output channels that are computed
//   partial  [S, O/16, K, 16]   a gradient for each of S parts of the pixels; dw itself where there is one part
//
// Each kernel that is built on it
//
//   partial[s, k, o] = (accumulates ? partial[s, k, o] : 0) + Σ_p x[p, k] · dz[p, o], p in part s
//
// Work:   global = (any number), local = (1). A task is in_blocks_per_task · out_blocks_per_task tiles of dw, 16×16
//         each, and pixels_per_part pixels; work-items claim them one after another. A task takes SPAN pixels after
//         another: so few that those of all its blocks of x stay in the second cache, and those of the blocks of a tile in
//         the first.
// Order:  p ascending; the sum over each SPAN is formed first and then added, which keeps the rounding error of
//         long sums down.

#define SPAN 128

// Pixels of x are asked for so many before their use: they come from the second cache.
#define PIXELS_AHEAD 32

// How the 16 rows of a tile of dw are cut, so that each part's sums fill the registers: first row and rows.
#if TILE >= 14
#define FOR_EACH_PART(part) part(0, 8) part(8, 8)
#else
#define FOR_EACH_PART(part) part(0, 6) part(6, 5) part(11, 5)
#endif

// What comes from memory to the second cache while a tile is computed: SPAN pixels for each part of its rows. First those of
// `tile_blocks` blocks of dz, the next tile's, whose numbers are at `trained`; then those of `in_blocks` blocks of x.
typedef struct {
    global const float *dz;
    global const uint *trained;
    global const float *x;
    size_t stride;
    uint tile_blocks;
    uint in_blocks;
} upcoming;

// The pixels that the part of this number asks for; `in`, which is at hand, where there are no more.
static inline global const float *upcoming_pixels(const upcoming *next, uint part, global const float *in)
{
    if (part < next->tile_blocks) return next->dz + next->trained[part] * next->stride;
    part -= next->tile_blocks;
    return part < next->in_blocks ? next->x + part * next->stride : in;
}

// Adds `count` pixels' share of `rows` rows of the tiles of dw at `out`, one of each of `blocks` blocks of output channels.
// On the way the pixels from `next` on are asked for.
ALWAYS_INLINE void add_rows(
    global const float *in, global const float *const *gradient, global const float *next, uint count,
    global float *const *out, bool is_new, const uint row, const uint rows, const uint blocks)
{
    float16 sum[TILE_BLOCKS][BLOCK];
    UNROLL for (uint b = 0; b < blocks; b++)
        UNROLL for (uint r = 0; r < rows; r++) sum[b][r] = (float16)(0.0f);
    for (uint p = 0; p < count; p++) {
        float16 g[TILE_BLOCKS];
        PREFETCH(in + (p + PIXELS_AHEAD) * BLOCK);
        PREFETCH_FAR(next + p * BLOCK);
        UNROLL for (uint b = 0; b < blocks; b++) g[b] = vload16(p, gradient[b]);
        UNROLL for (uint r = 0; r < rows; r++)
            UNROLL for (uint b = 0; b < blocks; b++)
                sum[b][r] = MULTIPLY_ADD((float16)(in[p * BLOCK + row + r]), g[b], sum[b][r]);
    }
    UNROLL for (uint b = 0; b < blocks; b++)
        UNROLL for (uint r = 0; r < rows; r++) {
            const float16 before = is_new ? (float16)(0.0f) : load_block(row + r, out[b]);
            store_block(before + sum[b][r], row + r, out[b]);
        }
}

// Adds `count` pixels' share of the tiles of dw of `blocks` blocks of output channels, whose numbers are at `trained`, and
// of the task's blocks of input, the first of which is at `in` and which are `stride` apart.
ALWAYS_INLINE void add_blocks(
    global const float *in, size_t stride, global const float *const *gradient, const upcoming *next, global float *dw,
    global const uint *trained, uint count, uint in_blocks, uint first_in, uint end_in, bool is_new, const uint blocks)
{
    uint part = 0;
    for (uint k = first_in; k < end_in; k++, in += stride) {
        global float *out[TILE_BLOCKS];
        UNROLL for (uint b = 0; b < blocks; b++)
            out[b] = dw + ((size_t)trained[b] * in_blocks + k) * BLOCK * BLOCK;
#define PART(row, rows)                                                                                          \
    add_rows(in, gradient, upcoming_pixels(next, part++, in), count, out, is_new, row, rows, blocks);
        FOR_EACH_PART(PART)
#undef PART
    }
}

// The parameters of all kernels behind the gradient.
#define FILTER_PARAMETERS                                                                                        \
    global float *restrict partial, global const uint *restrict trained, uint pixels, uint in_blocks, uint out_blocks, \
        uint trained_blocks, uint in_blocks_per_task, uint out_blocks_per_task, uint pixels_per_part, uint accumulates, \
        global uint *claims

// The body of all: INPUT sets `in` and `stride` for `count` pixels from `first` on.
#define BACKWARD_FILTER(INPUT)                                                                                   \
    const uint out_parts = parts_of(trained_blocks, out_blocks_per_task);                                        \
    const uint tasks = parts_of(in_blocks, in_blocks_per_task) * out_parts;                                      \
    FOR_EACH_CLAIMED(task, tasks * parts_of(pixels, pixels_per_part), claims) {                                  \
        const uint part = task / tasks;                                                                          \
        global float *dw = partial + (size_t)part * out_blocks * in_blocks * BLOCK * BLOCK;                      \
        const uint first_pixel = part * pixels_per_part;                                                         \
        const uint end_pixel = min(first_pixel + pixels_per_part, pixels);                                       \
        const uint first_in = task % tasks / out_parts * in_blocks_per_task;                                     \
        const uint end_in = min(first_in + in_blocks_per_task, in_blocks);                                       \
        const uint first_out = task % out_parts * out_blocks_per_task;                                           \
        const uint end_out = min(first_out + out_blocks_per_task, trained_blocks);                               \
        for (uint first = first_pixel; first < end_pixel; first += SPAN) {                                       \
            const uint count = min((uint)SPAN, end_pixel - first);                                               \
            const bool is_new = first == first_pixel && !accumulates;                                            \
            global const float *in;                                                                              \
            size_t stride;                                                                                       \
            INPUT;                                                                                               \
            uint t = first_out;                                                                                  \
            FOR_EACH_TILE_OF_BLOCKS(t, end_out, ADD_BLOCKS)                                                      \
        }                                                                                                        \
    }

#define ADD_BLOCKS(blocks)                                                                                       \
    {                                                                                                            \
        global const float *gradient[TILE_BLOCKS];                                                               \
        UNROLL for (uint b = 0; b < blocks; b++)                                                                 \
            gradient[b] = dz + ((size_t)trained[t + b] * pixels + first) * BLOCK;                                \
        const bool is_last = t + (blocks) >= end_out;                                                            \
        const uint next_out = is_last ? first_out : t + (blocks);                                                \
        const uint next_pixel = is_last ? first + SPAN : first;                                                  \
        const upcoming next = {                                                                                  \
            dz + (size_t)next_pixel * BLOCK, trained + next_out,                                                 \
            x + ((size_t)first_in * pixels + first + SPAN) * BLOCK, (size_t)pixels * BLOCK,                      \
            min((uint)(blocks), end_out - next_out), t == first_out ? end_in - first_in : 0};                    \
        add_blocks(                                                                                              \
            in, stride, gradient, &next, dw, trained + t, count, in_blocks, first_in, end_in, is_new, blocks);   \
    }

// x as it is.
#define PLAIN                                                                                                    \
    in = x + ((size_t)first_in * pixels + first) * BLOCK;                                                        \
    stride = (size_t)pixels * BLOCK
