// Depthwise convolution with multiplier 1.
//
// Operands
//   x      [C/16, N, H, W, 16]     input
//   w      [C/16, kh, kw, 16]      Keras's depthwise_kernel[r, s, c, 0]
//   scale  [C], shift [C]          what follows a channel: batch-norm in inference mode, or 1 and the bias
//   y      [C/16, N, HO, WO, 16]   output; d… is the gradient of the loss with respect to …
// Taps outside the image contribute zero; `top` and `left` are the margins before the first row and column.

#define DEPTHWISE_PARAMETERS                                                                                     \
    uint images, uint height, uint width, uint out_height, uint out_width, uint kernel_height,                   \
        uint kernel_width, uint stride_height, uint stride_width, uint top, uint left

// depthwise_conv2d_forward
//
//   y[n, h, w, c] = clamp(scale[c] · Σ_{r,s} x[n, h·sh + r − top, w·sw + s − left, c] · w[r, s, c] + shift[c], low, high)
//
// Work:   global = (HO, N, C/16), local = (1, 1, 1): one row of one block of channels an item, in tiles of TILE.
// Order:  r outer, s inner, one accumulator an output.
kernel void depthwise_conv2d_forward(
    global const float *restrict x, global const float *restrict w, global const float *restrict scale,
    global const float *restrict shift, global float *restrict y, DEPTHWISE_PARAMETERS, float low, float high)
{
    const uint h = get_global_id(0);
    const uint n = get_global_id(1);
    const uint c = get_global_id(2);
    const size_t plane = (size_t)c * images + n;
    global const float *in = x + plane * height * width * BLOCK;
    global const float *taps = w + (size_t)c * kernel_height * kernel_width * BLOCK;
    global float *out = y + (plane * out_height + h) * out_width * BLOCK;
    const float16 s = vload16(c, scale);
    const float16 t = vload16(c, shift);
    const int row = (int)(h * stride_height) - (int)top;

    for (uint first = 0; first < out_width; first += TILE) {
        const uint count = min((uint)TILE, out_width - first);
        float16 sum[TILE];
        UNROLL for (uint i = 0; i < TILE; i++) sum[i] = (float16)(0.0f);
        for (uint r = 0; r < kernel_height; r++) {
            const int y_at = row + (int)r;
            if (y_at < 0 || y_at >= (int)height) continue;
            for (uint k = 0; k < kernel_width; k++) {
                const float16 weight = vload16(r * kernel_width + k, taps);
                const int column = (int)(first * stride_width + k) - (int)left;
                global const float *at = in + ((long)y_at * width + column) * BLOCK;
                const bool inside =
                    count == TILE && column >= 0 && column + (int)((TILE - 1) * stride_width) < (int)width;
                if (inside) {
                    UNROLL for (uint i = 0; i < TILE; i++)
                        sum[i] = MULTIPLY_ADD(vload16(i * stride_width, at), weight, sum[i]);
                } else {
                    UNROLL for (uint i = 0; i < TILE; i++) {
                        const int x_at = column + (int)(i * stride_width);
                        if (i < count && x_at >= 0 && x_at < (int)width)
                            sum[i] = MULTIPLY_ADD(vload16(i * stride_width, at), weight, sum[i]);
                    }
                }
            }
        }
        UNROLL for (uint i = 0; i < TILE; i++)
            if (i < count) vstore16(bounded(MULTIPLY_ADD(sum[i], s, t), low, high), first + i, out);
    }
}

// depthwise_conv2d_backward_data
//
//   dx[n, i, j, c] = Σ_{r,s} dz[n, (i + top − r) / sh, (j + left − s) / sw, c] · w[r, s, c]
//
// over the taps for which both quotients are whole and inside the output.
//
// Work:   global = (H, N, C/16), local = (1, 1, 1): one row of dx an item.
// Order:  r outer, s inner, one accumulator an element.
kernel void depthwise_conv2d_backward_data(
    global const float *restrict dz, global const float *restrict w, global float *restrict dx, DEPTHWISE_PARAMETERS)
{
    const uint i = get_global_id(0);
    const uint n = get_global_id(1);
    const uint c = get_global_id(2);
    const size_t plane = (size_t)c * images + n;
    global const float *gradient = dz + plane * out_height * out_width * BLOCK;
    global const float *taps = w + (size_t)c * kernel_height * kernel_width * BLOCK;
    global float *out = dx + (plane * height + i) * width * BLOCK;

    for (uint j = 0; j < width; j++) {
        float16 sum = (float16)(0.0f);
        for (uint r = 0; r < kernel_height; r++) {
            const int row = (int)(i + top) - (int)r;
            if (row < 0 || row % (int)stride_height != 0 || row / (int)stride_height >= (int)out_height) continue;
            for (uint s = 0; s < kernel_width; s++) {
                const int column = (int)(j + left) - (int)s;
                if (column < 0 || column % (int)stride_width != 0 || column / (int)stride_width >= (int)out_width)
                    continue;
                const size_t at = (size_t)(row / (int)stride_height) * out_width + column / (int)stride_width;
                sum = MULTIPLY_ADD(vload16(at, gradient), vload16(r * kernel_width + s, taps), sum);
            }
        }
        vstore16(sum, j, out);
    }
}

// depthwise_conv2d_backward_filter
//
//   dw[r, s, c] = (accumulates ? dw[r, s, c] : 0) + Σ_{n,h,w} x[n, h·sh + r − top, w·sw + s − left, c] · dz[n, h, w, c]
//
//   trained  [T]  numbers of the blocks of channels that are computed
//
// Work:   global = (kh·kw, T), local = (1, 1): one tap of one block of channels an item.
// Order:  n, h, w ascending; the sums of each row and each image are formed first and then added.
kernel void depthwise_conv2d_backward_filter(
    global const float *restrict x, global const float *restrict dz, global float *restrict dw,
    global const uint *restrict trained, DEPTHWISE_PARAMETERS, uint accumulates)
{
    const uint tap = get_global_id(0);
    const uint c = trained[get_global_id(1)];
    const int r = (int)(tap / kernel_width) - (int)top;
    const int s = (int)(tap % kernel_width) - (int)left;
    const size_t at = (size_t)c * kernel_height * kernel_width + tap;

    float16 total = accumulates ? vload16(at, dw) : (float16)(0.0f);
    for (uint n = 0; n < images; n++) {
        const size_t plane = (size_t)c * images + n;
        global const float *in = x + plane * height * width * BLOCK;
        global const float *gradient = dz + plane * out_height * out_width * BLOCK;
        float16 image = (float16)(0.0f);
        for (uint h = 0; h < out_height; h++) {
            const int row = (int)(h * stride_height) + r;
            if (row < 0 || row >= (int)height) continue;
            float16 sum = (float16)(0.0f);
            for (uint v = 0; v < out_width; v++) {
                const int column = (int)(v * stride_width) + s;
                if (column < 0 || column >= (int)width) continue;
                sum = MULTIPLY_ADD(
                    vload16((size_t)row * width + column, in), vload16((size_t)h * out_width + v, gradient), sum);
            }
            image += sum;
        }
        total += image;
    }
    vstore16(total, at, dw);
}
