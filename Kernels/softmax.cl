// Softmax over the classes, and its cross-entropy with a true class.
//
// Operands
//   z  [C/16, N, 16]   logits; C classes
//   p  [N, C]          probabilities, not blocked
// A class an item: item i of a group has classes i, i + GROUP, …

static inline float logit(global const float *z, uint images, uint n, uint c)
{
    return z[((size_t)(c / BLOCK) * images + n) * BLOCK + c % BLOCK];
}

// Σ of `value` over the items of the group, or its maximum: the upper half of them is added to the lower, and so on.
// Every item calls it. `scratch` is GROUP numbers.
static inline float over_items(float value, bool adds, local float *scratch)
{
    const uint item = get_local_id(0);
    scratch[item] = value;
    for (uint width = GROUP / 2; width > 0; width /= 2) {
        WAIT_FOR_GROUP;
        if (item < width) {
            const float other = scratch[item + width];
            scratch[item] = adds ? scratch[item] + other : fmax(scratch[item], other);
        }
    }
    WAIT_FOR_GROUP;
    const float result = scratch[0];
    // Nobody writes to it again before all have read.
    WAIT_FOR_GROUP;
    return result;
}

static inline float largest_logit(global const float *z, uint images, uint n, uint classes, local float *scratch)
{
    float largest = -INFINITY;
    for (uint c = get_local_id(0); c < classes; c += GROUP) largest = fmax(largest, logit(z, images, n, c));
    return over_items(largest, false, scratch);
}

// softmax_forward
//
//   p[n, c] = exp(z[n, c] − m) / Σ_c' exp(z[n, c'] − m),  m = max_c z[n, c]
//
// Work:   groups = (N).
// Order:  every GROUP-th c an item, ascending; then the items as in over_items.
GROUP_OF(GROUP)
kernel void softmax_forward(global const float *restrict z, global float *restrict p, uint images, uint classes)
{
    local float scratch[GROUP];
    const uint n = get_group_id(0);
    const float largest = largest_logit(z, images, n, classes, scratch);
    float sum = 0.0f;
    for (uint c = get_local_id(0); c < classes; c += GROUP) sum += exp(logit(z, images, n, c) - largest);
    sum = over_items(sum, true, scratch);
    for (uint c = get_local_id(0); c < classes; c += GROUP)
        p[(size_t)n * classes + c] = exp(logit(z, images, n, c) - largest) / sum;
}

// softmax_cross_entropy
//
//   target[n, c] = (1 − smoothing) · [c = label[n]] + smoothing / C
//   loss[n]      = weight[n] · (log Σ_c exp(z[n, c] − m) − Σ_c target[n, c] · (z[n, c] − m))
//   dz[n, c]     = weight[n] · (softmax(z)[n, c] − target[n, c]) · share
//
// from the logits, as Keras computes it for a model that ends in softmax. `share` is 1 / batch size, so that dz
// is the gradient of the mean loss. Lanes of dz beyond the classes become zero.
//
// Work:   groups = (N).
// Order:  as softmax_forward.
GROUP_OF(GROUP)
kernel void softmax_cross_entropy(
    global const float *restrict z, global const uint *restrict labels, global const float *restrict weights,
    global float *restrict loss, global float *restrict dz, uint images, uint classes, float share, float smoothing)
{
    local float scratch[GROUP];
    const uint n = get_group_id(0);
    const uint label = labels[n];
    const float weight = weights[n];
    const float largest = largest_logit(z, images, n, classes, scratch);
    const float other = smoothing / classes;
    float sum = 0.0f;
    float aim = 0.0f;
    for (uint c = get_local_id(0); c < classes; c += GROUP) {
        const float relative = logit(z, images, n, c) - largest;
        sum += exp(relative);
        aim += (c == label ? 1.0f - smoothing + other : other) * relative;
    }
    sum = over_items(sum, true, scratch);
    aim = over_items(aim, true, scratch);
    if (get_local_id(0) == 0) loss[n] = weight * (log(sum) - aim);
    for (uint c = get_local_id(0); c < parts_of(classes, BLOCK) * BLOCK; c += GROUP) {
        const float target = c == label ? 1.0f - smoothing + other : other;
        const float gradient =
            c < classes ? (exp(logit(z, images, n, min(c, classes - 1)) - largest) / sum - target) * weight * share : 0.0f;
        dz[((size_t)(c / BLOCK) * images + n) * BLOCK + c % BLOCK] = gradient;
    }
}
