// Batch normalization, and sums over the pixels of each channel.
//
// Operands
//   x         [C/16, P, 16]     input of the layer; P = N·H·W pixels of one micro-batch
//   y         [C/16, P, 16]     output, after the ReLU that may follow; d… is the gradient of the loss with respect to …
//   partials  [C/16, J, 16]     a value for each of J runs of pixels_per_item pixels
//   mean, variance, inverse, scale, gamma, beta and every other value per channel: [C], C rounded up to 16
// A batch that comes in several micro-batches is summed over all of them before anything is made of the sums.

// Σ in two levels: 64 pixels at a time, and their sums. Rounding grows with the terms of one sum.
#define RUN 64

// channel_sums
//
//   partials[j, c] = Σ_p x[p, c]
//
// Work:   global = (J, C/16), local = (1, 1).
// Order:  p ascending in sums of RUN pixels, which are then added.
kernel void channel_sums(global const float *restrict x, global float *restrict partials, uint pixels, uint pixels_per_item)
{
    const uint first = get_global_id(0) * pixels_per_item;
    const uint end = min(first + pixels_per_item, pixels);
    const size_t block = get_global_id(1);
    float16 total = (float16)(0.0f);
    for (uint start = first; start < end; start += RUN) {
        float16 sum = (float16)(0.0f);
        for (uint p = start; p < min(start + RUN, end); p++) sum += vload16(block * pixels + p, x);
        total += sum;
    }
    store_block(total, block * get_global_size(0) + get_global_id(0), partials);
}

// channel_moments
//
//   mean_partials[j, c]       = Σ_p x[p, c] / n_j, n_j the pixels of the run
//   deviation_partials[j, c]  = Σ_p (x[p, c] − mean_partials[j, c])²
//
// Work, order: as channel_sums.
kernel void channel_moments(
    global const float *restrict x, global float *restrict mean_partials, global float *restrict deviation_partials,
    uint pixels, uint pixels_per_item)
{
    const uint first = get_global_id(0) * pixels_per_item;
    const uint end = min(first + pixels_per_item, pixels);
    const size_t block = get_global_id(1);
    float16 total = (float16)(0.0f);
    for (uint start = first; start < end; start += RUN) {
        float16 sum = (float16)(0.0f);
        for (uint p = start; p < min(start + RUN, end); p++) sum += vload16(block * pixels + p, x);
        total += sum;
    }
    const float16 mean = total / (float)(end - first);
    float16 deviations = (float16)(0.0f);
    for (uint start = first; start < end; start += RUN) {
        float16 sum = (float16)(0.0f);
        for (uint p = start; p < min(start + RUN, end); p++) {
            const float16 d = vload16(block * pixels + p, x) - mean;
            sum = MULTIPLY_ADD(d, d, sum);
        }
        deviations += sum;
    }
    const size_t at = block * get_global_size(0) + get_global_id(0);
    store_block(mean, at, mean_partials);
    store_block(deviations, at, deviation_partials);
}

// Adds to `sum`, with what the additions before it lost (Kahan, "Further remarks on reducing truncation errors", 1965).
static inline void add_carrying(float16 value, float16 *sum, float16 *lost)
{
    const float16 term = value - *lost;
    const float16 next = *sum + term;
    *lost = (next - *sum) - term;
    *sum = next;
}

// channel_totals
//
//   total[c] = (accumulates ? total[c] : 0) + Σ_j partials[j, c]
//
// Work:   global = (C/16), local = (1).
// Order:  j ascending, with what each addition loses carried on: the terms may be thousands.
kernel void channel_totals(
    global const float *restrict partials, global float *restrict total, uint items, uint accumulates)
{
    const size_t block = get_global_id(0);
    float16 sum = accumulates ? vload16(block, total) : (float16)(0.0f);
    float16 lost = (float16)(0.0f);
    for (uint j = 0; j < items; j++) add_carrying(vload16(block * items + j, partials), &sum, &lost);
    store_block(sum, block, total);
}

// channel_moments_totals
//
//   mean[c]       = Σ_j n_j · mean_partials[j, c] / n,  n = Σ_j n_j
//   deviations[c] = Σ_j deviation_partials[j, c] + n_j · (mean_partials[j, c] − mean[c])²
//
// and both joined with what they are of `before` pixels of earlier micro-batches.
//
// Chan, Golub and LeVeque, "Algorithms for computing the sample variance", 1983.
//
// Work:   global = (C/16), local = (1).
// Order:  j ascending, with what each addition loses carried on, as in channel_totals.
kernel void channel_moments_totals(
    global const float *restrict mean_partials, global const float *restrict deviation_partials,
    global float *restrict mean, global float *restrict deviations, uint pixels, uint pixels_per_item, uint before)
{
    const size_t block = get_global_id(0);
    const uint items = parts_of(pixels, pixels_per_item);
    float16 sum = (float16)(0.0f);
    float16 lost = (float16)(0.0f);
    for (uint j = 0; j < items; j++) {
        const float count = (float)min(pixels_per_item, pixels - j * pixels_per_item);
        add_carrying(vload16(block * items + j, mean_partials) * count, &sum, &lost);
    }
    const float16 mean_here = sum / (float)pixels;
    sum = lost = (float16)(0.0f);
    for (uint j = 0; j < items; j++) {
        const float count = (float)min(pixels_per_item, pixels - j * pixels_per_item);
        const float16 d = vload16(block * items + j, mean_partials) - mean_here;
        add_carrying(MULTIPLY_ADD(d * d, (float16)(count), vload16(block * items + j, deviation_partials)), &sum, &lost);
    }
    if (before == 0) {
        store_block(mean_here, block, mean);
        store_block(sum, block, deviations);
    } else {
        const float share = (float)pixels / ((float)before + (float)pixels);
        const float16 d = mean_here - vload16(block, mean);
        store_block(MULTIPLY_ADD(d, (float16)(share), vload16(block, mean)), block, mean);
        store_block(vload16(block, deviations) + sum + d * d * ((float)before * share), block, deviations);
    }
}

// batch_normalization_statistics
//
//   variance[c]        = deviations[c] / count, in place of deviations
//   moving_mean[c]     = moving_mean[c] · momentum + mean[c] · one_minus_momentum
//   moving_variance[c] = moving_variance[c] · momentum + variance[c] · one_minus_momentum
//
// Keras's updates; the variance is without Bessel's correction.
//
// Work:   global = (C/16), local = (1).
kernel void batch_normalization_statistics(
    global const float *restrict mean, global float *restrict variance, global float *restrict moving_mean,
    global float *restrict moving_variance, float count, float momentum, float one_minus_momentum)
{
    const size_t block = get_global_id(0);
    const float16 v = vload16(block, variance) / count;
    store_block(v, block, variance);
    store_block(vload16(block, moving_mean) * momentum + vload16(block, mean) * one_minus_momentum, block, moving_mean);
    store_block(vload16(block, moving_variance) * momentum + v * one_minus_momentum, block, moving_variance);
}

// batch_normalization_scale
//
//   inverse[c] = 1 / √(variance[c] + epsilon)
//   scale[c]   = gamma[c] · inverse[c]
//
// Work:   global = (C/16), local = (1).
kernel void batch_normalization_scale(
    global const float *restrict variance, global const float *restrict gamma, global float *restrict inverse,
    global float *restrict scale, float epsilon)
{
    const size_t block = get_global_id(0);
    const float16 i = 1.0f / sqrt(vload16(block, variance) + epsilon);
    store_block(i, block, inverse);
    store_block(i * vload16(block, gamma), block, scale);
}

// batch_normalization_forward
//
//   y[p, c] = clamp((x[p, c] − mean[c]) · scale[c] + beta[c], low, high)
//
// Work:   global = (⌈P / pixels_per_item⌉, C/16), local = (1, 1).
kernel void batch_normalization_forward(
    global const float *restrict x, global const float *restrict mean, global const float *restrict scale,
    global const float *restrict beta, global float *restrict y, uint pixels, uint pixels_per_item, float low,
    float high)
{
    const uint first = get_global_id(0) * pixels_per_item;
    const uint end = min(first + pixels_per_item, pixels);
    const size_t block = get_global_id(1);
    const float16 m = vload16(block, mean);
    const float16 s = vload16(block, scale);
    const float16 b = vload16(block, beta);
    for (uint p = first; p < end; p++) {
        const size_t at = block * pixels + p;
        store_block(bounded(MULTIPLY_ADD(vload16(at, x) - m, s, b), low, high), at, y);
    }
}

// What of the gradient passes the ReLU. Its input is computed anew: to read x, which is needed anyway, costs nothing.
static inline float16 passed(float16 dy, float16 normalized, float low, float high)
{
    return select((float16)(0.0f), dy, normalized > low && normalized < high);
}

// batch_normalization_backward_sums
//
//   dn[p, c]              = low < n[p, c] < high ? dy[p, c] : 0, n the normalized value before the ReLU
//   beta_partials[j, c]   = Σ_p dn[p, c]
//   gamma_partials[j, c]  = Σ_p dn[p, c] · (x[p, c] − mean[c]) · inverse[c]
//
// whose totals are dbeta and dgamma.
//
// Work, order: as channel_sums.
kernel void batch_normalization_backward_sums(
    global const float *restrict x, global const float *restrict dy, global const float *restrict mean,
    global const float *restrict inverse, global const float *restrict scale, global const float *restrict beta,
    global float *restrict beta_partials, global float *restrict gamma_partials, uint pixels, uint pixels_per_item,
    float low, float high)
{
    const uint first = get_global_id(0) * pixels_per_item;
    const uint end = min(first + pixels_per_item, pixels);
    const size_t block = get_global_id(1);
    const float16 m = vload16(block, mean);
    const float16 i = vload16(block, inverse);
    const float16 s = vload16(block, scale);
    const float16 b = vload16(block, beta);
    float16 beta_total = (float16)(0.0f);
    float16 gamma_total = (float16)(0.0f);
    for (uint start = first; start < end; start += RUN) {
        float16 beta_sum = (float16)(0.0f);
        float16 gamma_sum = (float16)(0.0f);
        for (uint p = start; p < min(start + RUN, end); p++) {
            const size_t at = block * pixels + p;
            const float16 d = vload16(at, x) - m;
            const float16 dn = passed(vload16(at, dy), MULTIPLY_ADD(d, s, b), low, high);
            beta_sum += dn;
            gamma_sum = MULTIPLY_ADD(dn, d * i, gamma_sum);
        }
        beta_total += beta_sum;
        gamma_total += gamma_sum;
    }
    const size_t at = block * get_global_size(0) + get_global_id(0);
    store_block(beta_total, at, beta_partials);
    store_block(gamma_total, at, gamma_partials);
}

// batch_normalization_backward_data
//
//   dx[p, c] = scale[c] · (dn[p, c] − dbeta[c] / count − x̂[p, c] · dgamma[c] / count),  x̂ = (x − mean) · inverse
//
// with dn as above. Ioffe and Szegedy, "Batch normalization", 2015, section 3. `count` is the pixels of the whole batch.
//
// Work:   global = (⌈P / pixels_per_item⌉, C/16), local = (1, 1).
kernel void batch_normalization_backward_data(
    global const float *restrict x, global const float *restrict dy, global const float *restrict mean,
    global const float *restrict inverse, global const float *restrict scale, global const float *restrict beta,
    global const float *restrict dbeta, global const float *restrict dgamma, global float *restrict dx, uint pixels,
    uint pixels_per_item, float count, float low, float high)
{
    const uint first = get_global_id(0) * pixels_per_item;
    const uint end = min(first + pixels_per_item, pixels);
    const size_t block = get_global_id(1);
    const float16 m = vload16(block, mean);
    const float16 i = vload16(block, inverse);
    const float16 s = vload16(block, scale);
    const float16 b = vload16(block, beta);
    const float16 mean_dn = vload16(block, dbeta) / count;
    const float16 g = vload16(block, dgamma) / count;
    for (uint p = first; p < end; p++) {
        const size_t at = block * pixels + p;
        const float16 d = vload16(at, x) - m;
        const float16 dn = passed(vload16(at, dy), MULTIPLY_ADD(d, s, b), low, high);
        store_block(s * (dn - mean_dn - d * i * g), at, dx);
    }
}
