// Batch normalization, and sums over the pixels of each channel.
//
// Operands
//   x         [C/16, P, 16]     input of the layer; P = N·H·W pixels of one micro-batch
//   y         [C/16, P, 16]     output, after the ReLU that may follow; d… is the gradient of the loss with respect to …
//   partials  [C/16, J, 16]     a sum for each of J runs of pixels_per_item pixels
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
    vstore16(total, block * get_global_size(0) + get_global_id(0), partials);
}

// channel_squared_deviations
//
//   partials[j, c] = Σ_p (x[p, c] − mean[c])²
//
// Work, order: as channel_sums.
kernel void channel_squared_deviations(
    global const float *restrict x, global const float *restrict mean, global float *restrict partials, uint pixels,
    uint pixels_per_item)
{
    const uint first = get_global_id(0) * pixels_per_item;
    const uint end = min(first + pixels_per_item, pixels);
    const size_t block = get_global_id(1);
    const float16 m = vload16(block, mean);
    float16 total = (float16)(0.0f);
    for (uint start = first; start < end; start += RUN) {
        float16 sum = (float16)(0.0f);
        for (uint p = start; p < min(start + RUN, end); p++) {
            const float16 d = vload16(block * pixels + p, x) - m;
            sum = MULTIPLY_ADD(d, d, sum);
        }
        total += sum;
    }
    vstore16(total, block * get_global_size(0) + get_global_id(0), partials);
}

// channel_totals
//
//   total[c] = (accumulates ? total[c] : 0) + Σ_j partials[j, c]
//
// Work:   global = (C/16), local = (1).
// Order:  j ascending, with what each addition loses carried on (Kahan, "Further remarks on reducing truncation
//         errors", 1965): the terms may be thousands.
kernel void channel_totals(
    global const float *restrict partials, global float *restrict total, uint items, uint accumulates)
{
    const size_t block = get_global_id(0);
    float16 sum = accumulates ? vload16(block, total) : (float16)(0.0f);
    float16 lost = (float16)(0.0f);
    for (uint j = 0; j < items; j++) {
        const float16 term = vload16(block * items + j, partials) - lost;
        const float16 next = sum + term;
        lost = (next - sum) - term;
        sum = next;
    }
    vstore16(sum, block, total);
}

// batch_normalization_statistics
//
//   statistic[c] = total[c] / count
//   moving[c]    = moving[c] · momentum + statistic[c] · one_minus_momentum
//
// Keras's update of moving_mean and moving_variance; the variance is without Bessel's correction.
//
// Work:   global = (C/16), local = (1).
kernel void batch_normalization_statistics(
    global const float *restrict total, global float *restrict statistic, global float *restrict moving, float count,
    float momentum, float one_minus_momentum)
{
    const size_t block = get_global_id(0);
    const float16 value = vload16(block, total) / count;
    vstore16(value, block, statistic);
    vstore16(vload16(block, moving) * momentum + value * one_minus_momentum, block, moving);
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
    vstore16(i, block, inverse);
    vstore16(i * vload16(block, gamma), block, scale);
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
        vstore16(bounded(MULTIPLY_ADD(vload16(at, x) - m, s, b), low, high), at, y);
    }
}

// batch_normalization_backward_sums
//
//   dn[p, c]              = low < y[p, c] < high ? dy[p, c] : 0, in place of dy
//   beta_partials[j, c]   = Σ_p dn[p, c]
//   gamma_partials[j, c]  = Σ_p dn[p, c] · (x[p, c] − mean[c]) · inverse[c]
//
// whose totals are dbeta and dgamma.
//
// Work, order: as channel_sums.
kernel void batch_normalization_backward_sums(
    global const float *restrict x, global const float *restrict y, global float *restrict dy,
    global const float *restrict mean, global const float *restrict inverse, global float *restrict beta_partials,
    global float *restrict gamma_partials, uint pixels, uint pixels_per_item, float low, float high)
{
    const uint first = get_global_id(0) * pixels_per_item;
    const uint end = min(first + pixels_per_item, pixels);
    const size_t block = get_global_id(1);
    const float16 m = vload16(block, mean);
    const float16 i = vload16(block, inverse);
    float16 beta_total = (float16)(0.0f);
    float16 gamma_total = (float16)(0.0f);
    for (uint start = first; start < end; start += RUN) {
        float16 beta_sum = (float16)(0.0f);
        float16 gamma_sum = (float16)(0.0f);
        for (uint p = start; p < min(start + RUN, end); p++) {
            const size_t at = block * pixels + p;
            const float16 out = vload16(at, y);
            const float16 dn = select((float16)(0.0f), vload16(at, dy), out > low && out < high);
            vstore16(dn, at, dy);
            beta_sum += dn;
            gamma_sum = MULTIPLY_ADD(dn, (vload16(at, x) - m) * i, gamma_sum);
        }
        beta_total += beta_sum;
        gamma_total += gamma_sum;
    }
    const size_t at = block * get_global_size(0) + get_global_id(0);
    vstore16(beta_total, at, beta_partials);
    vstore16(gamma_total, at, gamma_partials);
}

// batch_normalization_backward_data
//
//   dx[p, c] = scale[c] · (dn[p, c] − dbeta[c] / count − x̂[p, c] · dgamma[c] / count),  x̂ = (x − mean) · inverse
//
// Ioffe and Szegedy, "Batch normalization", 2015, section 3. `count` is the pixels of the whole batch.
//
// Work:   global = (⌈P / pixels_per_item⌉, C/16), local = (1, 1).
kernel void batch_normalization_backward_data(
    global const float *restrict x, global const float *restrict dn, global const float *restrict mean,
    global const float *restrict inverse, global const float *restrict scale, global const float *restrict dbeta,
    global const float *restrict dgamma, global float *restrict dx, uint pixels, uint pixels_per_item, float count)
{
    const uint first = get_global_id(0) * pixels_per_item;
    const uint end = min(first + pixels_per_item, pixels);
    const size_t block = get_global_id(1);
    const float16 m = vload16(block, mean);
    const float16 i = vload16(block, inverse);
    const float16 s = vload16(block, scale);
    const float16 b = vload16(block, dbeta) / count;
    const float16 g = vload16(block, dgamma) / count;
    for (uint p = first; p < end; p++) {
        const size_t at = block * pixels + p;
        const float16 normalized = (vload16(at, x) - m) * i;
        vstore16(s * (vload16(at, dn) - b - normalized * g), at, dx);
    }
}
