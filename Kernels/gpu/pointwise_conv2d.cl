// Pointwise convolution, and Dense as the case of one pixel an image.
//
// Operands
//   x      [K/16, P, 16]   input; P = N·H·W pixels
//   w      [O/16, K, 16]   kernel: w[o/16][k][o%16] = Keras's kernel[0, 0, k, o]; K rounded up to 16
//   scale  [O], shift [O]  what follows the product a channel: batch-norm in inference mode, or 1 and the bias
//   y      [O/16, P, 16]   output; d… is the gradient of the loss with respect to …
// In the forward pass x, w and y may be half, and w an image: see gpu/common.cl.
//
// Build options:
//   -D PRODUCT_PIXELS=64, PRODUCT_CHANNELS=64       what a work-group computes; channels in whole blocks
//   -D PRODUCT_ITEM_PIXELS=4, PRODUCT_ITEM_QUADS=1  what a work-item computes of it: pixels, and quads of channels
//   -D PRODUCT_BLOCKS=1                             blocks of input channels in local memory at a time

#ifndef PRODUCT_PIXELS
#define PRODUCT_PIXELS 64
#define PRODUCT_CHANNELS 64
#define PRODUCT_ITEM_PIXELS 4
#define PRODUCT_ITEM_QUADS 1
#define PRODUCT_BLOCKS 1
#endif

// Pixels of a group stand PIXEL_ITEMS apart in an item, quads QUAD_ITEMS: neighbours in the group read and write neighbours.
#define GROUP_BLOCKS (PRODUCT_CHANNELS / BLOCK)
#define GROUP_QUADS (PRODUCT_CHANNELS / 4)
#define PIXEL_ITEMS (PRODUCT_PIXELS / PRODUCT_ITEM_PIXELS)
#define QUAD_ITEMS (GROUP_QUADS / PRODUCT_ITEM_QUADS)
#define PRODUCT_ITEMS (PIXEL_ITEMS * QUAD_ITEMS)

// pointwise_conv2d_forward
//
//   y[p, o] = clamp(scale[o] · Σ_k x[p, k] · w[k, o] + shift[o], low, high)
//
// Work:   groups = (⌈P / PRODUCT_PIXELS⌉, ⌈O / PRODUCT_CHANNELS⌉), local = (PRODUCT_ITEMS, 1). A group brings
//         PRODUCT_BLOCKS blocks of input channels of its pixels and of the kernel to local memory, and each item multiplies
//         from there; then the next. What is beyond the pixels or channels is zero there.
// Order:  k ascending, one accumulator an output, whatever the build options are.
GROUP_OF(PRODUCT_ITEMS)
kernel void pointwise_conv2d_forward(
    global const INPUT *restrict x, KERNEL_OPERAND w, global const float *restrict scale,
    global const float *restrict shift, global OUTPUT *restrict y, uint pixels, uint in_blocks, uint out_blocks,
    float low, float high)
{
    local float4 xs[PRODUCT_BLOCKS * PRODUCT_PIXELS * VECTORS];       // [block][pixel][quad of k]
    local float4 ws[PRODUCT_BLOCKS * BLOCK * GROUP_QUADS];          // [k][quad of o]
    const uint item = get_local_id(0);
    const uint pixel = item / QUAD_ITEMS;
    const uint quad = item % QUAD_ITEMS;
    const uint first_pixel = get_group_id(0) * PRODUCT_PIXELS;
    const uint first_block = get_group_id(1) * GROUP_BLOCKS;

    float4 sum[PRODUCT_ITEM_PIXELS][PRODUCT_ITEM_QUADS];
    UNROLL for (uint r = 0; r < PRODUCT_ITEM_PIXELS; r++)
        UNROLL for (uint q = 0; q < PRODUCT_ITEM_QUADS; q++) sum[r][q] = (float4)(0.0f);

    for (uint k = 0; k < in_blocks; k += PRODUCT_BLOCKS) {
        const uint depth = min((uint)PRODUCT_BLOCKS, in_blocks - k);
        for (uint i = item; i < depth * PRODUCT_PIXELS * VECTORS; i += PRODUCT_ITEMS) {
            const uint p = first_pixel + i / VECTORS % PRODUCT_PIXELS;
            const size_t at = ((size_t)(k + i / (VECTORS * PRODUCT_PIXELS)) * pixels + p) * VECTORS + i % VECTORS;
            xs[i] = p < pixels ? LOAD_INPUT(at, x) : (float4)(0.0f);
        }
        for (uint i = item; i < PRODUCT_BLOCKS * BLOCK * GROUP_QUADS; i += PRODUCT_ITEMS) {
            // In the order in which they lie in memory: [block of o][k][quad].
            const uint row = i / VECTORS % (PRODUCT_BLOCKS * BLOCK);
            const uint o = i / (VECTORS * PRODUCT_BLOCKS * BLOCK);
            if (row >= depth * BLOCK) continue;
            const size_t at = (((size_t)(first_block + o) * in_blocks + k) * BLOCK + row) * VECTORS + i % VECTORS;
            ws[row * GROUP_QUADS + o * VECTORS + i % VECTORS] =
                first_block + o < out_blocks ? LOAD_KERNEL(at, w) : (float4)(0.0f);
        }
        barrier(CLK_LOCAL_MEM_FENCE);
        for (uint four = 0; four < depth * VECTORS; four++) {
            float4 rows[4][PRODUCT_ITEM_QUADS];
            UNROLL for (uint j = 0; j < 4; j++)
                UNROLL for (uint q = 0; q < PRODUCT_ITEM_QUADS; q++)
                    rows[j][q] = ws[(four * 4 + j) * GROUP_QUADS + quad + q * QUAD_ITEMS];
            local const float4 *in = xs + (four / VECTORS * PRODUCT_PIXELS + pixel) * VECTORS + four % VECTORS;
            UNROLL for (uint r = 0; r < PRODUCT_ITEM_PIXELS; r++) {
                const float4 v = in[r * PIXEL_ITEMS * VECTORS];
                UNROLL for (uint q = 0; q < PRODUCT_ITEM_QUADS; q++) {
                    sum[r][q] = MULTIPLY_ADD((float4)(v.s0), rows[0][q], sum[r][q]);
                    sum[r][q] = MULTIPLY_ADD((float4)(v.s1), rows[1][q], sum[r][q]);
                    sum[r][q] = MULTIPLY_ADD((float4)(v.s2), rows[2][q], sum[r][q]);
                    sum[r][q] = MULTIPLY_ADD((float4)(v.s3), rows[3][q], sum[r][q]);
                }
            }
        }
        barrier(CLK_LOCAL_MEM_FENCE);
    }

    UNROLL for (uint q = 0; q < PRODUCT_ITEM_QUADS; q++) {
        const uint at = quad + q * QUAD_ITEMS;
        const size_t o = first_block + at / VECTORS;
        if (o >= out_blocks) continue;
        const float4 s = vload4(o * VECTORS + at % VECTORS, scale);
        const float4 t = vload4(o * VECTORS + at % VECTORS, shift);
        UNROLL for (uint r = 0; r < PRODUCT_ITEM_PIXELS; r++) {
            const uint p = first_pixel + pixel + r * PIXEL_ITEMS;
            if (p < pixels)
                STORE_OUTPUT(
                    bounded(MULTIPLY_ADD(sum[r][q], s, t), low, high), (o * pixels + p) * VECTORS + at % VECTORS, y);
        }
    }
}

// pointwise_conv2d_transpose
//
//   wt[k/16][o][k%16] = w[o/16][k][o%16]
//
// The kernel as the gradient of the input reads it: dx = pointwise_conv2d_forward(dz, wt).
//
// Work:   groups = (K/16, O/16), local = (GROUP, 1): an element an item.
GROUP_OF(GROUP)
kernel void pointwise_conv2d_transpose(
    global const float *restrict w, global float *restrict wt, uint in_blocks, uint out_blocks)
{
    const size_t k = get_group_id(0);
    const size_t o = get_group_id(1);
    global const float *in = w + (o * in_blocks + k) * BLOCK * BLOCK;
    global float *out = wt + (k * out_blocks + o) * BLOCK * BLOCK;
    for (uint i = get_local_id(0); i < BLOCK * BLOCK; i += GROUP) out[i] = in[i % BLOCK * BLOCK + i / BLOCK];
}
