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
// Work:   groups = (⌈R / rows_per_group⌉, T): a row a lane.

#define UPDATE_PARAMETERS                                                                                        \
    global const float *restrict dw, global const float *restrict mask, global const uint *restrict trained,     \
        uint rows, uint rows_per_group, float learning_rate, float decay, float factor, float limit

// Runs a statement for each vector `at` of the lane's rows, with the block's mask in `live`.
#define FOR_EACH_ROW                                                                                             \
    const size_t block = trained[get_group_id(1)];                                                               \
    const int_vector live = LOAD(block * VECTORS + VECTOR, mask) != 0.0f;                                        \
    const size_t first = block * rows + get_group_id(0) * rows_per_group;                                        \
    const size_t end = min(first + rows_per_group, (block + 1) * rows) * VECTORS;                                \
    for (size_t at = (first + LANE) * VECTORS + VECTOR; at < end; at += GROUP)

#define GRADIENT bounded(LOAD(at, dw) * factor, -limit, limit)
#define WRITE(value, pointer) STORE(select(LOAD(at, pointer), value, live), at, pointer)

static inline vector decayed(vector value, float decay) { return value - value * decay; }

// sgd_update:  w ← w − learning_rate · g
GROUP_OF(GROUP)
kernel void sgd_update(global float *restrict w, UPDATE_PARAMETERS)
{
    FOR_EACH_ROW { WRITE(decayed(LOAD(at, w), decay) - GRADIENT * learning_rate, w); }
}

// sgd_momentum_update:  m ← momentum · m − learning_rate · g;  w ← w + m,
// with Nesterov's step  w ← w + momentum · m − learning_rate · g.
GROUP_OF(GROUP)
kernel void sgd_momentum_update(
    global float *restrict w, global float *restrict m, UPDATE_PARAMETERS, float momentum, uint nesterov)
{
    FOR_EACH_ROW
    {
        const vector step = GRADIENT * learning_rate;
        const vector velocity = LOAD(at, m) * momentum - step;
        WRITE(decayed(LOAD(at, w), decay) + (nesterov ? velocity * momentum - step : velocity), w);
        WRITE(velocity, m);
    }
}

// adam_update:  m ← m + (g − m) · (1 − beta_1);  v ← v + (g² − v) · (1 − beta_2);  w ← w − alpha · m / (√v + epsilon)
//
// `alpha` is learning_rate · √(1 − beta_2^t) / (1 − beta_1^t) at step t, from 1.
GROUP_OF(GROUP)
kernel void adam_update(
    global float *restrict w, global float *restrict m, global float *restrict v, UPDATE_PARAMETERS,
    float one_minus_beta_1, float one_minus_beta_2, float alpha, float epsilon)
{
    FOR_EACH_ROW
    {
        const vector g = GRADIENT;
        const vector mean = LOAD(at, m) + (g - LOAD(at, m)) * one_minus_beta_1;
        const vector square = LOAD(at, v) + (g * g - LOAD(at, v)) * one_minus_beta_2;
        WRITE(decayed(LOAD(at, w), decay) - mean * alpha / (sqrt(square) + epsilon), w);
        WRITE(mean, m);
        WRITE(square, v);
    }
}

// rmsprop_update:  v ← rho · v + (1 − rho) · g²;  step = learning_rate · g / √(v + epsilon);
//                  m ← momentum · m + step;  w ← w − m
//
// Without momentum m is the step itself.
GROUP_OF(GROUP)
kernel void rmsprop_update(
    global float *restrict w, global float *restrict v, global float *restrict m, UPDATE_PARAMETERS, float rho,
    float one_minus_rho, float momentum, float epsilon)
{
    FOR_EACH_ROW
    {
        const vector g = GRADIENT;
        const vector square = LOAD(at, v) * rho + g * g * one_minus_rho;
        const vector step = g * learning_rate / sqrt(square + epsilon) + LOAD(at, m) * momentum;
        WRITE(decayed(LOAD(at, w), decay) - step, w);
        WRITE(square, v);
        WRITE(step, m);
    }
}

// squared_norms:  partials[t] = Σ g² over the rows and trained channels of block trained[t], g clipped by nothing
//
// Work:   groups = (T).
// Order:  every LANES-th row a lane, ascending in sums of RUN, which are then added; then the lanes as in sum_over_lanes;
//         then the channels ascending.
GROUP_OF(GROUP)
kernel void squared_norms(
    global const float *restrict dw, global const float *restrict mask, global const uint *restrict trained,
    global float *restrict partials, uint rows)
{
    local vector scratch[GROUP];
    const size_t block = trained[get_group_id(0)];
    const vector live = LOAD(block * VECTORS + VECTOR, mask);
    vector total = (vector)(0.0f);
    for (uint start = LANE; start < rows; start += LANES * RUN) {
        vector sum = (vector)(0.0f);
        for (uint r = start; r < min(start + LANES * RUN, rows); r += LANES) {
            const vector g = LOAD((block * rows + r) * VECTORS + VECTOR, dw) * live;
            sum = MULTIPLY_ADD(g, g, sum);
        }
        total += sum;
    }
    total = sum_over_lanes(total, scratch);
    if (LANE == 0) scratch[VECTOR] = total;
    WAIT_FOR_GROUP;
    if (get_local_id(0) == 0) {
        local const float *channels = (local const float *)scratch;
        float sum = 0.0f;
        for (uint j = 0; j < BLOCK; j++) sum += channels[j];
        partials[get_group_id(0)] = sum;
    }
}
