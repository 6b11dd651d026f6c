// The gradient of a pointwise convolution's kernel: operands, work and order as in filter_gradients.cl.

kernel void pointwise_conv2d_backward_filter(
    global const float *restrict x, global const float *restrict dz, FILTER_PARAMETERS)
{
    BACKWARD_FILTER(PLAIN)
}

// pointwise_conv2d_filter_totals
//
//   dw[k, o] = (accumulates ? dw[k, o] : 0) + Σ_s partial[s, k, o],  o in block trained[t]
//
// Work:   global = (T, K/16), local = (1, 1): 16 rows of a block of output channels an item.
// Order:  s ascending.
kernel void pointwise_conv2d_filter_totals(
    global const float *restrict partial, global float *restrict dw, global const uint *restrict trained,
    uint in_blocks, uint out_blocks, uint parts, uint accumulates)
{
    const size_t first = ((size_t)trained[get_global_id(0)] * in_blocks + get_global_id(1)) * BLOCK;
    const size_t stride = (size_t)out_blocks * in_blocks * BLOCK;
    for (size_t row = first; row < first + BLOCK; row++) {
        float16 sum = (float16)(0.0f);
        for (uint s = 0; s < parts; s++) sum += load_block(s * stride + row, partial);
        store_block(accumulates ? load_block(row, dw) + sum : sum, row, dw);
    }
}
