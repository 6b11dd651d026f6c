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

// conv2d_forward
//
//   y[n, h, w, o] = clamp(scale[o] · Σ_{r,s,c} x[n, h·sh + r − top, w·sw + s − left, c] · w[r, s, c, o] + shift[o], low, high)
//
// Work:   global = (HO, N, O/16), local = (1, 1, 1): one row of one block of channels an item, in tiles of TILE.
// Order:  r, s, c ascending, one accumulator an output.
kernel void conv2d_forward(
    global const float *restrict x, global const float *restrict w, global const float *restrict scale,
    global const float *restrict shift, global float *restrict y, CONV2D_PARAMETERS, float low, float high)
{
    const uint h = get_global_id(0);
    const uint n = get_global_id(1);
    const uint o = get_global_id(2);
    global const float *in = x + (size_t)n * height * width * channels;
    global const float *taps = w + (size_t)o * kernel_height * kernel_width * channels * BLOCK;
    global float *out = y + (((size_t)o * images + n) * out_height + h) * out_width * BLOCK;
    const float16 s = vload16(o, scale);
    const float16 t = vload16(o, shift);
    const uint step = stride_width * channels;

    for (uint first = 0; first < out_width; first += TILE) {
        const uint count = min((uint)TILE, out_width - first);
        float16 sum[TILE];
        UNROLL for (uint i = 0; i < TILE; i++) sum[i] = (float16)(0.0f);
        for (uint r = 0; r < kernel_height; r++) {
            const int row = (int)(h * stride_height + r) - (int)top;
            if (row < 0 || row >= (int)height) continue;
            for (uint k = 0; k < kernel_width; k++) {
                const int column = (int)(first * stride_width + k) - (int)left;
                const bool inside =
                    count == TILE && column >= 0 && column + (int)((TILE - 1) * stride_width) < (int)width;
                for (uint c = 0; c < channels; c++) {
                    const float16 weight = vload16((r * kernel_width + k) * channels + c, taps);
                    global const float *at = in + ((long)row * width + column) * channels + c;
                    if (inside) {
                        UNROLL for (uint i = 0; i < TILE; i++)
                            sum[i] = MULTIPLY_ADD((float16)(at[i * step]), weight, sum[i]);
                    } else {
                        UNROLL for (uint i = 0; i < TILE; i++) {
                            const int x_at = column + (int)(i * stride_width);
                            if (i < count && x_at >= 0 && x_at < (int)width)
                                sum[i] = MULTIPLY_ADD((float16)(at[i * step]), weight, sum[i]);
                        }
                    }
                }
            }
        }
        UNROLL for (uint i = 0; i < TILE; i++)
            if (i < count) vstore16(clamp(MULTIPLY_ADD(sum[i], s, t), low, high), first + i, out);
    }
}

// conv2d_backward_filter
//
//   dw[r, s, c, o] = (accumulates ? dw[r, s, c, o] : 0) + Σ_{n,h,w} x[n, h·sh + r − top, w·sw + s − left, c] · dz[n, h, w, o]
//
//   trained  [T]  numbers of the blocks of output channels that are computed
//
// Work:   global = (kh·kw·C, T), local = (1, 1): one tap of one block of channels an item.
// Order:  n, h, w ascending; the sums of each row and each image are formed first and then added.
kernel void conv2d_backward_filter(
    global const float *restrict x, global const float *restrict dz, global float *restrict dw,
    global const uint *restrict trained, CONV2D_PARAMETERS, uint accumulates)
{
    const uint tap = get_global_id(0);
    const uint o = trained[get_global_id(1)];
    const uint c = tap % channels;
    const int s = (int)(tap / channels % kernel_width) - (int)left;
    const int r = (int)(tap / channels / kernel_width) - (int)top;
    const size_t at = (size_t)o * kernel_height * kernel_width * channels + tap;

    float16 total = accumulates ? vload16(at, dw) : (float16)(0.0f);
    for (uint n = 0; n < images; n++) {
        global const float *in = x + (size_t)n * height * width * channels + c;
        global const float *gradient = dz + ((size_t)o * images + n) * out_height * out_width * BLOCK;
        float16 image = (float16)(0.0f);
        for (uint h = 0; h < out_height; h++) {
            const int row = (int)(h * stride_height) + r;
            if (row < 0 || row >= (int)height) continue;
            float16 sum = (float16)(0.0f);
            for (uint v = 0; v < out_width; v++) {
                const int column = (int)(v * stride_width) + s;
                if (column < 0 || column >= (int)width) continue;
                sum = MULTIPLY_ADD(
                    (float16)(in[((size_t)row * width + column) * channels]),
                    vload16((size_t)h * out_width + v, gradient), sum);
            }
            image += sum;
        }
        total += image;
    }
    vstore16(total, at, dw);
}
