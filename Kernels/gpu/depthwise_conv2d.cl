// Depthwise convolution with multiplier 1.
//
// Operands
//   x      [C/16, N, H, W, 16]     input
//   w      [C/16, kh, kw, 16]      Keras's depthwise_kernel[r, s, c, 0]
//   scale  [C], shift [C]          what follows a channel: batch-norm in inference mode, or 1 and the bias
//   y      [C/16, N, HO, WO, 16]   output; d… is the gradient of the loss with respect to …
// In the forward pass x and y may be half: see gpu/common.cl.
// Taps outside the image contribute zero; `top` and `left` are the margins before the first row and column.

#define DEPTHWISE_PARAMETERS                                                                                     \
    uint images, uint height, uint width, uint out_height, uint out_width, uint kernel_height,                   \
        uint kernel_width, uint stride_height, uint stride_width, uint top, uint left

// depthwise_conv2d_forward
//
//   y[n, h, w, c] = clamp(scale[c] · Σ_{r,s} x[n, h·sh + r − top, w·sw + s − left, c] · w[r, s, c] + shift[c], low, high)
//
// Work:   groups = (any number, N, C/16): the output pixels of an image are shared out, one a lane.
// Order:  r outer, s inner, one accumulator an output.
GROUP_OF(GROUP)
kernel void depthwise_conv2d_forward(
    global const INPUT *restrict x, global const float *restrict w, global const float *restrict scale,
    global const float *restrict shift, global OUTPUT *restrict y, DEPTHWISE_PARAMETERS, float low, float high)
{
    const size_t c = get_group_id(2);
    const size_t plane = c * images + get_group_id(1);
    global const INPUT *in = x + plane * height * width * BLOCK;
    global const float *taps = w + c * kernel_height * kernel_width * BLOCK;
    global OUTPUT *out = y + plane * out_height * out_width * BLOCK;
    const float4 s = vload4(c * VECTORS + VECTOR, scale);
    const float4 t = vload4(c * VECTORS + VECTOR, shift);
    for (uint at = get_group_id(0) * LANES + LANE; at < out_height * out_width; at += get_num_groups(0) * LANES) {
        const int row = (int)(at / out_width * stride_height) - (int)top;
        const int column = (int)(at % out_width * stride_width) - (int)left;
        float4 sum = (float4)(0.0f);
        for (int r = max(0, -row); r < min((int)kernel_height, (int)height - row); r++)
            for (int k = max(0, -column); k < min((int)kernel_width, (int)width - column); k++)
                sum = MULTIPLY_ADD(
                    LOAD_INPUT((size_t)((row + r) * (int)width + column + k) * VECTORS + VECTOR, in),
                    vload4((size_t)(r * (int)kernel_width + k) * VECTORS + VECTOR, taps), sum);
        STORE_OUTPUT(bounded(MULTIPLY_ADD(sum, s, t), low, high), at * VECTORS + VECTOR, out);
    }
}

// depthwise_conv2d_backward_data
//
//   dx[n, i, j, c] = Σ_{r,s} dz[n, (i + top − r) / sh, (j + left − s) / sw, c] · w[r, s, c]
//
// over the taps for which both quotients are whole and inside the output.
//
// Work:   groups = (any number, N, C/16): the pixels of an image of dx are shared out, one a lane.
// Order:  r outer, s inner, one accumulator an element.
GROUP_OF(GROUP)
kernel void depthwise_conv2d_backward_data(
    global const float *restrict dz, global const float *restrict w, global float *restrict dx, DEPTHWISE_PARAMETERS)
{
    const size_t c = get_group_id(2);
    const size_t plane = c * images + get_group_id(1);
    global const float *gradient = dz + plane * out_height * out_width * BLOCK;
    global const float *taps = w + c * kernel_height * kernel_width * BLOCK;
    global float *out = dx + plane * height * width * BLOCK;
    for (uint at = get_group_id(0) * LANES + LANE; at < height * width; at += get_num_groups(0) * LANES) {
        float4 sum = (float4)(0.0f);
        for (uint r = 0; r < kernel_height; r++) {
            const int row = (int)(at / width + top) - (int)r;
            if (row < 0 || row % (int)stride_height != 0 || row / (int)stride_height >= (int)out_height) continue;
            for (uint s = 0; s < kernel_width; s++) {
                const int column = (int)(at % width + left) - (int)s;
                if (column < 0 || column % (int)stride_width != 0 || column / (int)stride_width >= (int)out_width)
                    continue;
                const size_t from = (size_t)(row / (int)stride_height) * out_width + column / (int)stride_width;
                sum = MULTIPLY_ADD(
                    vload4(from * VECTORS + VECTOR, gradient), vload4((r * kernel_width + s) * VECTORS + VECTOR, taps), sum);
            }
        }
        vstore4(sum, at * VECTORS + VECTOR, out);
    }
}

// depthwise_conv2d_backward_filter
//
//   dw[r, s, c] = (accumulates ? dw[r, s, c] : 0) + Σ_{n,h,w} x[n, h·sh + r − top, w·sw + s − left, c] · dz[n, h, w, c]
//
//   trained  [T]  numbers of the blocks of channels that are computed
//
// Work:   groups = (kh·kw, T): one tap of one block of channels a group.
// Order:  every LANES-th of all output pixels a lane, ascending in sums of RUN, which are then added; then the lanes as
//         in sum_over_lanes.
GROUP_OF(GROUP)
kernel void depthwise_conv2d_backward_filter(
    global const float *restrict x, global const float *restrict dz, global float *restrict dw,
    global const uint *restrict trained, DEPTHWISE_PARAMETERS, uint accumulates)
{
    local float4 scratch[GROUP];
    const uint tap = get_group_id(0);
    const size_t c = trained[get_group_id(1)];
    const int r = (int)(tap / kernel_width) - (int)top;
    const int s = (int)(tap % kernel_width) - (int)left;
    const uint out_pixels = out_height * out_width;
    const uint count = images * out_pixels;

    float4 total = (float4)(0.0f);
    for (uint start = LANE; start < count; start += LANES * RUN) {
        float4 sum = (float4)(0.0f);
        for (uint i = start; i < min(start + LANES * RUN, count); i += LANES) {
            const int row = (int)(i % out_pixels / out_width * stride_height) + r;
            const int column = (int)(i % out_width * stride_width) + s;
            if (row < 0 || row >= (int)height || column < 0 || column >= (int)width) continue;
            const size_t pixel = ((c * images + i / out_pixels) * height + row) * width + column;
            sum = MULTIPLY_ADD(vload4(pixel * VECTORS + VECTOR, x), vload4((c * count + i) * VECTORS + VECTOR, dz), sum);
        }
        total += sum;
    }
    total = sum_over_lanes(total, scratch);
    const size_t at = (c * kernel_height * kernel_width + tap) * VECTORS + VECTOR;
    if (LANE == 0) vstore4(accumulates ? vload4(at, dw) + total : total, at, dw);
}
