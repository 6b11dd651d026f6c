// The gradient of the kernel of a pointwise convolution whose output is averaged over each image at once.
//
//   dw[k, o] = (accumulates ? dw[k, o] : 0) + scale[o] / P · Σ_n dy[n, o] · Σ_{p: passes[n, o, p]} x[n, p, k]
//
// All pixels of an image have the same gradient, or none, so that what is multiplied by it is a sum of some pixels. For every
// set of TABLE_PIXELS pixels that sum is in a table, made once an image and block of channels k, and looked up for each o:
// a fifth of the additions of a product. (The method of four Russians, for a product with a matrix of bits.)
//
// Operands
//   x, index, image_stride, block_stride   the input, as in pointwise_conv2d_pooled.cl
//   passes   [N, O/16, W, 16]   bits of passes.cl, as pointwise_conv2d_pooled_forward wrote them
//   dy       [O/16, N, 16]      gradient of an image's mean
//   scale    [O]                what follows the product a channel
//   own      [items, blocks_per_task·16 + W·tables·2^TABLE_PIXELS, IN_BLOCKS, 16]   each work-item's own memory
//   dw       [O/16, K, 16]      gradient of the kernel, in its layout; K rounded up to 16
//   trained  [T]                numbers of the blocks of output channels that are computed
//
// Work:   global = (any number), local = (1). A task is IN_BLOCKS blocks of k and blocks_per_task of the blocks of output
//         channels; work-items claim them one after another.
// Order:  within a table p ascending; ((t0 + t1) + (t2 + t3)) + t4 of a word's tables; words, then n ascending.

// Blocks of k for which a bit is looked at once; their tables fit the first cache.
#define IN_BLOCKS 2
#define SUBSETS (1 << TABLE_PIXELS)

// Arrays in arrays: where a place in one array is computed, the compiler computes several at once in a vector, which takes
// longer than what it saves.
typedef float16 sums_of_subset[IN_BLOCKS];
typedef sums_of_subset sum_table[SUBSETS];

// The tables of an image, of IN_BLOCKS blocks that are `stride` apart: element s of one is the sum of the pixels whose bits
// are set in s. Sets with pixels that are not in the image are left out: nobody asks for them.
NEVER_INLINE void fill_tables(
    global const float *restrict x, size_t stride, uint pixels, uint count, global sum_table *restrict tables)
{
    for (uint t = 0; t < count; t++) {
        for (uint b = 0; b < IN_BLOCKS; b++) tables[t][0][b] = (float16)(0.0f);
        const uint first = t * TABLE_PIXELS;
        for (uint p = 0; p < TABLE_PIXELS && first + p < pixels; p++)
            for (uint b = 0; b < IN_BLOCKS; b++) {
                const float16 value = load_block(first + p, x + b * stride);
                for (uint s = 0; s < 1u << p; s++) tables[t][s | 1u << p][b] = tables[t][s][b] + value;
            }
    }
}

// The sums of block `b` that the bits of a word ask for.
ALWAYS_INLINE float16 sum_of_word(global const sum_table *tables, uint bits, uint b, const uint count)
{
#define LOOKED_UP(t) tables[t][bits >> (t) * TABLE_PIXELS & SUBSETS - 1][b]
    float16 sum = LOOKED_UP(0);
    if (count > 1) sum += LOOKED_UP(1);
    if (count == 3) sum += LOOKED_UP(2);
    if (count > 3) sum += LOOKED_UP(2) + LOOKED_UP(3);
    if (count > 4) sum += LOOKED_UP(4);
    return sum;
#undef LOOKED_UP
}

#define IMAGE_PARAMETERS(restrict)                                                                               \
    global const sum_table *restrict tables, global const uint *restrict passes, global const float *restrict dy, \
        size_t dy_stride, global const uint *restrict trained, uint trained_blocks, uint words,                  \
        global const float *restrict next, size_t next_stride, uint pixels, global sums_of_subset *restrict sums

// Adds an image's share to the sums of `trained_blocks` blocks of output channels, 16 of each.
ALWAYS_INLINE void add_image(IMAGE_PARAMETERS(), const uint in_word)
{
    for (uint t = 0; t < trained_blocks; t++) {
        global sums_of_subset *of_block = sums + t * BLOCK;
        global const uint *bits = passes + (size_t)trained[t] * words * BLOCK;
        global const float *gradient = dy + trained[t] * dy_stride;
        // The next image's gradient and pixels.
        PREFETCH(gradient + BLOCK);
        const uint lines = IN_BLOCKS * pixels;
        for (uint i = t; i < lines; i += trained_blocks) PREFETCH_FAR(next + i / pixels * next_stride + i % pixels * BLOCK);
        for (uint o = 0; o < BLOCK; o++) {
            float16 sum[IN_BLOCKS];
            UNROLL for (uint b = 0; b < IN_BLOCKS; b++) sum[b] = (float16)(0.0f);
            for (uint w = 0; w < words; w++)
                UNROLL for (uint b = 0; b < IN_BLOCKS; b++)
                    sum[b] += sum_of_word(tables + w * in_word, bits[w * BLOCK + o], b, in_word);
            UNROLL for (uint b = 0; b < IN_BLOCKS; b++)
                of_block[o][b] = MULTIPLY_ADD((float16)(gradient[o]), sum[b], of_block[o][b]);
        }
    }
}

#define IMAGE(in_word)                                                                                           \
    NEVER_INLINE void add_image_##in_word(IMAGE_PARAMETERS(restrict))                                            \
    {                                                                                                            \
        add_image(                                                                                               \
            tables, passes, dy, dy_stride, trained, trained_blocks, words, next, next_stride, pixels, sums,      \
            in_word);                                                                                            \
    }
IMAGE(1) IMAGE(2) IMAGE(3) IMAGE(4) IMAGE(5)
#undef IMAGE

// A tile of dw, rows k and columns o, from the sums of its 16 output channels.
static inline void write_tile(
    global const sums_of_subset *sums, uint b, float16 scale, bool accumulates, global float *dw)
{
    for (uint k = 0; k < BLOCK; k++) {
        float row[BLOCK];
        for (uint o = 0; o < BLOCK; o++) row[o] = ((global const float *)&sums[o][b])[k];
        const float16 value = vload16(0, row) * scale;
        store_block(accumulates ? load_block(k, dw) + value : value, k, dw);
    }
}

kernel void pointwise_conv2d_pooled_backward_filter(
    global const float *restrict x, global const uint *restrict index, uint image_stride, uint block_stride,
    global const uint *restrict passes, global const float *restrict dy, global const float *restrict scale,
    global float *restrict own, global float *restrict dw, global const uint *restrict trained, uint images, uint pixels,
    uint in_blocks, uint out_blocks, uint trained_blocks, uint blocks_per_task, uint accumulates, global uint *claims)
{
    const uint words = words_of_image(pixels);
    const uint in_word = tables_of_word(pixels);
    const uint parts = parts_of(trained_blocks, blocks_per_task);
    global sums_of_subset *sums =
        (global sums_of_subset *)own + get_global_id(0) * (words * in_word * SUBSETS + blocks_per_task * BLOCK);
    global sum_table *tables = (global sum_table *)(sums + blocks_per_task * BLOCK);
    FOR_EACH_CLAIMED(task, parts_of(in_blocks, IN_BLOCKS) * parts, claims) {
        const uint k = task / parts * IN_BLOCKS;
        const uint count_in = min((uint)IN_BLOCKS, in_blocks - k);
        const uint first = task % parts * blocks_per_task;
        const uint count = min(blocks_per_task, trained_blocks - first);
        for (uint o = 0; o < count * BLOCK; o++)
            for (uint b = 0; b < IN_BLOCKS; b++) sums[o][b] = (float16)(0.0f);
        // A block that is missing is computed like the one before it, and not written.
        const size_t stride = count_in > 1 ? block_stride : 0;
        for (uint n = 0; n < images; n++) {
            fill_tables(
                x + (size_t)index[n] * image_stride + (size_t)k * block_stride, stride, pixels, words * in_word, tables);
            global const float *next = x + (size_t)index[min(n + 1, images - 1)] * image_stride + (size_t)k * block_stride;
#define IMAGE(in_word)                                                                                           \
    case in_word:                                                                                                \
        add_image_##in_word(                                                                                     \
            tables, passes + (size_t)n * out_blocks * words * BLOCK, dy + n * BLOCK, images * BLOCK, trained + first, \
            count, words, next, stride, pixels, sums);                                                           \
        break;
            switch (in_word) { IMAGE(1) IMAGE(2) IMAGE(3) IMAGE(4) IMAGE(5) }
#undef IMAGE
        }
        for (uint t = 0; t < count; t++) {
            const uint o = trained[first + t];
            for (uint b = 0; b < count_in; b++)
                write_tile(
                    sums + t * BLOCK, b, load_block(o, scale) / (float)pixels, accumulates,
                    dw + ((size_t)o * in_blocks + k + b) * BLOCK * BLOCK);
        }
    }
}
