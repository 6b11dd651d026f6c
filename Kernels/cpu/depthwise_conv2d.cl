// Depthwise convolution with multiplier 1.
//
// Operands
//   x      [C/16, N, H, W, 16]     input
//   w      [C/16, kh, kw, 16]      Keras's depthwise_kernel[r, s, c, 0]
//   scale  [C], shift [C]          what follows a channel: batch-norm in inference mode, or 1 and the bias
//   y      [C/16, N, HO, WO, 16]   output

// depthwise_conv2d_forward
//
//   y[n, h, w, c] = clamp(scale[c] · Σ_{r,s} x[n, h·sh + r − top, w·sw + s − left, c] · w[r, s, c] + shift[c], low, high)
//
// Work:   global = (HO, N, C/16), local = (1, 1, 1): one row of one block of channels an item, in tiles of TILE.
// Order:  r outer, s inner, one accumulator an output.
kernel void depthwise_conv2d_forward(
    global const float *restrict x, global const float *restrict w, global const float *restrict scale,
    global const float *restrict shift, global float *restrict y, WINDOW_PARAMETERS, float low, float high)
{
    const uint h = get_global_id(0);
    const uint n = get_global_id(1);
    const uint c = get_global_id(2);
    const size_t plane = (size_t)c * images + n;
    global const float *in = x + plane * height * width * BLOCK;
    global const float *taps = w + (size_t)c * kernel_height * kernel_width * BLOCK;
    global float *out = y + (plane * out_height + h) * out_width * BLOCK;
    const float16 s = load_block(c, scale);
    const float16 t = load_block(c, shift);
    const int row = (int)(h * stride_height) - (int)top;

    for (uint first = 0; first < out_width; first += TILE) {
        const uint count = min((uint)TILE, out_width - first);
        float16 sum[TILE];
        UNROLL for (uint i = 0; i < TILE; i++) sum[i] = (float16)(0.0f);
        for (uint r = 0; r < kernel_height; r++) {
            const int y_at = row + (int)r;
            if (y_at < 0 || y_at >= (int)height) continue;
            for (uint k = 0; k < kernel_width; k++) {
                const float16 weight = load_block(r * kernel_width + k, taps);
                const int column = (int)(first * stride_width + k) - (int)left;
                global const float *at = in + ((long)y_at * width + column) * BLOCK;
                const bool inside =
                    count == TILE && column >= 0 && column + (int)((TILE - 1) * stride_width) < (int)width;
                if (inside) {
                    UNROLL for (uint i = 0; i < TILE; i++)
                        sum[i] = MULTIPLY_ADD(load_block(i * stride_width, at), weight, sum[i]);
                } else {
                    UNROLL for (uint i = 0; i < TILE; i++) {
                        const int x_at = column + (int)(i * stride_width);
                        if (i < count && x_at >= 0 && x_at < (int)width)
                            sum[i] = MULTIPLY_ADD(load_block(i * stride_width, at), weight, sum[i]);
                    }
                }
            }
        }
        UNROLL for (uint i = 0; i < TILE; i++)
            if (i < count) store_block(bounded(MULTIPLY_ADD(sum[i], s, t), low, high), first + i, out);
    }
}
