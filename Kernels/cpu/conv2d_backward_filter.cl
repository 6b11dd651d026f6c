// The gradient of the kernel of a network's first convolution: operands as in conv2d.cl; d… is the gradient of the loss with respect
// to …, and z what comes before scale and shift.

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
            const float16 gradient = load_block((size_t)h * out_width + v, dz);
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
    global const uint *restrict trained, uint channels, WINDOW_PARAMETERS, uint accumulates)
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
            total[t] = accumulates ? load_block(first + t, dw) : (float16)(0.0f);                                   \
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
