// Pointwise convolution, and Dense as the case of one pixel an image.
//
// Operands
//   x      [K/16, P, 16]   input; P = N·H·W pixels
//   w      [O/16, K, 16]   kernel: w[o/16][k][o%16] = Keras's kernel[0, 0, k, o]; K rounded up to 16
//   scale  [O], shift [O]  what follows the product a channel: batch-norm in inference mode, or 1 and the bias
//   rows   [items, pixels_per_task, row]   each work-item's own memory; a row above K keeps the pixels of a tile in
//                          different sets of the first cache
//   y      [O/16, P, 16]   output; d… is the gradient of the loss with respect to …

// pointwise_conv2d_forward
//
//   y[p, o] = clamp(scale[o] · Σ_k x[p, k] · w[k, o] + shift[o], low, high)
//
// Work:   global = (any number), local = (1). A task is pixels_per_task pixels of blocks_per_task blocks of output
//         channels; work-items claim them one after another. The pixels are brought to rows; then, some blocks at
//         a time, the output is computed tile by tile, so that the panels of w are read from memory once and
//         then from the cache.
// Order:  k ascending, one accumulator an output.
kernel void pointwise_conv2d_forward(global const float *restrict x, PRODUCT_PARAMETERS, global uint *claims)
{
#define READ_WHEN_DONE(o, blocks) NOTHING_AHEAD
#define DONE(o, blocks)
    PRODUCT(BRING_X)
#undef DONE
#undef READ_WHEN_DONE
}

// pointwise_conv2d_transpose
//
//   wt[k/16][o][k%16] = w[o/16][k][o%16]
//
// The kernel as the gradient of the input reads it: dx = pointwise_conv2d_forward(dz, wt).
//
// Work:   global = (K/16, O/16), local = (1, 1).
kernel void pointwise_conv2d_transpose(
    global const float *restrict w, global float *restrict wt, uint in_blocks, uint out_blocks)
{
    const uint k = get_global_id(0);
    const uint o = get_global_id(1);
    global const float *in = w + ((size_t)o * in_blocks + k) * BLOCK * BLOCK;
    global float *out = wt + ((size_t)k * out_blocks + o) * BLOCK * BLOCK;
    for (uint j = 0; j < BLOCK; j++)
        for (uint i = 0; i < BLOCK; i++) out[i * BLOCK + j] = in[j * BLOCK + i];
}
