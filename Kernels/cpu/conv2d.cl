// Convolution over a plain image: the first layer of a network, with few input channels.
//
// Operands
//   x      [N, H, W, C]            input, C fastest, not blocked
//   w      [O/16, kh, kw, C, 16]   Keras's kernel[r, s, c, o]
//   scale  [O], shift [O]          what follows a channel: batch-norm in inference mode, or 1 and the bias
//   y      [O/16, N, HO, WO, 16]   output

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
                    load_block((r * kernel_width + k) * channels + c, taps), sum);
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
        global const float *restrict shift, global float *restrict out, size_t out_stride, int row, uint channels, \
        WINDOW_PARAMETERS, float low, float high

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
                        bounded(MULTIPLY_ADD(sum[b][i], load_block(b, scale), load_block(b, shift)), low, high), v + i,
                        out + b * out_stride);
            v += TILE;
        } else {
            const int column = (int)(v * stride_width) - (int)left;
            for (uint b = 0; b < blocks; b++) {
                const float16 sum = conv2d_at_edge(
                    in, taps + b * taps_of_block * BLOCK, row, column, channels, height, width, kernel_height, kernel_width);
                store_block(
                    bounded(MULTIPLY_ADD(sum, load_block(b, scale), load_block(b, shift)), low, high), v, out + b * out_stride);
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
                in, taps, scale, shift, out, out_stride, row, channels, WINDOW_ARGUMENTS, low, high, USUAL_STEP, \
                blocks);                                                                                         \
        else                                                                                                     \
            conv2d_row(                                                                                          \
                in, taps, scale, shift, out, out_stride, row, channels, WINDOW_ARGUMENTS, low, high, step, blocks); \
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
    global const float *restrict shift, global float *restrict y, uint out_blocks, uint channels, WINDOW_PARAMETERS,
    float low, float high)
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
        y + o * stride + ((size_t)n * out_height + h) * out_width * BLOCK, stride, row, channels, WINDOW_ARGUMENTS, low, \
        high)
#if CONV2D_BLOCKS > 1
    for (; o + 2 <= out_blocks; o += 2) ROW(2);
#endif
    for (; o < out_blocks; o++) ROW(1);
#undef ROW
}
