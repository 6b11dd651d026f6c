// What the kernels for processors share that know of a pointwise convolution's output only where a gradient passes: a bit for
// each pixel, in W words for each image and output channel.
//
// The backward pass looks up the sum of TABLE_PIXELS pixels in a table, and of WORD_TABLES tables, at most, by the bits of a
// word.

#define TABLE_PIXELS 5
#define WORD_TABLES 5

static inline uint words_of_image(uint pixels) { return parts_of(pixels, TABLE_PIXELS * WORD_TABLES); }

// As many in each word.
static inline uint tables_of_word(uint pixels)
{
    return parts_of(parts_of(pixels, TABLE_PIXELS), words_of_image(pixels));
}
