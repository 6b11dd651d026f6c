// Convolution over a plain image: the first layer of a network, with few input channels.
//
// Operands
//   x      [N, H, W, C]            input, C fastest, not blocked
//   w      [O/16, kh, kw, C, 16]   Keras's kernel[r, s, c, o]
//   scale  [O], shift [O]          what follows a channel: batch-norm in inference mode, or 1 and the bias
//   y      [O/16, N, HO, WO, 16]   output; d… is the gradient of the loss with respect to …
// In the forward pass y may be half: see gpu/common.cl.
// Taps outside the image contribute zero; `top` and `left` are the margins before the first row and column.

#define CONV2D_PARAMETERS                                                                                        \
    uint channels, uint images, uint height, uint width, uint out_height, uint out_width, uint kernel_height,    \
        uint kernel_width, uint stride_height, uint stride_width, uint top, uint left

// conv2d_forward
//
//   y[n, h, w, o] = clamp(scale[o] · Σ_{r,s,c} x[n, h·sh + r − top, w·sw + s − left, c] · w[r, s, c, o] + shift[o], low, high)
//
// Work:   groups = (any number, N, O/16): the output pixels of an image are shared out, one a lane.
// Order:  r, s, c ascending, one accumulator an output.
GROUP_OF(GROUP)
kernel void conv2d_forward(
    global const float *restrict x, global const float *restrict w, global const float *restrict scale,
    global const float *restrict shift, global OUTPUT *restrict y, CONV2D_PARAMETERS, float low, float high)
{
    const size_t n = get_group_id(1);
    const size_t o = get_group_id(2);
    global const float *in = x + n * height * width * channels;
    global const float *taps = w + o * kernel_height * kernel_width * channels * BLOCK;
    global OUTPUT *out = y + (o * images + n) * out_height * out_width * BLOCK;
    const float4 s = vload4(o * VECTORS + VECTOR, scale);
    const float4 t = vload4(o * VECTORS + VECTOR, shift);
    for (uint at = get_group_id(0) * LANES + LANE; at < out_height * out_width; at += get_num_groups(0) * LANES) {
        const int row = (int)(at / out_width * stride_height) - (int)top;
        const int column = (int)(at % out_width * stride_width) - (int)left;
        float4 sum = (float4)(0.0f);
        for (int r = max(0, -row); r < min((int)kernel_height, (int)height - row); r++)
            for (int k = max(0, -column); k < min((int)kernel_width, (int)width - column); k++) {
                global const float *pixel = in + ((size_t)(row + r) * width + column + k) * channels;
                const uint tap = ((uint)r * kernel_width + k) * channels;
                for (uint c = 0; c < channels; c++)
                    sum = MULTIPLY_ADD((float4)(pixel[c]), vload4((tap + c) * VECTORS + VECTOR, taps), sum);
            }
        STORE_OUTPUT(bounded(MULTIPLY_ADD(sum, s, t), low, high), at * VECTORS + VECTOR, out);
    }
}

// conv2d_backward_filter
//
//   dw[r, s, c, o] = (accumulates ? dw[r, s, c, o] : 0) + Σ_{n,h,w} x[n, h·sh + r − top, w·sw + s − left, c] · dz[n, h, w, o]
//
//   trained  [T]  numbers of the blocks of output channels that are computed
//
// Work:   groups = (kh·kw·C, T): one tap of one block of channels a group.
// Order:  every LANES-th of all output pixels a lane, ascending in sums of RUN, which are then added; then the lanes as
//         in sum_over_lanes.
GROUP_OF(GROUP)
kernel void conv2d_backward_filter(
    global const float *restrict x, global const float *restrict dz, global float *restrict dw,
    global const uint *restrict trained, CONV2D_PARAMETERS, uint accumulates)
{
    local float4 scratch[GROUP];
    const uint tap = get_group_id(0);
    const size_t o = trained[get_group_id(1)];
    const uint c = tap % channels;
    const int s = (int)(tap / channels % kernel_width) - (int)left;
    const int r = (int)(tap / channels / kernel_width) - (int)top;
    const uint out_pixels = out_height * out_width;
    const uint count = images * out_pixels;

    float4 total = (float4)(0.0f);
    for (uint start = LANE; start < count; start += LANES * RUN) {
        float4 sum = (float4)(0.0f);
        for (uint i = start; i < min(start + LANES * RUN, count); i += LANES) {
            const int row = (int)(i % out_pixels / out_width * stride_height) + r;
            const int column = (int)(i % out_width * stride_width) + s;
            if (row < 0 || row >= (int)height || column < 0 || column >= (int)width) continue;
            const size_t pixel = ((size_t)(i / out_pixels) * height + row) * width + column;
            sum = MULTIPLY_ADD((float4)(x[pixel * channels + c]), vload4((o * count + i) * VECTORS + VECTOR, dz), sum);
        }
        total += sum;
    }
    total = sum_over_lanes(total, scratch);
    const size_t at = (o * kernel_height * kernel_width * channels + tap) * VECTORS + VECTOR;
    if (LANE == 0) vstore4(accumulates ? vload4(at, dw) + total : total, at, dw);
}
