// Pointwise convolution whose output is averaged over each image at once: the output itself never goes to memory.
//
// Operands
//   x      [K/16, N, P, 16]   input, P pixels an image
//   w      [O/16, K, 16]      kernel, as in pointwise_conv2d.cl
//   scale  [O], shift [O]     what follows the product a channel
//   y      [O/16, N, 16]      means of the output
//   live   [O/16, N, P, 16]   −1 where the output is between low and high, so that a gradient passes, else 0;
//                             what pointwise_conv2d_pooled_backward_filter reads

// Pixels of the tile that is used beside TILE, so that few images have a rest: 49 = 4·6 + 5·5 = 3·14 + 7.
#if TILE >= 14
#define SMALL_TILE 7
#else
#define SMALL_TILE 5
#endif

// The outputs of `rows` pixels from `p` on, added to `total` in their order.
ALWAYS_INLINE float16 add_tile(
    global const float *in, size_t in_stride, global const float *panel, uint in_blocks, float16 scale, float16 shift,
    float low, float high, global char *live, uint p, const uint rows, float16 total)
{
    float16 sum[TILE];
    UNROLL for (uint r = 0; r < rows; r++) sum[r] = (float16)(0.0f);
    in += p * BLOCK;
    for (uint k = 0; k < in_blocks; k++) {
        UNROLL for (uint j = 0; j < BLOCK; j++) {
            const float16 row = vload16(j, panel);
            UNROLL for (uint r = 0; r < rows; r++)
                sum[r] = MULTIPLY_ADD((float16)(in[r * BLOCK + j]), row, sum[r]);
        }
        in += in_stride;
        panel += BLOCK * BLOCK;
    }
    UNROLL for (uint r = 0; r < rows; r++) {
        const float16 out = bounded(MULTIPLY_ADD(sum[r], scale, shift), low, high);
        vstore16(convert_char16(out > low && out < high), p + r, live);
        total += out;
    }
    return total;
}

// pointwise_conv2d_pooled_forward
//
//   y[n, o] = Σ_p clamp(scale[o] · Σ_k x[n, p, k] · w[k, o] + shift[o], low, high) / P
//
// Work:   global = (N, ⌈(O/16) / blocks_per_item⌉), local = (1, 1).
// Order:  k ascending, then p ascending, one accumulator each: the results are the bits of pointwise_conv2d_forward
//         and average_pooling2d_forward.
kernel void pointwise_conv2d_pooled_forward(
    global const float *restrict x, global const float *restrict w, global const float *restrict scale,
    global const float *restrict shift, global float *restrict y, global char *restrict live, uint pixels,
    uint in_blocks, uint out_blocks, uint blocks_per_item, float low, float high)
{
    const size_t n = get_global_id(0);
    const size_t images = get_global_size(0);
    const uint first_block = get_global_id(1) * blocks_per_item;
    const uint end_block = min(first_block + blocks_per_item, out_blocks);
    const size_t stride = images * pixels * BLOCK;
    global const float *in = x + n * pixels * BLOCK;

    // As few small tiles as leave whole large ones.
    uint small = 0;
    while (small * SMALL_TILE <= pixels && (pixels - small * SMALL_TILE) % TILE != 0) small++;
    if (small * SMALL_TILE > pixels) small = 0;
    const uint end_of_small = small * SMALL_TILE;

    for (uint o = first_block; o < end_block; o++) {
        global const float *panel = w + (size_t)o * in_blocks * BLOCK * BLOCK;
        global char *passes = live + (o * images + n) * pixels * BLOCK;
        const float16 s = vload16(o, scale);
        const float16 t = vload16(o, shift);
        float16 total = (float16)(0.0f);
        uint p = 0;
#define ADD_TILE(rows) total = add_tile(in, stride, panel, in_blocks, s, t, low, high, passes, p, rows, total)
        for (; p < end_of_small; p += SMALL_TILE) ADD_TILE(SMALL_TILE);
        for (; p + TILE <= pixels; p += TILE) ADD_TILE(TILE);
        for (; p < pixels; p++) ADD_TILE(1);
#undef ADD_TILE
        vstore16(total / (float)pixels, o * images + n, y);
    }
}
