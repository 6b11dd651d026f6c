// Channels repeated: what a depthwise convolution with a multiplier reads, so that each of its output channels has
// an input channel of its own.
//
// Operands
//   x  [C/16, P, 16]     input; P = N·H·W pixels
//   y  [C·M/16, P, 16]   output, M channels for each of x; d… is the gradient of the loss with respect to …

// Channels of this item's vector.
#define FOR_EACH_CHANNEL(j) for (uint j = VECTOR * WIDTH; j < (VECTOR + 1) * WIDTH; j++)

// repeat_channels_forward:        y[p, c·M + m] = x[p, c], zero from C·M on.
//
// Work:   groups = (⌈P / pixels_per_group⌉, C·M/16).
GROUP_OF(GROUP)
kernel void repeat_channels_forward(
    global const float *restrict x, global float *restrict y, uint pixels, uint pixels_per_group, uint channels,
    uint multiplier)
{
    RUN_OF_GROUP;
    for (uint p = first + LANE; p < end; p += LANES)
        FOR_EACH_CHANNEL(j) {
            const uint c = ((uint)block * BLOCK + j) / multiplier;
            const size_t from = ((size_t)(c / BLOCK) * pixels + p) * BLOCK + c % BLOCK;
            y[(block * pixels + p) * BLOCK + j] = c < channels ? x[from] : 0.0f;
        }
}

// repeat_channels_backward_data:  dx[p, c] = Σ_m dy[p, c·M + m], zero from C on.
//
// Work:   groups = (⌈P / pixels_per_group⌉, C/16).
// Order:  m ascending.
GROUP_OF(GROUP)
kernel void repeat_channels_backward_data(
    global const float *restrict dy, global float *restrict dx, uint pixels, uint pixels_per_group, uint channels,
    uint multiplier)
{
    RUN_OF_GROUP;
    for (uint p = first + LANE; p < end; p += LANES)
        FOR_EACH_CHANNEL(j) {
            const uint c = (uint)block * BLOCK + j;
            float sum = 0.0f;
            for (uint m = 0; m < multiplier && c < channels; m++) {
                const uint o = c * multiplier + m;
                sum += dy[((size_t)(o / BLOCK) * pixels + p) * BLOCK + o % BLOCK];
            }
            dx[(block * pixels + p) * BLOCK + j] = sum;
        }
}
