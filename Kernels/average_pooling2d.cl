// Average pooling over windows; a window at the border averages the pixels that it has.
//
// Operands
//   x   [C/16, N, H, W, 16]     input
//   y   [C/16, N, HO, WO, 16]   output; d… is the gradient of the loss with respect to …

#define POOLING_PARAMETERS                                                                                       \
    uint images, uint height, uint width, uint out_height, uint out_width, uint pool_height, uint pool_width,    \
        uint stride_height, uint stride_width, uint top, uint left

// Rows or columns [begin, end) of a window: those inside an image of `extent`.
#define WINDOW(at, stride, size, margin, extent, begin, end)                                                     \
    const int begin##_raw = (int)((at) * (stride)) - (int)(margin);                                              \
    const uint begin = (uint)max(begin##_raw, 0);                                                                \
    const uint end = (uint)min(begin##_raw + (int)(size), (int)(extent))

// Windows [begin, end) of `count` that hold the row or column `at`.
#define WINDOWS_WITH(at, stride, size, margin, count, begin, end)                                                \
    const uint begin = (at) + (margin) + 1 > (size) ? ((at) + (margin) + (stride) - (size)) / (stride) : 0;      \
    const uint end = min((uint)(count), ((at) + (margin)) / (stride) + 1)

// average_pooling2d_forward
//
//   y[n, h, w, c] = mean of x[n, i, j, c] over the pixels (i, j) of the window of (h, w)
//
// Work:   groups = (N, C/16): an output pixel a lane.
// Order:  i, j ascending, one accumulator an output.
GROUP_OF(GROUP)
kernel void average_pooling2d_forward(
    global const float *restrict x, global float *restrict y, POOLING_PARAMETERS)
{
    const size_t plane = (size_t)get_group_id(1) * images + get_group_id(0);
    global const float *in = x + plane * height * width * BLOCK;
    global float *out = y + plane * out_height * out_width * BLOCK;
    for (uint at = LANE; at < out_height * out_width; at += LANES) {
        WINDOW(at / out_width, stride_height, pool_height, top, height, first_row, end_row);
        WINDOW(at % out_width, stride_width, pool_width, left, width, first_column, end_column);
        vector sum = (vector)(0.0f);
        for (uint i = first_row; i < end_row; i++)
            for (uint j = first_column; j < end_column; j++) sum += LOAD((i * width + j) * VECTORS + VECTOR, in);
        const float count = (float)((end_row - first_row) * (end_column - first_column));
        STORE(sum / count, at * VECTORS + VECTOR, out);
    }
}

// average_pooling2d_backward_data
//
//   dx[n, i, j, c] = Σ over the windows (h, w) that hold (i, j) of dy[n, h, w, c] / pixels of the window
//
// Work:   groups = (N, C/16): a pixel of dx a lane.
// Order:  h, w ascending.
GROUP_OF(GROUP)
kernel void average_pooling2d_backward_data(
    global const float *restrict dy, global float *restrict dx, POOLING_PARAMETERS)
{
    const size_t plane = (size_t)get_group_id(1) * images + get_group_id(0);
    global const float *gradient = dy + plane * out_height * out_width * BLOCK;
    global float *out = dx + plane * height * width * BLOCK;
    for (uint at = LANE; at < height * width; at += LANES) {
        WINDOWS_WITH(at / width, stride_height, pool_height, top, out_height, first_h, end_h);
        WINDOWS_WITH(at % width, stride_width, pool_width, left, out_width, first_w, end_w);
        vector sum = (vector)(0.0f);
        for (uint h = first_h; h < end_h; h++) {
            WINDOW(h, stride_height, pool_height, top, height, first_row, end_row);
            for (uint w = first_w; w < end_w; w++) {
                WINDOW(w, stride_width, pool_width, left, width, first_column, end_column);
                const float count = (float)((end_row - first_row) * (end_column - first_column));
                sum += LOAD((h * out_width + w) * VECTORS + VECTOR, gradient) / count;
            }
        }
        STORE(sum, at * VECTORS + VECTOR, out);
    }
}
