// A batch-norm in training mode with the ReLU after it, and the pointwise convolution that reads them: what is between the
// two goes no further than the cache. Operands as in pointwise_conv2d.cl, filter_gradients.cl and
// ../batch_normalization.cl; `in_scale` is the batch-norm's, and in_low and in_high are where its ReLU cuts off.

// normalized_pointwise_conv2d_forward
//
//   y[p, o] = clamp(scale[o] · Σ_k a[p, k] · w[k, o] + shift[o], low, high)
//   a[p, k] = clamp((x[p, k] − mean[k]) · in_scale[k] + beta[k], in_low, in_high), computed as the pixels are brought
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
#define READ_WHEN_DONE(o, blocks) NOTHING_AHEAD
#define DONE(first_done, blocks)                                                                                 \
    for (uint b = first_done; takes_moments && b < first_done + blocks; b++) {                                   \
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
#undef READ_WHEN_DONE
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
            const float16 d = load_block(p, x) - normalizes->mean;
            const float16 n = MULTIPLY_ADD(d, normalizes->scale, normalizes->beta);
            add_passed(load_block(p, da), n, d, inverse, normalizes, &sums);
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
#define READ_WHEN_DONE(o, blocks)                                                                                \
    (lines_ahead){input + (o) * stride + (size_t)first * BLOCK, stride, blocks, count, 0}
#define DONE(o, blocks)                                                                                          \
    for (uint k = o; k < o + blocks; k++) {                                                                      \
        const normalization normalizes = normalization_of(k, mean, in_scale, beta, in_low, in_high);             \
        const size_t at = k * stride + (size_t)first * BLOCK;                                                    \
        const gradient_sums sums = sums_of_block(input + at, y + at, count, load_block(k, inverse), &normalizes);   \
        const size_t partial = (size_t)k * parts_of(pixels, pixels_per_task) + task / parts;                     \
        store_block(sums.beta, partial, beta_partials);                                                          \
        store_block(sums.gamma, partial, gamma_partials);                                                        \
    }
    PRODUCT(BRING_X)
#undef DONE
#undef READ_WHEN_DONE
}

// normalized_pointwise_conv2d_backward_filter
//
// The sums of filter_gradients.cl with a[p, k] = clamp((x[p, k] − mean[k]) · in_scale[k] + beta[k], in_low, in_high) in the
// place of x[p, k].
//
//   rows  [items, in_blocks_per_task, SPAN, 16]   each work-item's own memory
//
// Work, order: as there.
kernel void normalized_pointwise_conv2d_backward_filter(
    global const float *restrict x, global const float *restrict mean, global const float *restrict in_scale,
    global const float *restrict beta, float in_low, float in_high, global float *restrict rows,
    global const float *restrict dz, FILTER_PARAMETERS)
{
    rows += get_global_id(0) * in_blocks_per_task * SPAN * BLOCK;
#define NORMALIZED                                                                                               \
    in = rows;                                                                                                   \
    stride = SPAN * BLOCK;                                                                                       \
    for (uint k = first_in; k < end_in; k++) {                                                                   \
        const normalization normalizes = normalization_of(k, mean, in_scale, beta, in_low, in_high);             \
        bring_normalized(                                                                                        \
            x + ((size_t)k * pixels + first) * BLOCK, count, &normalizes, rows + (k - first_in) * stride, BLOCK); \
    }
    BACKWARD_FILTER(NORMALIZED)
}
