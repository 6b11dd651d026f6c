// The gradients of a depthwise convolution with multiplier 1: operands as in depthwise_conv2d.cl; d… is the gradient of the loss
// with respect to …, and z what comes before scale and shift.

// depthwise_conv2d_backward_data
//
//   dx[n, i, j, c] = Σ_{r,s} dz[n, (i + top − r) / sh, (j + left − s) / sw, c] · w[r, s, c]
//
// over the taps for which both quotients are whole and inside the output.
//
// Work:   global = (H, N, C/16), local = (1, 1, 1): one row of dx an item, in tiles of TILE columns a stride apart.
// Order:  r outer, s inner, one accumulator an element.
kernel void depthwise_conv2d_backward_data(
    global const float *restrict dz, global const float *restrict w, global float *restrict dx, WINDOW_PARAMETERS)
{
    const uint i = get_global_id(0);
    const uint n = get_global_id(1);
    const uint c = get_global_id(2);
    const size_t plane = (size_t)c * images + n;
    global const float *gradient = dz + plane * out_height * out_width * BLOCK;
    global const float *taps = w + (size_t)c * kernel_height * kernel_width * BLOCK;
    global float *out = dx + (plane * height + i) * width * BLOCK;

    // Columns that are a stride apart see the same taps, and neighbouring gradients.
    for (uint phase = 0; phase < min(stride_width, width); phase++) {
        const uint count = parts_of(width - phase, stride_width);
        for (uint first = 0; first < count; first += TILE) {
            float16 sum[TILE];
            UNROLL for (uint q = 0; q < TILE; q++) sum[q] = (float16)(0.0f);
            for (uint r = 0; r < kernel_height; r++) {
                const int row = (int)(i + top) - (int)r;
                if (row < 0 || row % (int)stride_height != 0 || row / (int)stride_height >= (int)out_height) continue;
                global const float *row_gradient = gradient + (size_t)(row / (int)stride_height) * out_width * BLOCK;
                for (uint s = (phase + left) % stride_width; s < kernel_width; s += stride_width) {
                    const float16 weight = load_block(r * kernel_width + s, taps);
                    // Whole: s was chosen so.
                    const int column = ((int)(phase + left) - (int)s) / (int)stride_width + (int)first;
                    global const float *at = row_gradient + (long)column * BLOCK;
                    if (column >= 0 && column + TILE <= (int)out_width && first + TILE <= count) {
                        UNROLL for (uint q = 0; q < TILE; q++) sum[q] = MULTIPLY_ADD(load_block(q, at), weight, sum[q]);
                    } else {
                        UNROLL for (uint q = 0; q < TILE; q++)
                            if (first + q < count && column + (int)q >= 0 && column + (int)q < (int)out_width)
                                sum[q] = MULTIPLY_ADD(load_block(q, at), weight, sum[q]);
                    }
                }
            }
            UNROLL for (uint q = 0; q < TILE; q++)
                if (first + q < count) store_block(sum[q], phase + (first + q) * stride_width, out);
        }
    }
}

// Taps whose sums are formed together.
#define MOST_TAPS 9

// Adds the products at output (h, v), for a window of `rows` by `columns` taps of which each is inside the image.
ALWAYS_INLINE void add_inside(
    global const float *at, size_t row_stride, float16 gradient, const uint rows, const uint columns, float16 *sum)
{
    UNROLL for (uint i = 0; i < rows; i++)
        UNROLL for (uint j = 0; j < columns; j++)
            sum[i * columns + j] = MULTIPLY_ADD(load_block(j, at + i * row_stride), gradient, sum[i * columns + j]);
}

// Adds to `total` the sums of one image and block of channels for `rows` by `columns` taps; the first one's window begins
// `r` rows and `s` columns behind the corner of the image.
ALWAYS_INLINE void add_image(
    global const float *x, global const float *dz, int r, int s, int height, int width, int out_height, int out_width,
    int stride_height, int stride_width, const uint rows, const uint columns, float16 *total)
{
    const size_t row_stride = (size_t)width * BLOCK;
    // Outputs for which each column of taps is inside.
    const int first_inside = min(out_width, max(0, (stride_width - 1 - s) / stride_width));
    const int end_inside = max(first_inside, min(out_width, (width - s - (int)columns + stride_width) / stride_width));
    float16 image[MOST_TAPS];
    UNROLL for (uint t = 0; t < rows * columns; t++) image[t] = (float16)(0.0f);
    for (int h = 0; h < out_height; h++) {
        const int row = h * stride_height + r;
        const bool has_rows = row >= 0 && row + (int)rows <= height;
        float16 sum[MOST_TAPS];
        UNROLL for (uint t = 0; t < rows * columns; t++) sum[t] = (float16)(0.0f);
        for (int v = 0; v < out_width; v++) {
            const int column = v * stride_width + s;
            const float16 gradient = load_block((size_t)h * out_width + v, dz);
            if (has_rows && v >= first_inside && v < end_inside) {
                add_inside(x + ((long)row * width + column) * BLOCK, row_stride, gradient, rows, columns, sum);
            } else {
                UNROLL for (int i = 0; i < (int)rows; i++)
                    UNROLL for (int j = 0; j < (int)columns; j++)
                        if (row + i >= 0 && row + i < height && column + j >= 0 && column + j < width)
                            sum[i * columns + j] = MULTIPLY_ADD(
                                load_block((row + i) * width + column + j, x), gradient, sum[i * columns + j]);
            }
        }
        UNROLL for (uint t = 0; t < rows * columns; t++) image[t] += sum[t];
    }
    UNROLL for (uint t = 0; t < rows * columns; t++) total[t] += image[t];
}

// depthwise_conv2d_backward_filter
//
//   dw[r, s, c] = (accumulates ? dw[r, s, c] : 0) + Σ_{n,h,w} x[n, h·sh + r − top, w·sw + s − left, c] · dz[n, h, w, c]
//
//   trained  [T]  numbers of the blocks of channels that are computed
//
// Work:   global = (⌈kh / rows_per_item⌉, T), local = (1, 1): some rows of taps of one block of channels an item. Three
//         columns, and then three rows, of taps go together, so that x and dz are read once for them.
// Order:  n, h, w ascending; the sums of each row and each image are formed first and then added.
kernel void depthwise_conv2d_backward_filter(
    global const float *restrict x, global const float *restrict dz, global float *restrict dw,
    global const uint *restrict trained, WINDOW_PARAMETERS, uint rows_per_item, uint accumulates)
{
    const uint first_row = get_global_id(0) * rows_per_item;
    const uint end_row = min(first_row + rows_per_item, kernel_height);
    const size_t c = trained[get_global_id(1)];
    x += c * images * height * width * BLOCK;
    dz += c * images * out_height * out_width * BLOCK;
    dw += c * kernel_height * kernel_width * BLOCK;

#define ADD_TAPS(r, s, rows, columns)                                                                            \
    {                                                                                                            \
        float16 total[MOST_TAPS];                                                                                \
        UNROLL for (uint t = 0; t < (rows) * (columns); t++) {                                                   \
            const uint tap = ((r) + t / (columns)) * kernel_width + (s) + t % (columns);                         \
            total[t] = accumulates ? load_block(tap, dw) : (float16)(0.0f);                                      \
        }                                                                                                        \
        for (size_t n = 0; n < images; n++)                                                                      \
            add_image(                                                                                           \
                x + n * height * width * BLOCK, dz + n * out_height * out_width * BLOCK, (int)(r) - (int)top,    \
                (int)(s) - (int)left, height, width, out_height, out_width, stride_height, stride_width, rows,   \
                columns, total);                                                                                 \
        UNROLL for (uint t = 0; t < (rows) * (columns); t++)                                                     \
            store_block(total[t], ((r) + t / (columns)) * kernel_width + (s) + t % (columns), dw);               \
    }
    if (kernel_width == 3 && end_row - first_row == 3) {
        ADD_TAPS(first_row, 0u, 3u, 3u)
    } else if (kernel_width == 3) {
        for (uint r = first_row; r < end_row; r++) ADD_TAPS(r, 0u, 1u, 3u)
    } else {
        for (uint r = first_row; r < end_row; r++)
            for (uint s = 0; s < kernel_width; s++) ADD_TAPS(r, s, 1u, 1u)
    }
#undef ADD_TAPS
}
