// Flatten: an image's pixels and channels as one row of features, feature = (h·W + w)·C + c.
//
// Operands
//   x  [C/16, N, H·W, 16]    input
//   y  [F/16, N, 16]         output, F = H·W·C; d… is the gradient of the loss with respect to …

// flatten_forward:        y[n, (h·W + w)·C + c] = x[n, h, w, c], zero from F on.
//
// Work:   groups = (N, F/16).
GROUP_OF(GROUP)
kernel void flatten_forward(
    global const float *restrict x, global float *restrict y, uint images, uint pixels, uint channels)
{
    const uint n = get_group_id(0);
    const uint block = get_group_id(1);
    for (uint j = get_local_id(0); j < BLOCK; j += GROUP) {
        const uint feature = block * BLOCK + j;
        const uint pixel = feature / channels;
        const uint c = feature % channels;
        const size_t from = (((size_t)(c / BLOCK) * images + n) * pixels + pixel) * BLOCK + c % BLOCK;
        y[((size_t)block * images + n) * BLOCK + j] = pixel < pixels ? x[from] : 0.0f;
    }
}

// flatten_backward_data:  dx[n, h, w, c] = dy[n, (h·W + w)·C + c], zero from C on.
//
// Work:   groups = (N, C/16): an element an item.
GROUP_OF(GROUP)
kernel void flatten_backward_data(
    global const float *restrict dy, global float *restrict dx, uint images, uint pixels, uint channels)
{
    const uint n = get_group_id(0);
    const uint block = get_group_id(1);
    global float *out = dx + ((size_t)block * images + n) * pixels * BLOCK;
    for (uint at = get_local_id(0); at < pixels * BLOCK; at += GROUP) {
        const uint c = block * BLOCK + at % BLOCK;
        const uint feature = at / BLOCK * channels + c;
        const size_t from = ((size_t)(feature / BLOCK) * images + n) * BLOCK + feature % BLOCK;
        out[at] = c < channels ? dy[from] : 0.0f;
    }
}
