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

// average_pooling2d_forward
//
//   y[n, h, w, c] = mean of x[n, i, j, c] over the pixels (i, j) of the window of (h, w)
//
// Work:   global = (N, C/16), local = (1, 1).
// Order:  i, j ascending, one accumulator an output.
kernel void average_pooling2d_forward(
    global const float *restrict x, global float *restrict y, POOLING_PARAMETERS)
{
    const size_t plane = (size_t)get_global_id(1) * images + get_global_id(0);
    global const float *in = x + plane * height * width * BLOCK;
    global float *out = y + plane * out_height * out_width * BLOCK;
    for (uint h = 0; h < out_height; h++) {
        WINDOW(h, stride_height, pool_height, top, height, first_row, end_row);
        for (uint w = 0; w < out_width; w++) {
            WINDOW(w, stride_width, pool_width, left, width, first_column, end_column);
            float16 sum = (float16)(0.0f);
            for (uint i = first_row; i < end_row; i++)
                for (uint j = first_column; j < end_column; j++) sum += vload16((size_t)i * width + j, in);
            const float count = (float)((end_row - first_row) * (end_column - first_column));
            store_block(sum / count, (size_t)h * out_width + w, out);
        }
    }
}

// average_pooling2d_backward_data
//
//   dx[n, i, j, c] = Σ over the windows (h, w) that hold (i, j) of dy[n, h, w, c] / pixels of the window
//
// Work:   global = (N, C/16), local = (1, 1).
// Order:  h, w ascending.
kernel void average_pooling2d_backward_data(
    global const float *restrict dy, global float *restrict dx, POOLING_PARAMETERS)
{
    const size_t plane = (size_t)get_global_id(1) * images + get_global_id(0);
    global const float *gradient = dy + plane * out_height * out_width * BLOCK;
    global float *out = dx + plane * height * width * BLOCK;
    for (uint i = 0; i < height * width; i++) store_block((float16)(0.0f), i, out);
    for (uint h = 0; h < out_height; h++) {
        WINDOW(h, stride_height, pool_height, top, height, first_row, end_row);
        for (uint w = 0; w < out_width; w++) {
            WINDOW(w, stride_width, pool_width, left, width, first_column, end_column);
            const float count = (float)((end_row - first_row) * (end_column - first_column));
            const float16 share = vload16((size_t)h * out_width + w, gradient) / count;
            for (uint i = first_row; i < end_row; i++)
                for (uint j = first_column; j < end_column; j++) {
                    const size_t at = (size_t)i * width + j;
                    store_block(vload16(at, out) + share, at, out);
                }
        }
    }
}
