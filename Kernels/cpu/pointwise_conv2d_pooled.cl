// Pointwise convolution whose output is averaged over each image at once: the output itself never goes to memory.
//
// Operands
//   x       [R, K/16, P, 16]   input, P pixels an image, of many images: these and their blocks of channels are image_stride
//                              and block_stride floats apart, as in a batch or in records
//   index   [N]                where among them each image of the batch is
//   w       [O/16, K, 16]      kernel, as in pointwise_conv2d.cl
//   scale   [O], shift [O]     what follows the product a channel
//   rows    [items, P, row]    each work-item's own memory; a row above K keeps the pixels of a tile in different sets of
//                              the first cache
//   y       [O/16, N, 16]      means of the output
//   passes  [N, O/16, W, 16]   bits of passes.cl: where the output is between low and high

// Pixels of a tile that is used beside those of TILE_PIXELS, so that few images have a rest: 49 = 5·9 + 4 = 4·6 + 5·5.
#if TILE >= 14
#define SMALL_TILE 4
#else
#define SMALL_TILE 5
#endif

// Writes the bits of `count` pixels from `first` on, which follow those that are written already; no more than two words
// have them.
static inline void write_bits(uint16 bits, uint first, uint count, uint in_word, global uint16 *words)
{
    const uint word = first / in_word;
    const uint at = first % in_word;
    const uint16 here = bits << at & (1u << in_word) - 1;
    words[word] = at > 0 ? words[word] | here : here;
    if (at + count > in_word) words[word + 1] = bits >> in_word - at;
}

// The outputs of `pixels` pixels from `p` on in `blocks` blocks of channels, added to `total` in their order. Of the blocks,
// the parts of `passes` are `words` apart, with the bits of `in_word` pixels in each.
ALWAYS_INLINE void add_tile(
    global const float *rows, size_t row, global const float *w, lines_of_tile ahead, uint depth,
    global const float *scale, global const float *shift, float low, float high, global uint16 *passes, uint words,
    uint in_word, uint p, const uint pixels, const uint blocks, float16 *total)
{
    float16 sum[TILE_BLOCKS][TILE_PIXELS];
    product_of_rows(
        rows + p * row, row, w, ahead, depth, pixels, blocks, sum);
    UNROLL for (uint b = 0; b < blocks; b++) {
        const float16 s = load_block(b, scale);
        const float16 t = load_block(b, shift);
        uint16 bits = (uint16)(0);
        UNROLL for (uint r = 0; r < pixels; r++) {
            const float16 out = bounded(MULTIPLY_ADD(sum[b][r], s, t), low, high);
            bits |= as_uint16(out > low && out < high) & 1u << r;
            total[b] += out;
        }
        write_bits(bits, p, pixels, in_word, passes + b * words);
    }
}

// As few small tiles as leave whole large ones, in pixels.
static inline uint pixels_of_small_tiles(uint pixels)
{
    for (uint small = 0; small <= pixels; small += SMALL_TILE)
        if ((pixels - small) % TILE_PIXELS == 0) return small;
    return 0;
}

#define POOLED_PARAMETERS(restrict)                                                                              \
    global const float *restrict rows, size_t row, global const float *restrict w,                               \
        lines_ahead *ahead, uint depth, global const float *restrict scale, global const float *restrict shift,  \
        float low, float high, global uint16 *restrict passes, uint pixels,                                      \
        global float *restrict y, size_t y_stride

// The means of `blocks` blocks of channels over the pixels of one image.
ALWAYS_INLINE void pooled_panel(POOLED_PARAMETERS(), const uint blocks)
{
    float16 total[TILE_BLOCKS];
    UNROLL for (uint b = 0; b < blocks; b++) total[b] = (float16)(0.0f);
    const uint words = words_of_image(pixels);
    const uint in_word = tables_of_word(pixels) * TABLE_PIXELS;
    uint p = 0;
#define ADD_TILE(count)                                                                                          \
    add_tile(                                                                                                    \
        rows, row, w, take_lines(ahead, depth, w), depth, scale, shift, low, high, passes, words, in_word, p, count, \
        blocks, total)
    const uint end_of_small = pixels_of_small_tiles(pixels);
    for (; p < end_of_small; p += SMALL_TILE) ADD_TILE(SMALL_TILE);
    for (; p + TILE_PIXELS <= pixels; p += TILE_PIXELS) ADD_TILE(TILE_PIXELS);
    for (; p < pixels; p++) ADD_TILE(1);
#undef ADD_TILE
    UNROLL for (uint b = 0; b < blocks; b++) store_block(total[b] / (float)pixels, 0, y + b * y_stride);
}

#define PANEL(blocks)                                                                                            \
    NEVER_INLINE void pooled_panel_##blocks(POOLED_PARAMETERS(restrict))                                         \
    {                                                                                                            \
        pooled_panel(                                                                                            \
            rows, row, w, ahead, depth, scale, shift, low, high, passes, pixels, y, y_stride, blocks);           \
    }
FOR_EACH_NUMBER_OF_BLOCKS(PANEL)
#undef PANEL

// pointwise_conv2d_pooled_forward
//
//   y[n, o] = Σ_p clamp(scale[o] · Σ_k x[n, p, k] · w[k, o] + shift[o], low, high) / P
//
// Work:   global = (any number), local = (1). A task is blocks_per_task blocks of output channels of an image; work-items
//         claim them one after another.
// Order:  k ascending, then p ascending, one accumulator each: the results are the bits of pointwise_conv2d_forward
//         and average_pooling2d_forward.
kernel void pointwise_conv2d_pooled_forward(
    global const float *restrict x, global const uint *restrict index, uint image_stride, uint block_stride,
    global const float *restrict w, global const float *restrict scale, global const float *restrict shift,
    global float *restrict rows, global float *restrict y, global uint *restrict passes, uint row, uint images, uint pixels,
    uint in_blocks, uint out_blocks, uint blocks_per_task, float low, float high, global uint *claims)
{
    const uint depth = in_blocks * BLOCK;
    const uint parts = parts_of(out_blocks, blocks_per_task);
    const uint words = words_of_image(pixels);
    rows += get_global_id(0) * pixels * row;
    FOR_EACH_CLAIMED(task, images * parts, claims) {
        const size_t n = task / parts;
        const uint first_block = task % parts * blocks_per_task;
        uint o = first_block;
        const uint end_block = min(first_block + blocks_per_task, out_blocks);
        bring_rows(x + (size_t)index[n] * image_stride, block_stride, in_blocks, pixels, rows, row);
#define POOLED_BLOCKS(blocks)                                                                                    \
    {                                                                                                            \
        lines_ahead ahead[AHEAD] = {NOTHING_AHEAD, panel_after(w, depth, o, blocks, first_block, end_block)};    \
        pooled_panel_##blocks(                                                                                   \
            rows, row, w + (size_t)o * depth * BLOCK, ahead, depth, scale + o * BLOCK, shift + o * BLOCK, low, high, \
            (global uint16 *)passes + (n * out_blocks + o) * words, pixels, y + (o * images + n) * BLOCK,        \
            images * BLOCK);                                                                                     \
    }
        FOR_EACH_TILE_OF_BLOCKS(o, end_block, POOLED_BLOCKS)
#undef POOLED_BLOCKS
    }
}
