// Pointwise convolution, and Dense as the case of one pixel an image.
//
// Operands
//   x      [K/16, P, 16]   input; P = N·H·W pixels
//   w      [O/16, K, 16]   kernel: w[o/16][k][o%16] = Keras's kernel[0, 0, k, o]; K rounded up to 16
//   scale  [O], shift [O]  what follows the product a channel: batch-norm in inference mode, or 1 and the bias
//   rows   [items, pixels_per_task, row]   each work-item's own memory; a row above K keeps the pixels of a tile in
//                          different sets of the first cache
//   y      [O/16, P, 16]   output; d… is the gradient of the loss with respect to …

// The parameters of the products behind x and what is done to it on the way, and their body: BRING brings `count` pixels
// from `first` on to rows, and DONE(o, blocks), which each kernel defines, sees `blocks` blocks of output channels from `o`
// on at these pixels.
#define PRODUCT_PARAMETERS                                                                                       \
    global const float *restrict w, global const float *restrict scale, global const float *restrict shift,      \
        global float *restrict rows, global float *restrict y, uint row, uint pixels, uint in_blocks, uint out_blocks, \
        uint pixels_per_task, uint blocks_per_task, float low, float high

#define POINTWISE_TILE(tile, blocks)                                                                             \
    pointwise_tile(                                                                                              \
        rows + p * row, row, w + (size_t)o * depth * BLOCK, depth, scale + o * BLOCK, shift + o * BLOCK, low, high, \
        y + o * stride + (size_t)(first + p) * BLOCK, stride, tile, blocks)

// Where the pixels are no multiple of a tile, the last tile begins earlier and computes some a second time.
#define POINTWISE_BLOCKS(blocks)                                                                                 \
    {                                                                                                            \
        if (count < TILE_OF(blocks))                                                                             \
            for (uint p = 0; p < count; p++) POINTWISE_TILE(1, blocks);                                          \
        else                                                                                                     \
            for (uint next = 0; next < count; next += TILE_OF(blocks)) {                                         \
                const uint p = min(next, count - TILE_OF(blocks));                                               \
                POINTWISE_TILE(TILE_OF(blocks), blocks);                                                         \
            }                                                                                                    \
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
        uint o = task % parts * blocks_per_task;                                                                 \
        const uint end_block = min(o + blocks_per_task, out_blocks);                                             \
        BRING;                                                                                                   \
        FOR_EACH_TILE_OF_BLOCKS(o, end_block, POINTWISE_BLOCKS)                                                  \
    }

#define BRING_X bring_rows(x + (size_t)first * BLOCK, stride, in_blocks, count, rows, row)

// pointwise_conv2d_forward
//
//   y[p, o] = clamp(scale[o] · Σ_k x[p, k] · w[k, o] + shift[o], low, high)
//
// Work:   global = (any number), local = (1). A task is pixels_per_task pixels of blocks_per_task blocks of output
//         channels; work-items claim them one after another. The pixels are brought to rows; then, some blocks at
//         a time, the output is computed tile by tile, so that the panels of w are read from memory once and
//         then from the cache.
// Order:  k ascending, one accumulator an output.
kernel void pointwise_conv2d_forward(global const float *restrict x, PRODUCT_PARAMETERS, global uint *claims)
{
#define DONE(o, blocks)
    PRODUCT(BRING_X)
#undef DONE
}

// normalized_pointwise_conv2d_forward
//
// The same of a = clamp((x − mean) · in_scale + beta, in_low, in_high) in the place of x: a batch-norm in training mode and
// the ReLU after it, computed as the pixels are brought.
//
//   mean, in_scale, beta  [K]
//
// Where `takes_moments` is not 0, for the batch-norm behind it the moments of y over each task's pixels, as channel_moments
// forms those of runs:
//
//   mean_partials, deviation_partials   [O/16, ⌈P / pixels_per_task⌉, 16]
//
// Work, order: as pointwise_conv2d_forward; the bits of it and batch_normalization_forward. Moments: every SUMS-th pixel,
//         ascending, and then those sums.
kernel void normalized_pointwise_conv2d_forward(
    global const float *restrict x, global const float *restrict mean, global const float *restrict in_scale,
    global const float *restrict beta, float in_low, float in_high, global float *restrict mean_partials,
    global float *restrict deviation_partials, uint takes_moments, PRODUCT_PARAMETERS, global uint *claims)
{
#define DONE(first_block, blocks)                                                                                \
    for (uint b = first_block; takes_moments && b < first_block + blocks; b++) {                                 \
        const moments m = moments_of(y + b * stride + (size_t)first * BLOCK, count);                             \
        const size_t partial = (size_t)b * parts_of(pixels, pixels_per_task) + task / parts;                     \
        store_block(m.mean, partial, mean_partials);                                                             \
        store_block(m.deviations, partial, deviation_partials);                                                  \
    }
#define BRING_NORMALIZED                                                                                         \
    for (uint k = 0; k < in_blocks; k++) {                                                                       \
        const normalization normalizes = normalization_of(k, mean, in_scale, beta, in_low, in_high);             \
        bring_normalized(                                                                                        \
            x + k * stride + (size_t)first * BLOCK, count, &normalizes, rows + k * BLOCK, row);                  \
    }
    PRODUCT(BRING_NORMALIZED)
#undef BRING_NORMALIZED
#undef DONE
}

// The sums of a batch-norm's gradient over `pixels` pixels of a block of channels, `x` its input and `da` the gradient of
// its output.
static inline gradient_sums sums_of_block(
    global const float *x, global const float *da, uint pixels, float16 inverse, const normalization *normalizes)
{
    gradient_sums total = {(float16)(0.0f), (float16)(0.0f)};
    for (uint start = 0; start < pixels; start += RUN) {
        gradient_sums sums = {(float16)(0.0f), (float16)(0.0f)};
        for (uint p = start; p < min(start + RUN, pixels); p++) {
            PREFETCH(x + (p + STREAM_AHEAD) * BLOCK);
            const float16 d = vload16(p, x) - normalizes->mean;
            const float16 n = MULTIPLY_ADD(d, normalizes->scale, normalizes->beta);
            add_passed(vload16(p, da), n, d, inverse, normalizes, &sums);
        }
        total.beta += sums.beta;
        total.gamma += sums.gamma;
    }
    return total;
}

// normalized_pointwise_conv2d_backward_data
//
//   da[p, k] = Σ_o dz[p, o] · wt[o, k]
//
// as pointwise_conv2d_forward(dz, wt), and of the batch-norm whose output's gradient that is, the sums
//
//   beta_partials[j, k]   = Σ_p dn[p, k],  dn = low < (input − mean) · in_scale + beta < high ? da : 0
//   gamma_partials[j, k]  = Σ_p dn[p, k] · (input[p, k] − mean[k]) · inverse[k]
//
// over each task's pixels j, as batch_normalization_backward_sums forms them. In the product's names x is dz, and y is da.
//
//   input                           [K/16, P, 16]  of the batch-norm, with mean, inverse, in_scale, beta [K]
//   beta_partials, gamma_partials   [K/16, ⌈P / pixels_per_task⌉, 16]
//
// Work:   as pointwise_conv2d_forward: the sums of a block are formed while its gradient is in the cache.
// Order:  da: o ascending, one accumulator an element. Sums: p ascending in sums of RUN, which are then added.
kernel void normalized_pointwise_conv2d_backward_data(
    global const float *restrict x, global const float *restrict input, global const float *restrict mean,
    global const float *restrict inverse, global const float *restrict in_scale, global const float *restrict beta,
    float in_low, float in_high, global float *restrict beta_partials, global float *restrict gamma_partials,
    PRODUCT_PARAMETERS, global uint *claims)
{
#define DONE(o, blocks)                                                                                          \
    for (uint k = o; k < o + blocks; k++) {                                                                      \
        const normalization normalizes = normalization_of(k, mean, in_scale, beta, in_low, in_high);             \
        const size_t at = k * stride + (size_t)first * BLOCK;                                                    \
        const gradient_sums sums = sums_of_block(input + at, y + at, count, vload16(k, inverse), &normalizes);   \
        const size_t partial = (size_t)k * parts_of(pixels, pixels_per_task) + task / parts;                     \
        store_block(sums.beta, partial, beta_partials);                                                          \
        store_block(sums.gamma, partial, gamma_partials);                                                        \
    }
    PRODUCT(BRING_X)
#undef DONE
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
