// Flatten: an image's pixels and channels as one row of features, feature = (h·W + w)·C + c.
//
// Operands
//   x  [C/16, N, H·W, 16]    input
//   y  [F/16, N, 16]         output, F = H·W·C; d… is the gradient of the loss with respect to …

// flatten_forward:        y[n, (h·W + w)·C + c] = x[n, h, w, c], zero from F on.
//
// Work:   global = (N, F/16), local = (1, 1).
kernel void flatten_forward(
    global const float *restrict x, global float *restrict y, uint images, uint pixels, uint channels)
{
    const uint n = get_global_id(0);
    const uint block = get_global_id(1);
    for (uint j = 0; j < BLOCK; j++) {
        const uint feature = block * BLOCK + j;
        const uint pixel = feature / channels;
        const uint c = feature % channels;
        const size_t from = (((size_t)(c / BLOCK) * images + n) * pixels + pixel) * BLOCK + c % BLOCK;
        y[((size_t)block * images + n) * BLOCK + j] = pixel < pixels ? x[from] : 0.0f;
    }
}

// flatten_backward_data:  dx[n, h, w, c] = dy[n, (h·W + w)·C + c], zero from C on.
//
// Work:   global = (N, C/16), local = (1, 1).
kernel void flatten_backward_data(
    global const float *restrict dy, global float *restrict dx, uint images, uint pixels, uint channels)
{
    const uint n = get_global_id(0);
    const uint block = get_global_id(1);
    for (uint pixel = 0; pixel < pixels; pixel++)
        for (uint j = 0; j < BLOCK; j++) {
            const uint c = block * BLOCK + j;
            const uint feature = pixel * channels + c;
            const size_t from = ((size_t)(feature / BLOCK) * images + n) * BLOCK + feature % BLOCK;
            dx[(((size_t)block * images + n) * pixels + pixel) * BLOCK + j] = c < channels ? dy[from] : 0.0f;
        }
}
