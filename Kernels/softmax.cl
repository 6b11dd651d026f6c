// Softmax over the classes, and its cross-entropy with a true class.
//
// Operands
//   z  [C/16, N, 16]   logits; C classes
//   p  [N, C]          probabilities, not blocked

inline float logit(global const float *z, uint images, uint n, uint c)
{
    return z[((size_t)(c / BLOCK) * images + n) * BLOCK + c % BLOCK];
}

inline float largest_logit(global const float *z, uint images, uint n, uint classes)
{
    float largest = logit(z, images, n, 0);
    for (uint c = 1; c < classes; c++) largest = fmax(largest, logit(z, images, n, c));
    return largest;
}

// softmax_forward
//
//   p[n, c] = exp(z[n, c] − m) / Σ_c' exp(z[n, c'] − m),  m = max_c z[n, c]
//
// Work:   global = (N), local = (1).
// Order:  c ascending.
kernel void softmax_forward(global const float *restrict z, global float *restrict p, uint images, uint classes)
{
    const uint n = get_global_id(0);
    const float largest = largest_logit(z, images, n, classes);
    float sum = 0.0f;
    for (uint c = 0; c < classes; c++) {
        const float e = exp(logit(z, images, n, c) - largest);
        p[(size_t)n * classes + c] = e;
        sum += e;
    }
    for (uint c = 0; c < classes; c++) p[(size_t)n * classes + c] /= sum;
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
// Work:   global = (N), local = (1).
// Order:  c ascending.
kernel void softmax_cross_entropy(
    global const float *restrict z, global const uint *restrict labels, global const float *restrict weights,
    global float *restrict loss, global float *restrict dz, uint images, uint classes, float share, float smoothing)
{
    const uint n = get_global_id(0);
    const uint label = labels[n];
    const float weight = weights[n];
    const float largest = largest_logit(z, images, n, classes);
    const float other = smoothing / classes;
    float sum = 0.0f;
    float aim = 0.0f;
    for (uint c = 0; c < classes; c++) {
        const float relative = logit(z, images, n, c) - largest;
        sum += exp(relative);
        aim += (c == label ? 1.0f - smoothing + other : other) * relative;
    }
    loss[n] = weight * (log(sum) - aim);
    for (uint c = 0; c < (classes + BLOCK - 1) / BLOCK * BLOCK; c++) {
        const float target = c == label ? 1.0f - smoothing + other : other;
        const float gradient =
            c < classes ? (exp(logit(z, images, n, min(c, classes - 1)) - largest) / sum - target) * weight * share : 0.0f;
        dz[((size_t)(c / BLOCK) * images + n) * BLOCK + c % BLOCK] = gradient;
    }
}
