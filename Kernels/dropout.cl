// Dropout in training.
//
// Operands
//   x  [C/16, N, P, 16]   input, or the gradient of the output; P pixels an image
//   y  [C/16, N, P, 16]   output, or the gradient of the input

// One of 2³² equally likely numbers for each counter, the same on every device: Philox 2×32 with ten rounds.
//
// Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
inline uint philox(uint2 counter, uint key)
{
    for (uint round = 0; round < 10; round++) {
        const uint high = mul_hi(0xD256D193u, counter.x);
        const uint low = 0xD256D193u * counter.x;
        counter = (uint2)(high ^ key ^ counter.y, low);
        key += 0x9E3779B9u;
    }
    return counter.x;
}

// dropout
//
//   y[n, p, c] = random(n, p, c) < threshold ? 0 : x[n, p, c] · scale
//
// The random number follows from the key of the layer and step, the image's place in the whole batch and the
// element's place in the image, not from how the batch is cut. `threshold` is rate · 2³², `scale` 1 / (1 − rate).
//
// Work:   groups = (N, C/16): a pixel a lane.
GROUP_OF(GROUP)
kernel void dropout(
    global const float *restrict x, global float *restrict y, uint images, uint first_image, uint pixels,
    uint channels, uint key, uint threshold, float scale)
{
    const uint n = get_group_id(0);
    const uint block = get_group_id(1);
    for (uint p = LANE; p < pixels; p += LANES)
        for (uint j = VECTOR * WIDTH; j < (VECTOR + 1) * WIDTH; j++) {
            const uint c = block * BLOCK + j;
            const size_t at = (((size_t)block * images + n) * pixels + p) * BLOCK + j;
            const bool drops = philox((uint2)(p * channels + c, first_image + n), key) < threshold;
            y[at] = drops || c >= channels ? 0.0f : x[at] * scale;
        }
}
