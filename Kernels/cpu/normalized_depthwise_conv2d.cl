// A batch-norm in training mode with the ReLU after it, and the 3×3 depthwise convolution of multiplier 1 that reads
// them: what is between the two stays in the cache. The sums of a batch-norm are those of ../batch_normalization.cl.
//
// Operands
//   x      [C/16, N, H, W, 16]     input of the batch-norm; a[n, h, w, c] = clamp((x − mean) · in_scale + beta, in_low, in_high)
//   w      [C/16, 3, 3, 16]        Keras's depthwise_kernel[r, s, c, 0]
//   y      [C/16, N, HO, WO, 16]   output; d… is the gradient of the loss with respect to …
//   rows   [items, RING + 1, W′, 16]   each work-item's own memory: rows of an image with HALO zeros at both ends, and one
//                                  row of zeros; W′ is the longer of W and WO, and 2 · HALO
//   mean, inverse, in_scale, beta, scale, shift: [C]
// Taps outside the image contribute zero; `top` and `left` are the margins before the first row and column, at most HALO.

#define WINDOW 3
#define TAPS (WINDOW * WINDOW)
#define HALO 2
// More rows than a window reads, and a power of two.
#define RING 4

// Outputs of a row that are computed together.
#if TILE >= 14
#define COLUMNS 7
#else
#define COLUMNS 3
#endif

#define PLANE_PARAMETERS                                                                                         \
    uint images, uint height, uint width, uint out_height, uint out_width, uint stride, uint top, uint left, uint blocks

static inline size_t ring_row(uint width, uint out_width) { return (size_t)(max(width, out_width) + 2 * HALO) * BLOCK; }

static inline void clear_ring(global float *rows, size_t row)
{
    for (size_t i = 0; i < (RING + 1) * row; i += BLOCK) store_block((float16)(0.0f), 0, rows + i);
}

// Rows are asked for so many before their use.
#define ROWS_AHEAD_OF_USE 4

// Row `row` of a plane of `height` rows, or behind its end what is then the row of the plane that this work-item is likely to
// go on with.
static inline global const float *row_ahead(
    global const float *x, uint plane, uint planes, uint row, uint height, size_t row_of_x)
{
    const uint next = task_after(plane, planes);
    const bool is_behind = row >= height && next < planes;
    return x + ((size_t)(is_behind ? next : plane) * height + (is_behind ? row - height : row)) * row_of_x;
}

// `COLUMNS` or one outputs of a row; `at` are the rows of the window at the first one's first tap.
ALWAYS_INLINE void depthwise_columns(
    global const float *const at[WINDOW], global const float *taps, float16 scale, float16 shift, float low, float high,
    global float *out, const uint stride, const uint count)
{
    float16 sum[COLUMNS];
    UNROLL for (uint i = 0; i < count; i++) sum[i] = (float16)(0.0f);
    UNROLL for (uint r = 0; r < WINDOW; r++)
        UNROLL for (uint s = 0; s < WINDOW; s++) {
            const float16 weight = load_block(r * WINDOW + s, taps);
            UNROLL for (uint i = 0; i < count; i++)
                sum[i] = MULTIPLY_ADD(load_block(i * stride + s, at[r]), weight, sum[i]);
        }
    UNROLL for (uint i = 0; i < count; i++)
        store_block(bounded(MULTIPLY_ADD(sum[i], scale, shift), low, high), i, out);
}

// A row of outputs; `at` are the rows of the window at its first output's first tap. On the way the pixels from `ahead` on are
// asked for, as many as each output has of its own.
ALWAYS_INLINE void depthwise_row(
    global const float *at[WINDOW], global const float *taps, float16 scale, float16 shift, float low, float high,
    global float *out, uint out_width, global const float *ahead, const uint stride)
{
#define DEPTHWISE_COLUMNS(count)                                                                                 \
    {                                                                                                            \
        UNROLL for (uint i = 0; i < (count) * stride * stride; i++) PREFETCH_FAR(ahead + i * BLOCK);             \
        ahead += (count) * stride * stride * BLOCK;                                                              \
        depthwise_columns(at, taps, scale, shift, low, high, out, stride, count);                                \
        UNROLL for (uint r = 0; r < WINDOW; r++) at[r] += (count) * stride * BLOCK;                              \
        out += (count) * BLOCK;                                                                                  \
    }
    uint v = 0;
    for (; v + COLUMNS <= out_width; v += COLUMNS) DEPTHWISE_COLUMNS(COLUMNS);
    for (; v < out_width; v++) DEPTHWISE_COLUMNS(1);
#undef DEPTHWISE_COLUMNS
}

// normalized_depthwise_conv2d_forward
//
//   y[n, h, v, c] = clamp(scale[c] · Σ_{r,s} a[n, h·stride + r − top, v·stride + s − left, c] · w[r, s, c] + shift[c],
//                         low, high)
//
// and where `rows_per_sum`, which divides HO, is not 0, for the batch-norm behind it the moments of so many rows of y each,
// as channel_moments forms those of runs of pixels:
//
//   mean_partials, deviation_partials   [C/16, N · HO / rows_per_sum, 16]
//
// Work:   global = (any number), local = (1). A task is a block of channels of an image; work-items claim them one after
//         another. Each row of x is normalized once, on its way to the ring.
// Order:  r outer, s inner, one accumulator an output: the bits of batch_normalization_forward and
//         depthwise_conv2d_forward. Moments: every SUMS-th pixel, ascending, and then those sums.
kernel void normalized_depthwise_conv2d_forward(
    global const float *restrict x, global const float *restrict mean, global const float *restrict in_scale,
    global const float *restrict beta, float in_low, float in_high, global const float *restrict w,
    global const float *restrict scale, global const float *restrict shift, global float *restrict rows,
    global float *restrict y, global float *restrict mean_partials, global float *restrict deviation_partials,
    uint rows_per_sum, PLANE_PARAMETERS, float low, float high, global uint *claims)
{
    const size_t row = ring_row(width, out_width);
    rows += get_global_id(0) * (RING + 1) * row;
    clear_ring(rows, row);
    FOR_EACH_CLAIMED(plane, images * blocks, claims) {
        const uint c = plane / images;
        const normalization normalizes = normalization_of(c, mean, in_scale, beta, in_low, in_high);
        global const float *in = x + (size_t)plane * height * width * BLOCK;
        global float *out = y + (size_t)plane * out_height * out_width * BLOCK;
        uint next = 0;
        for (uint h = 0; h < out_height; h++) {
            const int first = (int)(h * stride) - (int)top;
            for (; (int)next < first + WINDOW && next < height; next++)
                bring_normalized(
                    in + (size_t)next * width * BLOCK, width, &normalizes, rows + next % RING * row + HALO * BLOCK, BLOCK);
            global const float *at[WINDOW];
            UNROLL for (int r = 0; r < WINDOW; r++) {
                const int i = first + r;
                at[r] = rows + (i >= 0 && i < (int)height ? i % RING : RING) * row + (HALO - left) * BLOCK;
            }
#define DEPTHWISE_ROW(stride)                                                                                    \
    depthwise_row(                                                                                               \
        at, w + (size_t)c * TAPS * BLOCK, load_block(c, scale), load_block(c, shift), low, high,                 \
        out + (size_t)h * out_width * BLOCK, out_width,                                                          \
        row_ahead(x, plane, images * blocks, h * stride + ROWS_AHEAD_OF_USE, height, width * BLOCK), stride)
            if (stride == 1)
                DEPTHWISE_ROW(1);
            else
                DEPTHWISE_ROW(2);
#undef DEPTHWISE_ROW
            if (rows_per_sum != 0 && (h + 1) % rows_per_sum == 0) {
                const uint run = h / rows_per_sum;
                const moments m =
                    moments_of(out + (size_t)run * rows_per_sum * out_width * BLOCK, rows_per_sum * out_width);
                const size_t at = (size_t)plane * (out_height / rows_per_sum) + run;
                store_block(m.mean, at, mean_partials);
                store_block(m.deviations, at, deviation_partials);
            }
        }
    }
}

// What the backward pass sums over a plane.
typedef struct {
    float16 taps[TAPS];
    gradient_sums gradients;
} plane_sums;

// Rows of the gradient and of x that are asked for while a row of dx is computed.
typedef struct {
    global const float *dz;
    global const float *x;
} rows_ahead;

// `count` columns of dx, a stride apart, which `rows` by `columns` taps reach: of the window's, those from (r, s) on, a stride
// apart. `x` and `dx` are at the first, `dz` in the rows of the gradient at what the first meets with tap s.
#define BACKWARD_COLUMNS(name, STORE_GRADIENT)                                                                   \
    ALWAYS_INLINE void name(                                                                                     \
        global const float *x, global const float *const dz[WINDOW], global const float *taps,                   \
        const normalization *normalizes, float16 inverse, rows_ahead ahead, global float *dx, uint count,        \
        const uint r, const uint s, const uint rows, const uint columns, const uint stride, plane_sums *sums)    \
    {                                                                                                            \
        float16 weight[TAPS];                                                                                    \
        float16 sum[TAPS];                                                                                       \
        UNROLL for (uint i = 0; i < rows; i++)                                                                   \
            UNROLL for (uint j = 0; j < columns; j++) {                                                          \
                weight[i * columns + j] = load_block((r + i * stride) * WINDOW + s + j * stride, taps);          \
                sum[i * columns + j] = (float16)(0.0f);                                                          \
            }                                                                                                    \
        gradient_sums gradients = {(float16)(0.0f), (float16)(0.0f)};                                            \
        for (uint t = 0; t < count; t++) {                                                                       \
            PREFETCH_FAR(ahead.x + t * stride * BLOCK);                                                          \
            PREFETCH_FAR(ahead.dz + t * BLOCK);                                                                  \
            const float16 d = load_block(t * stride, x) - normalizes->mean;                                      \
            const float16 n = MULTIPLY_ADD(d, normalizes->scale, normalizes->beta);                              \
            const float16 a = bounded(n, normalizes->low, normalizes->high);                                     \
            float16 gradient = (float16)(0.0f);                                                                  \
            UNROLL for (uint i = 0; i < rows; i++)                                                               \
                UNROLL for (uint j = 0; j < columns; j++) {                                                      \
                    const float16 g = load_block(t, dz[i] - j * BLOCK);                                          \
                    gradient = MULTIPLY_ADD(g, weight[i * columns + j], gradient);                               \
                    sum[i * columns + j] = MULTIPLY_ADD(a, g, sum[i * columns + j]);                             \
                }                                                                                                \
            STORE_GRADIENT(gradient, t * stride, dx);                                                            \
            add_passed(gradient, n, d, inverse, normalizes, &gradients);                                         \
        }                                                                                                        \
        UNROLL for (uint i = 0; i < rows; i++)                                                                   \
            UNROLL for (uint j = 0; j < columns; j++)                                                            \
                sums->taps[(r + i * stride) * WINDOW + s + j * stride] += sum[i * columns + j];                  \
        sums->gradients.beta += gradients.beta;                                                                  \
        sums->gradients.gamma += gradients.gamma;                                                                \
    }
BACKWARD_COLUMNS(backward_columns, store_block)
// Not a parameter of one function: of two stores in it the compiler makes one, which goes to the caches.
BACKWARD_COLUMNS(backward_columns_past_caches, STORE_PAST_CACHES)
#undef BACKWARD_COLUMNS

// normalized_depthwise_conv2d_backward
//
//   da[n, i, j, c]            = Σ_{r,s} dz[n, (i + top − r) / stride, (j + left − s) / stride, c] · w[r, s, c]
//   beta_partials[n, c]       = Σ_{i,j} dn[n, i, j, c],  dn = in_low < … < in_high ? da : 0, as in batch_normalization_backward_sums
//   gamma_partials[n, c]      = Σ_{i,j} dn[n, i, j, c] · (x[n, i, j, c] − mean[c]) · inverse[c]
//   filter_partials[r, s, n, c] = Σ_{i,j} a[n, i, j, c] · dz[n, (i + top − r) / stride, (j + left − s) / stride, c]
//
// over the taps for which both quotients are whole and inside the output. dz is the gradient of the sum, before scale and
// shift.
//
//   da                [C/16, N, H, W, 16]
//   beta_partials, gamma_partials   [C/16, N, 16]
//   filter_partials   [C/16, 3, 3, N, 16]
//   is_past_caches    whether no cache holds da until it is read
//
// Work:   as forward; the ring holds rows of dz. Rows of x and of da are gone over once.
// Order:  da: r outer, s inner, one accumulator an element. Sums: columns a stride apart ascending, from the first and from
//         the second of them, then rows ascending; each row's sums are formed first and then added.
kernel void normalized_depthwise_conv2d_backward(
    global const float *restrict x, global const float *restrict mean, global const float *restrict inverse,
    global const float *restrict in_scale, global const float *restrict beta, float in_low, float in_high,
    global const float *restrict dz, global const float *restrict w, global float *restrict rows,
    global float *restrict da, global float *restrict beta_partials, global float *restrict gamma_partials,
    global float *restrict filter_partials, uint is_past_caches, PLANE_PARAMETERS, global uint *claims)
{
    const size_t row = ring_row(width, out_width);
    rows += get_global_id(0) * (RING + 1) * row;
    clear_ring(rows, row);
    FOR_EACH_CLAIMED(plane, images * blocks, claims) {
        const uint c = plane / images;
        const uint n = plane % images;
        const normalization normalizes = normalization_of(c, mean, in_scale, beta, in_low, in_high);
        const float16 i_of_block = load_block(c, inverse);
        global const float *taps = w + (size_t)c * TAPS * BLOCK;
        global const float *gradient = dz + (size_t)plane * out_height * out_width * BLOCK;
        plane_sums sums;
        UNROLL for (uint t = 0; t < TAPS; t++) sums.taps[t] = (float16)(0.0f);
        sums.gradients.beta = sums.gradients.gamma = (float16)(0.0f);
        uint next = 0;
        for (uint i = 0; i < height; i++) {
            const uint r = (i + top) % stride;
            const int last = (int)((i + top) / stride);
            for (; (int)next <= last && next < out_height; next++)
                bring(
                    gradient + (size_t)next * out_width * BLOCK, out_width, rows + next % RING * row + HALO * BLOCK, BLOCK);
            global const float *at[WINDOW];
            UNROLL for (int k = 0; k < WINDOW; k++) {
                const int h = last - k;
                at[k] = rows + (h >= 0 && h < (int)out_height ? h % RING : RING) * row + HALO * BLOCK;
            }
            const size_t in_row = ((size_t)plane * height + i) * width * BLOCK;
            const rows_ahead ahead = {
                row_ahead(dz, plane, images * blocks, i / stride + ROWS_AHEAD_OF_USE, out_height, out_width * BLOCK),
                row_ahead(x, plane, images * blocks, i + ROWS_AHEAD_OF_USE, height, width * BLOCK)};
            for (uint q = 0; q < min(stride, width); q++) {
                const uint s = (q + left) % stride;
                global const float *from[WINDOW];
                UNROLL for (uint k = 0; k < WINDOW; k++) from[k] = at[k] + (q + left) / stride * BLOCK;
#define COLUMNS_BY(function, r, s, rows, columns, stride)                                                        \
    function(                                                                                                    \
        x + in_row + q * BLOCK, from, taps, &normalizes, i_of_block,                                             \
        (rows_ahead){ahead.dz, ahead.x + q * BLOCK}, da + in_row + q * BLOCK, parts_of(width - q, stride), r, s, \
        rows, columns, stride, &sums)
#define COLUMNS_OF(...)                                                                                          \
    {                                                                                                            \
        if (is_past_caches)                                                                                      \
            COLUMNS_BY(backward_columns_past_caches, __VA_ARGS__);                                               \
        else                                                                                                     \
            COLUMNS_BY(backward_columns, __VA_ARGS__);                                                           \
    }
                if (stride == 1)
                    COLUMNS_OF(0, 0, 3, 3, 1)
                else if (r == 0 && s == 0)
                    COLUMNS_OF(0, 0, 2, 2, 2)
                else if (r == 0)
                    COLUMNS_OF(0, 1, 2, 1, 2)
                else if (s == 0)
                    COLUMNS_OF(1, 0, 1, 2, 2)
                else
                    COLUMNS_OF(1, 1, 1, 1, 2)
#undef COLUMNS_OF
#undef COLUMNS_BY
            }
        }
        store_block(sums.gradients.beta, plane, beta_partials);
        store_block(sums.gradients.gamma, plane, gamma_partials);
        UNROLL for (uint t = 0; t < TAPS; t++)
            store_block(sums.taps[t], ((size_t)c * TAPS + t) * images + n, filter_partials);
    }
}
