// The gradient of a pointwise convolution's kernel, in two steps: sums over parts of the pixels, and their sum.
//
// Operands
//   x         [K/16, P, 16]     input; P = N·H·W pixels
//   dz        [O/16, P, 16]     gradient of the product, before scale and shift
//   dw        [O/16, K, 16]     gradient of the kernel, in its layout; K rounded up to 16
//   trained   [T]               numbers of the blocks of output channels that are computed
//   partials  [S, T, K, 16]     a gradient of those blocks for each of S runs of pixels_per_part pixels
//
// Build options:
//   -D FILTER_ROWS=64, FILTER_CHANNELS=64            what a work-group computes: input and output channels, in whole blocks
//   -D FILTER_ITEM_ROWS=1, FILTER_ITEM_CHANNELS=1    what a work-item computes of it: quads of either
//   -D FILTER_PIXELS=16                              pixels in local memory at a time

#ifndef FILTER_ROWS
#define FILTER_ROWS 64
#define FILTER_CHANNELS 64
#define FILTER_ITEM_ROWS 1
#define FILTER_ITEM_CHANNELS 1
#define FILTER_PIXELS 16
#endif

// Quads of a group stand ROW_ITEMS or CHANNEL_ITEMS apart in an item: neighbours in the group read and write neighbours.
#define ROW_QUADS (FILTER_ROWS / 4)
#define CHANNEL_QUADS (FILTER_CHANNELS / 4)
#define ROW_ITEMS (ROW_QUADS / FILTER_ITEM_ROWS)
#define CHANNEL_ITEMS (CHANNEL_QUADS / FILTER_ITEM_CHANNELS)
#define FILTER_ITEMS (ROW_ITEMS * CHANNEL_ITEMS)

// Brings FILTER_PIXELS pixels of some blocks of channels to local memory, [pixel][quad]: from memory in its order,
// [block][pixel][quad]. `number` is the block's among all where `exists`, else its channels are zero.
#define BRING(target, source, quads, i, number, exists)                                                           \
    for (uint i = item; i < FILTER_PIXELS * (quads); i += FILTER_ITEMS) {                                        \
        const uint p = i / VECTORS % FILTER_PIXELS;                                                                \
        const uint b = i / (VECTORS * FILTER_PIXELS);                                                              \
        if (p >= count) continue;                                                                                \
        target[p * (quads) + b * VECTORS + i % VECTORS] =                                                            \
            (exists) ? vload4(((size_t)(number) * pixels + first + p) * VECTORS + i % VECTORS, source) : (float4)(0.0f); \
    }

// pointwise_conv2d_backward_filter
//
//   partials[s, t, k, :] = Σ_p x[p, k] · dz[p, :] over the channels of block trained[t] and the pixels of run s
//
// Work:   groups = (⌈K / FILTER_ROWS⌉, ⌈T·16 / FILTER_CHANNELS⌉, S), local = (FILTER_ITEMS, 1, 1).
// Order:  p ascending, one accumulator an element.
GROUP_OF(FILTER_ITEMS)
kernel void pointwise_conv2d_backward_filter(
    global const float *restrict x, global const float *restrict dz, global float *restrict partials,
    global const uint *restrict trained, uint pixels, uint in_blocks, uint trained_blocks, uint pixels_per_part)
{
    local float4 xs[FILTER_PIXELS * ROW_QUADS];
    local float4 gs[FILTER_PIXELS * CHANNEL_QUADS];
    const uint item = get_local_id(0);
    const uint row = item / CHANNEL_ITEMS;
    const uint channel = item % CHANNEL_ITEMS;
    const uint first_in = get_group_id(0) * (FILTER_ROWS / BLOCK);
    const uint first_out = get_group_id(1) * (FILTER_CHANNELS / BLOCK);
    const uint begin = get_group_id(2) * pixels_per_part;
    const uint end = min(begin + pixels_per_part, pixels);

    float4 sum[FILTER_ITEM_ROWS][4][FILTER_ITEM_CHANNELS];
    UNROLL for (uint r = 0; r < FILTER_ITEM_ROWS; r++)
        UNROLL for (uint j = 0; j < 4; j++)
            UNROLL for (uint c = 0; c < FILTER_ITEM_CHANNELS; c++) sum[r][j][c] = (float4)(0.0f);

    for (uint first = begin; first < end; first += FILTER_PIXELS) {
        const uint count = min((uint)FILTER_PIXELS, end - first);
        BRING(xs, x, ROW_QUADS, i, first_in + b, first_in + b < in_blocks)
        BRING(gs, dz, CHANNEL_QUADS, i, trained[first_out + b], first_out + b < trained_blocks)
        barrier(CLK_LOCAL_MEM_FENCE);
        for (uint p = 0; p < count; p++) {
            float4 g[FILTER_ITEM_CHANNELS];
            UNROLL for (uint c = 0; c < FILTER_ITEM_CHANNELS; c++)
                g[c] = gs[p * CHANNEL_QUADS + channel + c * CHANNEL_ITEMS];
            UNROLL for (uint r = 0; r < FILTER_ITEM_ROWS; r++) {
                const float4 v = xs[p * ROW_QUADS + row + r * ROW_ITEMS];
                UNROLL for (uint c = 0; c < FILTER_ITEM_CHANNELS; c++) {
                    sum[r][0][c] = MULTIPLY_ADD((float4)(v.s0), g[c], sum[r][0][c]);
                    sum[r][1][c] = MULTIPLY_ADD((float4)(v.s1), g[c], sum[r][1][c]);
                    sum[r][2][c] = MULTIPLY_ADD((float4)(v.s2), g[c], sum[r][2][c]);
                    sum[r][3][c] = MULTIPLY_ADD((float4)(v.s3), g[c], sum[r][3][c]);
                }
            }
        }
        barrier(CLK_LOCAL_MEM_FENCE);
    }

    UNROLL for (uint c = 0; c < FILTER_ITEM_CHANNELS; c++) {
        const uint at = channel + c * CHANNEL_ITEMS;
        const uint t = first_out + at / VECTORS;
        if (t >= trained_blocks) continue;
        const size_t panel = ((size_t)get_group_id(2) * trained_blocks + t) * in_blocks * BLOCK;
        UNROLL for (uint r = 0; r < FILTER_ITEM_ROWS; r++) {
            const uint k = first_in * BLOCK + (row + r * ROW_ITEMS) * 4;
            if (k >= in_blocks * BLOCK) continue;
            UNROLL for (uint j = 0; j < 4; j++)
                vstore4(sum[r][j][c], (panel + k + j) * VECTORS + at % VECTORS, partials);
        }
    }
}

// pointwise_conv2d_filter_totals
//
//   dw[k, o] = (accumulates ? dw[k, o] : 0) + Σ_s partials[s, t, k, o],  o in block trained[t]
//
// Work:   groups = (⌈K / rows_per_group⌉, T), local = (GROUP, 1): a row a lane.
// Order:  s ascending.
GROUP_OF(GROUP)
kernel void pointwise_conv2d_filter_totals(
    global const float *restrict partials, global float *restrict dw, global const uint *restrict trained, uint rows,
    uint rows_per_group, uint parts, uint accumulates)
{
    const size_t t = get_group_id(1);
    const size_t o = trained[t];
    const size_t stride = get_num_groups(1) * rows;
    const uint first = get_group_id(0) * rows_per_group;
    const uint end = min(first + rows_per_group, rows);
    for (uint k = first + LANE; k < end; k += LANES) {
        float4 sum = (float4)(0.0f);
        for (uint s = 0; s < parts; s++) sum += vload4((s * stride + t * rows + k) * VECTORS + VECTOR, partials);
        const size_t at = (o * rows + k) * VECTORS + VECTOR;
        vstore4(accumulates ? vload4(at, dw) + sum : sum, at, dw);
    }
}
