// The updates of Keras's optimizers.
//
// Operands
//   w, dw    [C/16, R, 16]   a weight and its gradient in their device layout: R rows of 16 output channels a block
//   slots    as w            what the optimizer remembers of each element: m, v, …
//   mask     [C]             1 for a trained channel, 0 for a frozen one
//   trained  [T]             numbers of the blocks that have a trained channel; no other block is touched
// The gradient that counts is g = clamp(dw · factor, −limit, limit), which clips by norm and by value; before the
// update w shrinks by decay = weight_decay · learning_rate of itself, as Keras has it for every optimizer.
//
// Work:   global = (⌈R / rows_per_item⌉, T), local = (1, 1).

#define UPDATE_PARAMETERS                                                                                        \
    global const float *restrict dw, global const float *restrict mask, global const uint *restrict trained,     \
        uint rows, uint rows_per_item, float learning_rate, float decay, float factor, float limit

// Runs a statement for each vector `at` of the item's rows, with the block's mask in `live`.
#define FOR_EACH_ROW                                                                                             \
    const size_t block = trained[get_global_id(1)];                                                              \
    const int16 live = vload16(block, mask) != 0.0f;                                                             \
    const size_t first = block * rows + get_global_id(0) * rows_per_item;                                        \
    const size_t end = min(first + rows_per_item, (block + 1) * rows);                                           \
    for (size_t at = first; at < end; at++)

#define GRADIENT clamp(vload16(at, dw) * factor, -limit, limit)
#define STORE(value, pointer) vstore16(select(vload16(at, pointer), value, live), at, pointer)

inline float16 decayed(float16 value, float decay) { return value - value * decay; }

// sgd_update:  w ← w − learning_rate · g
kernel void sgd_update(global float *restrict w, UPDATE_PARAMETERS)
{
    FOR_EACH_ROW { STORE(decayed(vload16(at, w), decay) - GRADIENT * learning_rate, w); }
}

// sgd_momentum_update:  m ← momentum · m − learning_rate · g;  w ← w + m,
// with Nesterov's step  w ← w + momentum · m − learning_rate · g.
kernel void sgd_momentum_update(
    global float *restrict w, global float *restrict m, UPDATE_PARAMETERS, float momentum, uint nesterov)
{
    FOR_EACH_ROW
    {
        const float16 step = GRADIENT * learning_rate;
        const float16 velocity = vload16(at, m) * momentum - step;
        STORE(decayed(vload16(at, w), decay) + (nesterov ? velocity * momentum - step : velocity), w);
        STORE(velocity, m);
    }
}

// adam_update:  m ← m + (g − m) · (1 − beta_1);  v ← v + (g² − v) · (1 − beta_2);  w ← w − alpha · m / (√v + epsilon)
//
// `alpha` is learning_rate · √(1 − beta_2^t) / (1 − beta_1^t) at step t, from 1.
kernel void adam_update(
    global float *restrict w, global float *restrict m, global float *restrict v, UPDATE_PARAMETERS,
    float one_minus_beta_1, float one_minus_beta_2, float alpha, float epsilon)
{
    FOR_EACH_ROW
    {
        const float16 g = GRADIENT;
        const float16 mean = vload16(at, m) + (g - vload16(at, m)) * one_minus_beta_1;
        const float16 square = vload16(at, v) + (g * g - vload16(at, v)) * one_minus_beta_2;
        STORE(decayed(vload16(at, w), decay) - mean * alpha / (sqrt(square) + epsilon), w);
        STORE(mean, m);
        STORE(square, v);
    }
}

// rmsprop_update:  v ← rho · v + (1 − rho) · g²;  step = learning_rate · g / √(v + epsilon);
//                  m ← momentum · m + step;  w ← w − m
//
// Without momentum m is the step itself.
kernel void rmsprop_update(
    global float *restrict w, global float *restrict v, global float *restrict m, UPDATE_PARAMETERS, float rho,
    float one_minus_rho, float momentum, float epsilon)
{
    FOR_EACH_ROW
    {
        const float16 g = GRADIENT;
        const float16 square = vload16(at, v) * rho + g * g * one_minus_rho;
        const float16 step = g * learning_rate / sqrt(square + epsilon) + vload16(at, m) * momentum;
        STORE(decayed(vload16(at, w), decay) - step, w);
        STORE(square, v);
        STORE(step, m);
    }
}

// squared_norms:  partials[t] = Σ g² over the rows and trained channels of block trained[t], g clipped by nothing
//
// Work:   global = (T), local = (1).
// Order:  rows ascending a lane, in sums of 64 rows; then lanes ascending.
kernel void squared_norms(
    global const float *restrict dw, global const float *restrict mask, global const uint *restrict trained,
    global float *restrict partials, uint rows)
{
    const size_t block = trained[get_global_id(0)];
    const float16 live = vload16(block, mask);
    float16 total = (float16)(0.0f);
    for (uint first = 0; first < rows; first += 64) {
        float16 sum = (float16)(0.0f);
        for (uint r = first; r < min(first + 64, rows); r++) {
            const float16 g = vload16(block * rows + r, dw) * live;
            sum = MULTIPLY_ADD(g, g, sum);
        }
        total += sum;
    }
    float lanes[BLOCK];
    vstore16(total, 0, lanes);
    float sum = 0.0f;
    for (uint j = 0; j < BLOCK; j++) sum += lanes[j];
    partials[get_global_id(0)] = sum;
}
