// Convolution over a plain image: the first layer of a network, with few input channels.
//
// Operands
//   x      [N, H, W, C]            input, C fastest, not blocked
//   w      [O/16, kh, kw, C, 16]   Keras's kernel[r, s, c, o]
//   scale  [O], shift [O]          what follows a channel: batch-norm in inference mode, or 1 and the bias
//   y      [O/16, N, HO, WO, 16]   output; d… is the gradient of the loss with respect to …
// Taps outside the image contribute zero; `top` and `left` are the margins before the first row and column.

#define CONV2D_PARAMETERS                                                                                        \
    uint channels, uint images, uint height, uint width, uint out_height, uint out_width, uint kernel_height,    \
        uint kernel_width, uint stride_height, uint stride_width, uint top, uint left
#define CONV2D_ARGUMENTS                                                                                         \
    channels, images, height, width, out_height, out_width, kernel_height, kernel_width, stride_height, stride_width, \
        top, left

// The sum at one output whose window may reach over the image's edges.
static float16 conv2d_at_edge(
    global const float *in, global const float *taps, int row, int column, int channels, int height, int width,
    int kernel_height, int kernel_width)
{
    float16 sum = (float16)(0.0f);
    for (int r = max(0, -row); r < min(kernel_height, height - row); r++)
        for (int k = max(0, -column); k < min(kernel_width, width - column); k++)
            for (int c = 0; c < channels; c++)
                sum = MULTIPLY_ADD(
                    (float16)(in[((size_t)(row + r) * width + column + k) * channels + c]),
                    vload16((r * kernel_width + k) * channels + c, taps), sum);
    return sum;
}

// Blocks of output channels in a tile of TILE outputs: each number of x is read once for both.
#if TILE >= 14
#define CONV2D_BLOCKS 2
#else
#define CONV2D_BLOCKS 1
#endif

#define ROW_PARAMETERS(restrict)                                                                                 \
    global const float *restrict in, global const float *restrict taps, global const float *restrict scale,      \
        global const float *restrict shift, global float *restrict out, size_t out_stride, int row, CONV2D_PARAMETERS, \
        float low, float high

// A row of `blocks` blocks of output channels, whose outputs are `out_stride` apart; `in` is the image, and the row's windows
// begin in row `row` of it, `step` floats apart.
ALWAYS_INLINE void conv2d_row(ROW_PARAMETERS(), const uint step, const uint blocks)
{
    // Of a window's row, all taps and channels follow each other in x as in w.
    const uint taps_of_row = kernel_width * channels;
    const uint taps_of_block = kernel_height * taps_of_row;
    const uint first_inside = inside_begin(left, stride_width, out_width);
    const uint end_inside = inside_end(width, left, kernel_width, stride_width, out_width);
    const bool is_wide = end_inside - first_inside >= TILE;

    uint v = 0;
    while (v < out_width)
        if (is_wide && v >= first_inside && v < end_inside) {
            v = min(v, end_inside - TILE);
            float16 sum[CONV2D_BLOCKS][TILE];
            UNROLL for (uint b = 0; b < blocks; b++)
                UNROLL for (uint i = 0; i < TILE; i++) sum[b][i] = (float16)(0.0f);
            for (int r = max(0, -row); r < min((int)kernel_height, (int)height - row); r++) {
                global const float *at =
                    in + ((size_t)(row + r) * width + (size_t)(v * stride_width - left)) * channels;
                for (uint j = 0; j < taps_of_row; j++) {
                    float16 weight[CONV2D_BLOCKS];
                    UNROLL for (uint b = 0; b < blocks; b++)
                        weight[b] = load_block(b * taps_of_block + r * taps_of_row + j, taps);
                    UNROLL for (uint i = 0; i < TILE; i++)
                        UNROLL for (uint b = 0; b < blocks; b++)
                            sum[b][i] = MULTIPLY_ADD((float16)(at[i * step + j]), weight[b], sum[b][i]);
                }
            }
            UNROLL for (uint b = 0; b < blocks; b++)
                UNROLL for (uint i = 0; i < TILE; i++)
                    store_block(
                        bounded(MULTIPLY_ADD(sum[b][i], vload16(b, scale), vload16(b, shift)), low, high), v + i,
                        out + b * out_stride);
            v += TILE;
        } else {
            const int column = (int)(v * stride_width) - (int)left;
            for (uint b = 0; b < blocks; b++) {
                const float16 sum = conv2d_at_edge(
                    in, taps + b * taps_of_block * BLOCK, row, column, channels, height, width, kernel_height, kernel_width);
                store_block(
                    bounded(MULTIPLY_ADD(sum, vload16(b, scale), vload16(b, shift)), low, high), v, out + b * out_stride);
            }
            v++;
        }
}

// The first layer's windows are mostly two pixels of three channels apart.
#define USUAL_STEP 6

#define ROW(blocks)                                                                                              \
    NEVER_INLINE void conv2d_row_##blocks(ROW_PARAMETERS(restrict))                                              \
    {                                                                                                            \
        const uint step = stride_width * channels;                                                               \
        if (step == USUAL_STEP)                                                                                  \
            conv2d_row(                                                                                          \
                in, taps, scale, shift, out, out_stride, row, CONV2D_ARGUMENTS, low, high, USUAL_STEP, blocks);  \
        else                                                                                                     \
            conv2d_row(in, taps, scale, shift, out, out_stride, row, CONV2D_ARGUMENTS, low, high, step, blocks); \
    }
ROW(1)
#if CONV2D_BLOCKS > 1
ROW(2)
#endif
#undef ROW

// conv2d_forward
//
//   y[n, h, w, o] = clamp(scale[o] · Σ_{r,s,c} x[n, h·sh + r − top, w·sw + s − left, c] · w[r, s, c, o] + shift[o], low, high)
//
// Work:   global = (HO, N), local = (1, 1): one row an item. Where windows are inside the image's width, it goes in tiles of
//         TILE outputs and CONV2D_BLOCKS blocks of channels; the last one begins earlier if it must and computes some
//         outputs a second time.
// Order:  r, s, c ascending, one accumulator an output.
kernel void conv2d_forward(
    global const float *restrict x, global const float *restrict w, global const float *restrict scale,
    global const float *restrict shift, global float *restrict y, uint out_blocks, CONV2D_PARAMETERS, float low, float high)
{
    const uint h = get_global_id(0);
    const uint n = get_global_id(1);
    global const float *in = x + (size_t)n * height * width * channels;
    const size_t stride = (size_t)images * out_height * out_width * BLOCK;
    const int row = (int)(h * stride_height) - (int)top;
    uint o = 0;
#define ROW(blocks)                                                                                              \
    conv2d_row_##blocks(                                                                                         \
        in, w + (size_t)o * kernel_height * kernel_width * channels * BLOCK, scale + o * BLOCK, shift + o * BLOCK, \
        y + o * stride + ((size_t)n * out_height + h) * out_width * BLOCK, stride, row, CONV2D_ARGUMENTS, low, high)
#if CONV2D_BLOCKS > 1
    for (; o + 2 <= out_blocks; o += 2) ROW(2);
#endif
    for (; o < out_blocks; o++) ROW(1);
#undef ROW
}

// Adds to `total` the sums of one image and block of output channels for `taps` numbers of a window's row, from number
// `first` on; the window's row begins `r` rows and `s` columns behind the corner of the image.
ALWAYS_INLINE void add_image(
    global const float *x, global const float *dz, int r, int s, int first, int channels, int height, int width,
    int out_height, int out_width, int stride_height, int stride_width, const uint taps, float16 *total)
{
    // Outputs for which each tap is inside: as columns, the first and the last one's.
    const int first_column = s + first / channels;
    const int last_column = s + (first + (int)taps - 1) / channels;
    const int first_inside = min(out_width, max(0, (stride_width - 1 - first_column) / stride_width));
    const int end_inside = max(first_inside, min(out_width, (width - last_column - 1 + stride_width) / stride_width));
    float16 image[TILE];
    UNROLL for (uint t = 0; t < taps; t++) image[t] = (float16)(0.0f);
    for (int h = 0; h < out_height; h++) {
        const int row = h * stride_height + r;
        if (row < 0 || row >= height) continue;
        float16 sum[TILE];
        UNROLL for (uint t = 0; t < taps; t++) sum[t] = (float16)(0.0f);
        for (int v = 0; v < out_width; v++) {
            const int column = v * stride_width + s;
            global const float *at = x + ((long)row * width + column) * channels + first;
            const float16 gradient = vload16((size_t)h * out_width + v, dz);
            if (v >= first_inside && v < end_inside) {
                UNROLL for (uint t = 0; t < taps; t++)
                    sum[t] = MULTIPLY_ADD((float16)(at[t]), gradient, sum[t]);
            } else {
                UNROLL for (uint t = 0; t < taps; t++) {
                    const int tap_column = column + (first + (int)t) / channels;
                    if (tap_column >= 0 && tap_column < width)
                        sum[t] = MULTIPLY_ADD((float16)(at[t]), gradient, sum[t]);
                }
            }
        }
        UNROLL for (uint t = 0; t < taps; t++) image[t] += sum[t];
    }
    UNROLL for (uint t = 0; t < taps; t++) total[t] += image[t];
}

// Numbers of a window's row whose sums are formed together.
#if TILE >= 14
#define TAPS 9
#else
#define TAPS 3
#endif

// conv2d_backward_filter
//
//   dw[r, s, c, o] = (accumulates ? dw[r, s, c, o] : 0) + Σ_{n,h,w} x[n, h·sh + r − top, w·sw + s − left, c] · dz[n, h, w, o]
//
//   trained  [T]  numbers of the blocks of output channels that are computed
//
// Work:   global = (kh, T), local = (1, 1): the taps and channels of one row of the window, for one block of output
//         channels, an item; TAPS of them go together, and one by one what is left.
// Order:  n, h, w ascending; the sums of each row and each image are formed first and then added.
kernel void conv2d_backward_filter(
    global const float *restrict x, global const float *restrict dz, global float *restrict dw,
    global const uint *restrict trained, CONV2D_PARAMETERS, uint accumulates)
{
    const uint r = get_global_id(0);
    const size_t o = trained[get_global_id(1)];
    const uint taps_of_row = kernel_width * channels;
    dz += o * images * out_height * out_width * BLOCK;
    dw += (o * kernel_height + r) * taps_of_row * BLOCK;

    uint first = 0;
#define ADD_TAPS(taps)                                                                                           \
    for (; first + (taps) <= taps_of_row; first += (taps)) {                                                     \
        float16 total[TILE];                                                                                     \
        UNROLL for (uint t = 0; t < (taps); t++)                                                                 \
            total[t] = accumulates ? vload16(first + t, dw) : (float16)(0.0f);                                   \
        for (size_t n = 0; n < images; n++)                                                                      \
            add_image(                                                                                           \
                x + n * height * width * channels, dz + n * out_height * out_width * BLOCK, (int)r - (int)top,   \
                -(int)left, first, channels, height, width, out_height, out_width, stride_height, stride_width,  \
                taps, total);                                                                                    \
        UNROLL for (uint t = 0; t < (taps); t++) store_block(total[t], first + t, dw);                              \
    }
    ADD_TAPS(TAPS)
    ADD_TAPS(1)
#undef ADD_TAPS
}
