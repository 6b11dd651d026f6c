#pragma once
#include <png.h>
#include <setjmp.h>
#include <string.h>

// Why C: libpng leaves an error by longjmp, which must not cross a Swift frame. And why not libpng's
// simplified interface, which needs none of this: it applies gAMA, lays alpha over a background and rounds 16
// bits, where TensorFlow's decode_image takes the stored colours as they are.

// A PNG file in memory, and room for the reason why libpng gave it up.
typedef struct {
  const png_byte *bytes;
  size_t count;
  size_t position;
  char reason[96];
} cpng_source;

static inline void cpng_fail(png_structp png, png_const_charp reason) {
  cpng_source *source = (cpng_source *)png_get_error_ptr(png);
  strncpy(source->reason, reason, sizeof source->reason - 1);
  png_longjmp(png, 1);
}

static inline void cpng_ignore_warning(png_structp png, png_const_charp reason) {
  (void)png;
  (void)reason;
}

static inline void cpng_read(png_structp png, png_bytep target, size_t count) {
  cpng_source *source = (cpng_source *)png_get_io_ptr(png);
  if (count > source->count - source->position) png_error(png, "the file ends early");
  memcpy(target, source->bytes + source->position, count);
  source->position += count;
}

// What png_read_row then delivers: red, green, blue, eight bits each, whatever the file holds.
static inline void cpng_ask_for_rgb(png_structp png, png_infop info) {
  png_byte type = png_get_color_type(png, info);
  png_byte depth = png_get_bit_depth(png, info);
  if (depth == 16) png_set_strip_16(png);
  if (type == PNG_COLOR_TYPE_PALETTE) png_set_palette_to_rgb(png);
  if (type == PNG_COLOR_TYPE_GRAY && depth < 8) png_set_expand_gray_1_2_4_to_8(png);
  if (!(type & PNG_COLOR_MASK_COLOR)) png_set_gray_to_rgb(png);
  png_set_strip_alpha(png);
}

// Decodes a PNG of `width` by `height` pixels into `pixels`, which has room for 3 * width * height bytes.
//
// Returns 1; or 0 and the reason in `source`. Chunks other than those that make the image are not parsed.
static inline int cpng_decode_rgb(cpng_source *source, png_uint_32 width, png_uint_32 height,
                                  png_byte *pixels) {
  png_infop info = NULL;
  png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, source, cpng_fail, cpng_ignore_warning);
  if (png) info = png_create_info_struct(png);
  if (!info) {
    png_destroy_read_struct(&png, NULL, NULL);
    strncpy(source->reason, "out of memory", sizeof source->reason - 1);
    return 0;
  }
  if (setjmp(png_jmpbuf(png))) {
    png_destroy_read_struct(&png, &info, NULL);
    return 0;
  }
  png_set_read_fn(png, source, cpng_read);
  png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
  png_read_info(png, info);
  cpng_ask_for_rgb(png, info);
  int passes = png_set_interlace_handling(png);
  png_read_update_info(png, info);
  if (png_get_image_width(png, info) != width || png_get_image_height(png, info) != height ||
      png_get_rowbytes(png, info) != (size_t)width * 3)
    png_error(png, "the header contradicts itself");
  for (int pass = 0; pass < passes; pass++)
    for (png_uint_32 y = 0; y < height; y++) png_read_row(png, pixels + (size_t)y * width * 3, NULL);
  png_read_end(png, NULL);
  png_destroy_read_struct(&png, &info, NULL);
  return 1;
}
