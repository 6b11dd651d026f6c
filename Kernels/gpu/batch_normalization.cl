// Batch normalization, and sums over the pixels of each channel.
//
// Operands
//   x         [C/16, P, 16]     input of the layer; P = N·H·W pixels of one micro-batch
//   y         [C/16, P, 16]     output, after the ReLU that may follow; d… is the gradient of the loss with respect to …
//   partials  [C/16, J, 16]     a sum for each of J runs of pixels_per_group pixels
//   mean, variance, inverse, scale, gamma, beta and every other value per channel: [C], C rounded up to 16
// A batch that comes in several micro-batches is summed over all of them before anything is made of the sums.

// The pixels of the run that are this lane's, RUN of them in one sum.
#define FOR_EACH_RUN(start) for (uint start = first + LANE; start < end; start += LANES * RUN)
#define FOR_EACH_PIXEL(start, p) for (uint p = start; p < min(start + LANES * RUN, end); p += LANES)
#define AT(p) ((block * pixels + (p)) * QUADS + QUAD)
// Where this group's sum stands.
#define PARTIAL ((block * get_num_groups(0) + get_group_id(0)) * QUADS + QUAD)

// channel_sums
//
//   partials[j, c] = Σ_p x[p, c]
//
// Work:   groups = (J, C/16).
// Order:  every LANES-th pixel a lane, ascending in sums of RUN, which are then added; then the lanes as in
//         sum_over_lanes.
GROUP_OF(GROUP)
kernel void channel_sums(global const float *restrict x, global float *restrict partials, uint pixels, uint pixels_per_group)
{
    local float4 scratch[GROUP];
    RUN_OF_GROUP;
    float4 total = (float4)(0.0f);
    FOR_EACH_RUN(start) {
        float4 sum = (float4)(0.0f);
        FOR_EACH_PIXEL(start, p) sum += vload4(AT(p), x);
        total += sum;
    }
    total = sum_over_lanes(total, scratch);
    if (LANE == 0) vstore4(total, PARTIAL, partials);
}

// channel_squared_deviations
//
//   partials[j, c] = Σ_p (x[p, c] − mean[c])²
//
// Work, order: as channel_sums.
GROUP_OF(GROUP)
kernel void channel_squared_deviations(
    global const float *restrict x, global const float *restrict mean, global float *restrict partials, uint pixels,
    uint pixels_per_group)
{
    local float4 scratch[GROUP];
    RUN_OF_GROUP;
    const float4 m = vload4(block * QUADS + QUAD, mean);
    float4 total = (float4)(0.0f);
    FOR_EACH_RUN(start) {
        float4 sum = (float4)(0.0f);
        FOR_EACH_PIXEL(start, p) {
            const float4 d = vload4(AT(p), x) - m;
            sum = MULTIPLY_ADD(d, d, sum);
        }
        total += sum;
    }
    total = sum_over_lanes(total, scratch);
    if (LANE == 0) vstore4(total, PARTIAL, partials);
}

// channel_totals
//
//   total[c] = (accumulates ? total[c] : 0) + Σ_j partials[j, c]
//
// Work:   groups = (C/16).
// Order:  every LANES-th j a lane, ascending, with what each addition loses carried on (Kahan, "Further remarks on
//         reducing truncation errors", 1965): the terms may be thousands; then the lanes as in sum_over_lanes.
GROUP_OF(GROUP)
kernel void channel_totals(
    global const float *restrict partials, global float *restrict total, uint items, uint accumulates)
{
    local float4 scratch[GROUP];
    const size_t block = get_group_id(0);
    float4 sum = (float4)(0.0f);
    float4 lost = (float4)(0.0f);
    for (uint j = LANE; j < items; j += LANES) {
        const float4 term = vload4((block * items + j) * QUADS + QUAD, partials) - lost;
        const float4 next = sum + term;
        lost = (next - sum) - term;
        sum = next;
    }
    sum = sum_over_lanes(sum, scratch);
    const size_t at = block * QUADS + QUAD;
    if (LANE == 0) vstore4(accumulates ? vload4(at, total) + sum : sum, at, total);
}

// batch_normalization_statistics
//
//   statistic[c] = total[c] / count
//   moving[c]    = moving[c] · momentum + statistic[c] · one_minus_momentum
//
// Keras's update of moving_mean and moving_variance; the variance is without Bessel's correction.
//
// Work:   groups = (C/16).
GROUP_OF(GROUP)
kernel void batch_normalization_statistics(
    global const float *restrict total, global float *restrict statistic, global float *restrict moving, float count,
    float momentum, float one_minus_momentum)
{
    if (LANE != 0) return;
    const size_t at = get_group_id(0) * QUADS + QUAD;
    const float4 value = vload4(at, total) / count;
    vstore4(value, at, statistic);
    vstore4(vload4(at, moving) * momentum + value * one_minus_momentum, at, moving);
}

// batch_normalization_scale
//
//   inverse[c] = 1 / √(variance[c] + epsilon)
//   scale[c]   = gamma[c] · inverse[c]
//
// Work:   groups = (C/16).
GROUP_OF(GROUP)
kernel void batch_normalization_scale(
    global const float *restrict variance, global const float *restrict gamma, global float *restrict inverse,
    global float *restrict scale, float epsilon)
{
    if (LANE != 0) return;
    const size_t at = get_group_id(0) * QUADS + QUAD;
    const float4 i = 1.0f / sqrt(vload4(at, variance) + epsilon);
    vstore4(i, at, inverse);
    vstore4(i * vload4(at, gamma), at, scale);
}

// batch_normalization_forward
//
//   y[p, c] = clamp((x[p, c] − mean[c]) · scale[c] + beta[c], low, high)
//
// Work:   groups = (⌈P / pixels_per_group⌉, C/16).
GROUP_OF(GROUP)
kernel void batch_normalization_forward(
    global const float *restrict x, global const float *restrict mean, global const float *restrict scale,
    global const float *restrict beta, global float *restrict y, uint pixels, uint pixels_per_group, float low,
    float high)
{
    RUN_OF_GROUP;
    const float4 m = vload4(block * QUADS + QUAD, mean);
    const float4 s = vload4(block * QUADS + QUAD, scale);
    const float4 b = vload4(block * QUADS + QUAD, beta);
    for (uint p = first + LANE; p < end; p += LANES)
        vstore4(bounded4(MULTIPLY_ADD(vload4(AT(p), x) - m, s, b), low, high), AT(p), y);
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
GROUP_OF(GROUP)
kernel void batch_normalization_backward_sums(
    global const float *restrict x, global const float *restrict y, global float *restrict dy,
    global const float *restrict mean, global const float *restrict inverse, global float *restrict beta_partials,
    global float *restrict gamma_partials, uint pixels, uint pixels_per_group, float low, float high)
{
    local float4 scratch[GROUP];
    RUN_OF_GROUP;
    const float4 m = vload4(block * QUADS + QUAD, mean);
    const float4 i = vload4(block * QUADS + QUAD, inverse);
    float4 beta_total = (float4)(0.0f);
    float4 gamma_total = (float4)(0.0f);
    FOR_EACH_RUN(start) {
        float4 beta_sum = (float4)(0.0f);
        float4 gamma_sum = (float4)(0.0f);
        FOR_EACH_PIXEL(start, p) {
            const float4 out = vload4(AT(p), y);
            const float4 dn = select((float4)(0.0f), vload4(AT(p), dy), out > low && out < high);
            vstore4(dn, AT(p), dy);
            beta_sum += dn;
            gamma_sum = MULTIPLY_ADD(dn, (vload4(AT(p), x) - m) * i, gamma_sum);
        }
        beta_total += beta_sum;
        gamma_total += gamma_sum;
    }
    beta_total = sum_over_lanes(beta_total, scratch);
    gamma_total = sum_over_lanes(gamma_total, scratch);
    if (LANE == 0) {
        vstore4(beta_total, PARTIAL, beta_partials);
        vstore4(gamma_total, PARTIAL, gamma_partials);
    }
}

// batch_normalization_backward_data
//
//   dx[p, c] = scale[c] · (dn[p, c] − dbeta[c] / count − x̂[p, c] · dgamma[c] / count),  x̂ = (x − mean) · inverse
//
// Ioffe and Szegedy, "Batch normalization", 2015, section 3. `count` is the pixels of the whole batch.
//
// Work:   groups = (⌈P / pixels_per_group⌉, C/16).
GROUP_OF(GROUP)
kernel void batch_normalization_backward_data(
    global const float *restrict x, global const float *restrict dn, global const float *restrict mean,
    global const float *restrict inverse, global const float *restrict scale, global const float *restrict dbeta,
    global const float *restrict dgamma, global float *restrict dx, uint pixels, uint pixels_per_group, float count)
{
    RUN_OF_GROUP;
    const size_t channel = block * QUADS + QUAD;
    const float4 m = vload4(channel, mean);
    const float4 i = vload4(channel, inverse);
    const float4 s = vload4(channel, scale);
    const float4 b = vload4(channel, dbeta) / count;
    const float4 g = vload4(channel, dgamma) / count;
    for (uint p = first + LANE; p < end; p += LANES) {
        const float4 normalized = (vload4(AT(p), x) - m) * i;
        vstore4(s * (vload4(AT(p), dn) - b - normalized * g), AT(p), dx);
    }
}
