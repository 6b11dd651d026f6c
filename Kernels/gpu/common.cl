// How forward kernels for GPUs read and write.
//
// Activations and the kernel of a product may be kept as half: a half is a float exactly, sums are formed in float all the
// same, and a result is rounded once, to the nearest half, ties to even. The kernel of a product may be read as an image of
// its memory, whose pixels are quads of channels.
//
// Build options, where an operand is kept otherwise than as floats in plain memory:
//   -D HALF_INPUT=1    x is half
//   -D HALF_OUTPUT=1   y is half
//   -D HALF_KERNEL=1   w of a product is half
//   -D IMAGE_KERNEL=1  w of a product is an image, of floats or of halves

#ifdef HALF_INPUT
#define INPUT half
#define LOAD_INPUT(at, p) vload_half4(at, p)
#else
#define INPUT float
#define LOAD_INPUT(at, p) vload4(at, p)
#endif

#ifdef HALF_OUTPUT
#define OUTPUT half
#define STORE_OUTPUT(value, at, p) vstore_half4_rte(value, at, p)
#else
#define OUTPUT float
#define STORE_OUTPUT(value, at, p) vstore4(value, at, p)
#endif

#if defined(IMAGE_KERNEL)
#define KERNEL_OPERAND read_only image1d_buffer_t
#define LOAD_KERNEL(at, w) read_imagef(w, (int)(at))
#elif defined(HALF_KERNEL)
#define KERNEL_OPERAND global const half *restrict
#define LOAD_KERNEL(at, w) vload_half4(at, w)
#else
#define KERNEL_OPERAND global const float *restrict
#define LOAD_KERNEL(at, w) vload4(at, w)
#endif
