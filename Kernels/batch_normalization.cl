// Batch normalization, and sums over the pixels of each channel.
//
// Operands
//   x         [C/16, P, 16]     input of the layer; P = N·H·W pixels of one micro-batch
//   y         [C/16, P, 16]     output, after the ReLU that may follow; d… is the gradient of the loss with respect to …
//   partials  [C/16, J, 16]     a value for each of J runs of pixels_per_group pixels
//   mean, variance, inverse, scale, gamma, beta and every other value per channel: [C], C rounded up to 16
// A batch that comes in several micro-batches is summed over all of them before anything is made of the sums.

// The pixels of the run that are this lane's, RUN of them in one sum.
#define FOR_EACH_RUN(start) for (uint start = first + LANE; start < end; start += LANES * RUN)
#define FOR_EACH_PIXEL(start, p) for (uint p = start; p < min(start + LANES * RUN, end); p += LANES)
#define AT(p) ((block * pixels + (p)) * VECTORS + VECTOR)
// Pixels are asked for so many before their use: across the ends of pages no processor does so by itself.
#define PIXELS_AHEAD 64
#define PREFETCH_AHEAD(p, x) PREFETCH((x) + AT((p) + PIXELS_AHEAD) * WIDTH)
// Where this group's sum stands.
#define PARTIAL ((block * get_num_groups(0) + get_group_id(0)) * VECTORS + VECTOR)

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
    local vector scratch[GROUP];
    RUN_OF_GROUP;
    vector total = (vector)(0.0f);
    FOR_EACH_RUN(start) {
        vector sum = (vector)(0.0f);
        FOR_EACH_PIXEL(start, p) {
            PREFETCH_AHEAD(p, x);
            sum += LOAD(AT(p), x);
        }
        total += sum;
    }
    total = sum_over_lanes(total, scratch);
    if (LANE == 0) STORE(total, PARTIAL, partials);
}

// channel_moments
//
//   mean_partials[j, c]       = Σ_p x[p, c] / n_j, n_j the pixels of the run
//   deviation_partials[j, c]  = Σ_p (x[p, c] − mean_partials[j, c])²
//
// Work, order: as channel_sums.
GROUP_OF(GROUP)
kernel void channel_moments(
    global const float *restrict x, global float *restrict mean_partials, global float *restrict deviation_partials,
    uint pixels, uint pixels_per_group)
{
    local vector scratch[GROUP];
    RUN_OF_GROUP;
    vector total = (vector)(0.0f);
    FOR_EACH_RUN(start) {
        vector sum = (vector)(0.0f);
        FOR_EACH_PIXEL(start, p) {
            PREFETCH_AHEAD(p, x);
            sum += LOAD(AT(p), x);
        }
        total += sum;
    }
    const vector mean = sum_over_lanes(total, scratch) / (float)(end - first);
    vector deviations = (vector)(0.0f);
    FOR_EACH_RUN(start) {
        vector sum = (vector)(0.0f);
        FOR_EACH_PIXEL(start, p) {
            const vector d = LOAD(AT(p), x) - mean;
            sum = MULTIPLY_ADD(d, d, sum);
        }
        deviations += sum;
    }
    deviations = sum_over_lanes(deviations, scratch);
    if (LANE == 0) {
        STORE(mean, PARTIAL, mean_partials);
        STORE(deviations, PARTIAL, deviation_partials);
    }
}

// Adds to `sum`, with what the additions before it lost (Kahan, "Further remarks on reducing truncation errors", 1965).
static inline void add_carrying(vector value, vector *sum, vector *lost)
{
    const vector term = value - *lost;
    const vector next = *sum + term;
    *lost = (next - *sum) - term;
    *sum = next;
}

// channel_totals
//
//   total[c] = (accumulates ? total[c] : 0) + Σ_j partials[j, c]
//
// Work:   groups = (C/16).
// Order:  every LANES-th j a lane, ascending, with what each addition loses carried on: the terms may be thousands; then
//         the lanes as in sum_over_lanes.
GROUP_OF(GROUP)
kernel void channel_totals(
    global const float *restrict partials, global float *restrict total, uint items, uint accumulates)
{
    local vector scratch[GROUP];
    const size_t block = get_group_id(0);
    vector sum = (vector)(0.0f);
    vector lost = (vector)(0.0f);
    for (uint j = LANE; j < items; j += LANES)
        add_carrying(LOAD((block * items + j) * VECTORS + VECTOR, partials), &sum, &lost);
    sum = sum_over_lanes(sum, scratch);
    const size_t at = block * VECTORS + VECTOR;
    if (LANE == 0) STORE(accumulates ? LOAD(at, total) + sum : sum, at, total);
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
// Work, order: as channel_totals.
GROUP_OF(GROUP)
kernel void channel_moments_totals(
    global const float *restrict mean_partials, global const float *restrict deviation_partials,
    global float *restrict mean, global float *restrict deviations, uint pixels, uint pixels_per_group, uint before)
{
    local vector scratch[GROUP];
    const size_t block = get_group_id(0);
    const uint items = parts_of(pixels, pixels_per_group);
    vector sum = (vector)(0.0f);
    vector lost = (vector)(0.0f);
    for (uint j = LANE; j < items; j += LANES) {
        const float count = (float)min(pixels_per_group, pixels - j * pixels_per_group);
        add_carrying(LOAD((block * items + j) * VECTORS + VECTOR, mean_partials) * count, &sum, &lost);
    }
    const vector mean_here = sum_over_lanes(sum, scratch) / (float)pixels;
    sum = lost = (vector)(0.0f);
    for (uint j = LANE; j < items; j += LANES) {
        const float count = (float)min(pixels_per_group, pixels - j * pixels_per_group);
        const vector d = LOAD((block * items + j) * VECTORS + VECTOR, mean_partials) - mean_here;
        const vector own = LOAD((block * items + j) * VECTORS + VECTOR, deviation_partials);
        add_carrying(MULTIPLY_ADD(d * d, (vector)(count), own), &sum, &lost);
    }
    sum = sum_over_lanes(sum, scratch);
    if (LANE != 0) return;
    const size_t at = block * VECTORS + VECTOR;
    if (before == 0) {
        STORE(mean_here, at, mean);
        STORE(sum, at, deviations);
    } else {
        const float share = (float)pixels / ((float)before + (float)pixels);
        const vector d = mean_here - LOAD(at, mean);
        STORE(MULTIPLY_ADD(d, (vector)(share), LOAD(at, mean)), at, mean);
        STORE(LOAD(at, deviations) + sum + d * d * ((float)before * share), at, deviations);
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
// Work:   groups = (C/16).
GROUP_OF(GROUP)
kernel void batch_normalization_statistics(
    global const float *restrict mean, global float *restrict variance, global float *restrict moving_mean,
    global float *restrict moving_variance, float count, float momentum, float one_minus_momentum)
{
    if (LANE != 0) return;
    const size_t at = get_group_id(0) * VECTORS + VECTOR;
    const vector v = LOAD(at, variance) / count;
    STORE(v, at, variance);
    STORE(LOAD(at, moving_mean) * momentum + LOAD(at, mean) * one_minus_momentum, at, moving_mean);
    STORE(LOAD(at, moving_variance) * momentum + v * one_minus_momentum, at, moving_variance);
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
    const size_t at = get_group_id(0) * VECTORS + VECTOR;
    const vector i = 1.0f / sqrt(LOAD(at, variance) + epsilon);
    STORE(i, at, inverse);
    STORE(i * LOAD(at, gamma), at, scale);
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
    const vector m = LOAD(block * VECTORS + VECTOR, mean);
    const vector s = LOAD(block * VECTORS + VECTOR, scale);
    const vector b = LOAD(block * VECTORS + VECTOR, beta);
    for (uint p = first + LANE; p < end; p += LANES) {
        PREFETCH_AHEAD(p, x);
        STORE(bounded(MULTIPLY_ADD(LOAD(AT(p), x) - m, s, b), low, high), AT(p), y);
    }
}

// What of the gradient passes the ReLU. Its input is computed anew: to read x, which is needed anyway, costs nothing.
static inline vector passed(vector dy, vector normalized, float low, float high)
{
    return select((vector)(0.0f), dy, normalized > low && normalized < high);
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
GROUP_OF(GROUP)
kernel void batch_normalization_backward_sums(
    global const float *restrict x, global const float *restrict dy, global const float *restrict mean,
    global const float *restrict inverse, global const float *restrict scale, global const float *restrict beta,
    global float *restrict beta_partials, global float *restrict gamma_partials, uint pixels, uint pixels_per_group,
    float low, float high)
{
    local vector scratch[GROUP];
    RUN_OF_GROUP;
    const vector m = LOAD(block * VECTORS + VECTOR, mean);
    const vector i = LOAD(block * VECTORS + VECTOR, inverse);
    const vector s = LOAD(block * VECTORS + VECTOR, scale);
    const vector b = LOAD(block * VECTORS + VECTOR, beta);
    vector beta_total = (vector)(0.0f);
    vector gamma_total = (vector)(0.0f);
    FOR_EACH_RUN(start) {
        vector beta_sum = (vector)(0.0f);
        vector gamma_sum = (vector)(0.0f);
        FOR_EACH_PIXEL(start, p) {
            PREFETCH_AHEAD(p, x);
            PREFETCH_AHEAD(p, dy);
            const vector d = LOAD(AT(p), x) - m;
            const vector dn = passed(LOAD(AT(p), dy), MULTIPLY_ADD(d, s, b), low, high);
            beta_sum += dn;
            gamma_sum = MULTIPLY_ADD(dn, d * i, gamma_sum);
        }
        beta_total += beta_sum;
        gamma_total += gamma_sum;
    }
    beta_total = sum_over_lanes(beta_total, scratch);
    gamma_total = sum_over_lanes(gamma_total, scratch);
    if (LANE == 0) {
        STORE(beta_total, PARTIAL, beta_partials);
        STORE(gamma_total, PARTIAL, gamma_partials);
    }
}

// batch_normalization_backward_data
//
//   dx[p, c] = scale[c] · (dn[p, c] − dbeta[c] / count − x̂[p, c] · dgamma[c] / count),  x̂ = (x − mean) · inverse
//
// with dn as above. Ioffe and Szegedy, "Batch normalization", 2015, section 3. `count` is the pixels of the whole batch.
//
//   gradient  [C/16, P, 16]  dy, which dx replaces
//
// Work:   groups = (⌈P / pixels_per_group⌉, C/16).
GROUP_OF(GROUP)
kernel void batch_normalization_backward_data(
    global const float *restrict x, global float *restrict gradient, global const float *restrict mean,
    global const float *restrict inverse, global const float *restrict scale, global const float *restrict beta,
    global const float *restrict dbeta, global const float *restrict dgamma, uint pixels, uint pixels_per_group,
    float count, float low, float high)
{
    RUN_OF_GROUP;
    const size_t channel = block * VECTORS + VECTOR;
    const vector m = LOAD(channel, mean);
    const vector i = LOAD(channel, inverse);
    const vector s = LOAD(channel, scale);
    const vector b = LOAD(channel, beta);
    const vector mean_dn = LOAD(channel, dbeta) / count;
    const vector g = LOAD(channel, dgamma) / count;
    for (uint p = first + LANE; p < end; p += LANES) {
        PREFETCH_AHEAD(p, x);
        PREFETCH_AHEAD(p, gradient);
        const vector d = LOAD(AT(p), x) - m;
        const vector dn = passed(LOAD(AT(p), gradient), MULTIPLY_ADD(d, s, b), low, high);
        STORE(s * (dn - mean_dn - d * i * g), AT(p), gradient);
    }
}
