// The gradient of the kernel of a network's first convolution: operands as in conv2d.cl; d… is the gradient of the loss with respect
// to …, and z what comes before scale and shift.

// Numbers of a window's row, and rows of it, whose sums are formed together: all 27 of a 3×3 window over three channels, where
// there are 32 registers.
#if TILE >= 14
#define TAPS 9
#define ROWS 3
#else
#define TAPS 3
#define ROWS 1
#endif

// Adds to `total`, whose numbers are `stride` floats apart, what the outputs from `v` up to `end` of a row give for the tap and
// channel of number `i` of a window's row: only those whose tap is inside. The window's row begins in `x`, `s` columns behind the
// image's first.
static void add_edge(
    global const float *x, global const float *dz, int v, int end, int s, uint i, uint channels, int width, int stride_width,
    global float *total)
{
    float16 sum = load_block(0, total);
    for (; v < end; v++) {
        const int column = v * stride_width + s + (int)(i / channels);
        if (column >= 0 && column < width)
            sum = MULTIPLY_ADD((float16)(x[column * channels + i % channels]), load_block(v, dz), sum);
    }
    store_block(sum, 0, total);
}

// The same for `rows` rows of the window, which are `row_of_x` floats apart, and `taps` numbers of each, for the outputs whose
// taps all are inside; `x` is at the first number for the first of them.
ALWAYS_INLINE void add_inside(
    global const float *x, size_t row_of_x, size_t step, global const float *dz, uint outputs, global float *total,
    size_t row_of_total, size_t stride, const uint rows, const uint taps)
{
    float16 sum[ROWS * TAPS];
    UNROLL for (uint t = 0; t < rows * taps; t++) sum[t] = (float16)(0.0f);
    for (uint v = 0; v < outputs; v++) {
        PREFETCH(dz + STREAM_AHEAD * BLOCK);
        const float16 gradient = load_block(0, dz);
        UNROLL for (uint r = 0; r < rows; r++)
            UNROLL for (uint t = 0; t < taps; t++)
                sum[r * taps + t] = MULTIPLY_ADD((float16)(x[r * row_of_x + t]), gradient, sum[r * taps + t]);
        x += step;
        dz += BLOCK;
    }
    UNROLL for (uint r = 0; r < rows; r++)
        UNROLL for (uint t = 0; t < taps; t++) {
            global float *to = total + r * row_of_total + t * stride;
            store_block(load_block(0, to) + sum[r * taps + t], 0, to);
        }
}

// conv2d_backward_filter
//
//   partials[o, r, s, c, n] = Σ_{h,w} x[n, h·sh + r − top, w·sw + s − left, c] · dz[n, h, w, o]
//
//   partials  [O/16, kh, kw, C, N, 16]   the gradient of each image, whose totals are that of the batch
//
// Work:   global = (N, O/16), local = (1, 1): an image of a block of output channels an item. ROWS · TAPS taps and channels of
//         the window go together, and what is left by rows, and then one by one.
// Order:  h ascending; of each row first the outputs whose windows are inside it, w ascending in a sum of its own, then those
//         before and behind.
kernel void conv2d_backward_filter(
    global const float *restrict x, global const float *restrict dz, global float *restrict partials, uint channels,
    WINDOW_PARAMETERS)
{
    const size_t n = get_global_id(0);
    const size_t o = get_global_id(1);
    const uint taps_of_row = kernel_width * channels;
    const size_t row_of_x = width * channels;
    const size_t stride = images * BLOCK;
    const size_t row_of_total = taps_of_row * stride;
    const uint first_inside = inside_begin(left, stride_width, out_width);
    const uint end_inside = inside_end(width, left, kernel_width, stride_width, out_width);
    const size_t corner = first_inside * stride_width * channels - left * channels;
    global float *totals = partials + (o * kernel_height * taps_of_row * images + n) * BLOCK;
    for (uint t = 0; t < kernel_height * taps_of_row; t++) store_block((float16)(0.0f), 0, totals + t * stride);
    for (uint h = 0; h < out_height; h++) {
        const int above = (int)(h * stride_height) - (int)top;
        global const float *gradient = dz + ((o * images + n) * out_height + h) * out_width * BLOCK;
        const uint end = max(0, min((int)kernel_height, (int)height - above));
        for (uint r = max(0, -above), rows; r < end; r += rows) {
            rows = r + ROWS <= end && taps_of_row % TAPS == 0 ? ROWS : 1;
            global const float *row = x + (n * height + above + (int)r) * row_of_x;
            global float *total = totals + r * row_of_total;
            uint i = 0;
#define ADD_INSIDE(rows, taps)                                                                                   \
    for (; i + (taps) <= taps_of_row; i += (taps))                                                               \
        add_inside(                                                                                              \
            row + corner + i, row_of_x, stride_width * channels, gradient + first_inside * BLOCK,                \
            end_inside - first_inside, total + i * stride, row_of_total, stride, rows, taps);
            if (rows == 1) {
                ADD_INSIDE(1, TAPS)
                ADD_INSIDE(1, 1)
            } else {
                ADD_INSIDE(ROWS, TAPS)
            }
#undef ADD_INSIDE
            for (uint j = 0; j < rows * taps_of_row; j++) {
                const uint of_row = j % taps_of_row;
                global const float *at = row + j / taps_of_row * row_of_x;
                add_edge(
                    at, gradient, 0, first_inside, -(int)left, of_row, channels, width, stride_width, total + j * stride);
                add_edge(
                    at, gradient, end_inside, out_width, -(int)left, of_row, channels, width, stride_width,
                    total + j * stride);
            }
        }
    }
}
