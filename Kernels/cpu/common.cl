// What the kernels for processors share, beside ../common.cl.

// `vstore16` to an address that is a multiple of the vector's size, as those of all blocks are: one store, where PoCL makes
// three of the other.
static inline void store_block(float16 value, size_t block, global float *p) { ((global float16 *)p)[block] = value; }

// The same for what no cache holds until it is read: memory need not be read first for what replaces it.
#if defined(__x86_64__)
#define STORE_PAST_CACHES(value, block, p) __builtin_nontemporal_store((value), (global float16 *)(p) + (block))
#else
#define STORE_PAST_CACHES(value, block, p) store_block(value, block, p)
#endif

// `vload16` likewise, where PoCL makes two of it, and eight subtractions of one whose operands were loaded so.
static inline float16 load_block(long block, global const float *p) { return ((global const float16 *)p)[block]; }

// Work-items claim tasks one after another: cores are not equally fast at all times, and what is claimed piece by piece ends
// together. Every other work-item claims from the end, so that of two cores each finds in its own cache what it wrote in the
// kernel before. A counter of what was claimed counts from the front in its lower half and from the end in its upper one, as
// long as both have room for all tasks and all work-items.
static inline bool has_ends(uint tasks) { return tasks + get_global_size(0) < 1 << 16; }

// What this work-item adds to the counter when it claims a task.
static inline uint claim_of_one(uint tasks)
{
    return has_ends(tasks) && get_global_id(0) % 2 == 1 ? 1u << 16 : 1u;
}

static inline uint claimed_at_front(uint claimed, uint tasks) { return has_ends(tasks) ? claimed & 0xffff : claimed; }

static inline uint claimed_at_end(uint claimed, uint tasks) { return has_ends(tasks) ? claimed >> 16 : 0; }

// The number of the task that is next for this work-item where the counter is at `claimed`; `tasks` where none is left.
static inline uint claimable(uint claimed, uint tasks)
{
    const uint at_front = claimed_at_front(claimed, tasks);
    const uint at_end = claimed_at_end(claimed, tasks);
    if (at_front + at_end >= tasks) return tasks;
    return claim_of_one(tasks) > 1 ? tasks - 1 - at_end : at_front;
}

// The number of a task that nobody has, or `tasks` where there is none. The counter is 0 before a launch, and after it again.
static inline uint claim(global uint *claims, uint tasks)
{
    const uint claimed = atomic_add(claims, claim_of_one(tasks));
    // The call after which there is no other: each work-item ends with one that gets no task.
    if (claimed_at_front(claimed, tasks) + claimed_at_end(claimed, tasks) == tasks + get_global_size(0) - 1)
        atomic_xchg(claims, 0);
    return claimable(claimed, tasks);
}

// The task that this work-item is likely to claim after `task`; `tasks` where there is none.
static inline uint task_after(uint task, uint tasks)
{
    if (claim_of_one(tasks) == 1) return task + 1;
    return task > 0 ? task - 1 : tasks;
}

// A loop over the tasks that this work-item claims.
#define FOR_EACH_CLAIMED(task, tasks, claims)                                                                    \
    for (uint task = claim(claims, tasks); task < (tasks); task = claim(claims, tasks))

// Pixels that come from memory are asked for so many before their use: across the ends of pages no processor does so by
// itself.
#define STREAM_AHEAD 64

// What a batch-norm in training mode and the ReLU after it make of a block of channels, where they are computed on the way
// to what follows: a = clamp((x − mean) · scale + beta, low, high), the bits of batch_normalization_forward.
typedef struct {
    float16 mean;
    float16 scale;
    float16 beta;
    float low;
    float high;
} normalization;

static inline normalization normalization_of(
    uint block, global const float *mean, global const float *scale, global const float *beta, float low, float high)
{
    return (normalization){load_block(block, mean), load_block(block, scale), load_block(block, beta), low, high};
}

// The sums that a batch-norm's gradient is made of, as batch_normalization_backward_sums forms them.
typedef struct {
    float16 beta;
    float16 gamma;
} gradient_sums;

// Adds to `sums` what of the gradient `da` passes the ReLU; `n` is what is cut off there, and d = x − mean.
static inline void add_passed(
    float16 da, float16 n, float16 d, float16 inverse, const normalization *normalizes, gradient_sums *sums)
{
    const float16 dn = select((float16)(0.0f), da, n > normalizes->low && n < normalizes->high);
    sums->beta += dn;
    sums->gamma = MULTIPLY_ADD(dn, d * inverse, sums->gamma);
}

// The mean of a block of channels over some pixels, and the sum of the squared deviations from it: a run of what
// channel_moments forms.
typedef struct {
    float16 mean;
    float16 deviations;
} moments;

// Sums that are formed side by side: an addition waits for the one before it.
#define SUMS 4

static inline moments moments_of(global const float *y, uint pixels)
{
    float16 sum[SUMS];
    UNROLL for (uint i = 0; i < SUMS; i++) sum[i] = (float16)(0.0f);
    uint p = 0;
    for (; p + SUMS <= pixels; p += SUMS) UNROLL for (uint i = 0; i < SUMS; i++) sum[i] += load_block(p + i, y);
    for (; p < pixels; p++) sum[0] += load_block(p, y);
    const float16 mean = ((sum[0] + sum[1]) + (sum[2] + sum[3])) / (float)pixels;
    UNROLL for (uint i = 0; i < SUMS; i++) sum[i] = (float16)(0.0f);
    for (p = 0; p + SUMS <= pixels; p += SUMS)
        UNROLL for (uint i = 0; i < SUMS; i++) {
            const float16 d = load_block(p + i, y) - mean;
            sum[i] = MULTIPLY_ADD(d, d, sum[i]);
        }
    for (; p < pixels; p++) {
        const float16 d = load_block(p, y) - mean;
        sum[0] = MULTIPLY_ADD(d, d, sum[0]);
    }
    return (moments){mean, (sum[0] + sum[1]) + (sum[2] + sum[3])};
}

// Pixels that are read again and again are brought to a work-item's own memory first, pixel by pixel, `row` floats apart.

static inline void bring(global const float *x, uint pixels, global float *rows, size_t row)
{
    for (uint p = 0; p < pixels; p++) store_block(load_block(p, x), 0, rows + p * row);
}

static inline void bring_normalized(
    global const float *x, uint pixels, const normalization *normalizes, global float *rows, size_t row)
{
    for (uint p = 0; p < pixels; p++) {
        const float16 n = MULTIPLY_ADD(load_block(p, x) - normalizes->mean, normalizes->scale, normalizes->beta);
        store_block(bounded(n, normalizes->low, normalizes->high), 0, rows + p * row);
    }
}
