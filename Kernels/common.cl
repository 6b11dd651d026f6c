// What every kernel shares.
//
// Activations are channel-blocked: element (n, h, w, c) of [N, H, W, C] stands at
//     (((c / 16 * N + n) * H + h) * W + w) * 16 + c % 16
// written [C/16, N, H, W, 16] below. The channels that fill the last block up are zero, and so are the
// weights that would carry them on. A value per channel (scale, shift, bias) is an array of C rounded up to 16.
//
// There are two families of kernels. For processors a work-item computes what keeps the multiply-add units busy from its
// registers, and is a work-group of its own. For GPUs neighbours in a work-group are neighbours in memory, and share what they
// read. cpu/ and gpu/ have what each does in a way of its own; the files beside this one are for both: a vector is WIDTH
// channels of a block, and of the GROUP work-items of a group item i has vector i % VECTORS of the pixel, or row, or whatever
// it is, that lane i / VECTORS is at. "Work" in their headers says how many groups there are; each has local = (GROUP, 1, …).
//
// Sums over lanes are formed in an order that the build options alone decide, in local memory and without atomics.
//
// Build options:
//   -D GROUP=1   work-items of a group: 1 for processors, a power of two from 4 on for GPUs
//   -D WIDTH=16  channels of a vector: a whole block for processors, 4 for GPUs
//   -D TILE=6    accumulators of 16 floats that fill the registers: 6 where there are 16 registers of 8 floats, 14 where there
//                are 32 of 16

#ifndef GROUP
#define GROUP 1
#endif
#ifndef WIDTH
#define WIDTH 16
#endif
#ifndef TILE
#define TILE 6
#endif

#define BLOCK 16

#define JOINED(name, width) name##width
#define OF_WIDTH(name, width) JOINED(name, width)
typedef OF_WIDTH(float, WIDTH) vector;
typedef OF_WIDTH(int, WIDTH) int_vector;
#define LOAD_ANYWHERE OF_WIDTH(vload, WIDTH)
#define LOAD_HALF OF_WIDTH(vload_half, WIDTH)
#define STORE_ANYWHERE OF_WIDTH(vstore, WIDTH)
// From and to an address that is a multiple of the vector's size: one access, where PoCL makes two or more of `vload16` and
// `vstore16`, and as many of a subtraction of what they loaded.
#define LOAD(at, p) (((global const vector *)(p))[at])
#define STORE(value, at, p) (((global vector *)(p))[at] = (value))

// Asks for the line of memory at `p`, which a processor reads soon; PREFETCH_FAR, later: to the second cache.
#if GROUP == 1 && (defined(__x86_64__) || defined(__aarch64__))
#define PREFETCH(p) __builtin_prefetch((const void *)(size_t)(p))
#define PREFETCH_FAR(p) __builtin_prefetch((const void *)(size_t)(p), 0, 2)
#else
#define PREFETCH(p)
#define PREFETCH_FAR(p)
#endif

#define VECTORS (BLOCK / WIDTH)
#define VECTOR ((uint)get_local_id(0) % VECTORS)
#define LANES (GROUP / VECTORS)
#define LANE ((uint)get_local_id(0) / VECTORS)

// In front of a kernel: the compiler may count on the work-group's size.
#define GROUP_OF(items) __attribute__((reqd_work_group_size(items, 1, 1)))

#if GROUP > 1
#define WAIT_FOR_GROUP barrier(CLK_LOCAL_MEM_FENCE)
#else
#define WAIT_FOR_GROUP
#endif

// Additions in one sum, before it is added to the sums before it: rounding grows with the terms of one sum.
#define RUN 64

// A fused multiply-add where it is one instruction, as the standard or the compiler of a processor says, else a
// multiplication and an addition.
#if defined(FP_FAST_FMAF) || defined(__FMA__)
#define MULTIPLY_ADD(a, b, c) fma((a), (b), (c))
#else
#define MULTIPLY_ADD(a, b, c) mad((a), (b), (c))
#endif

// max(low, min(x, high)), NaN where x is: as two instructions, where `clamp` takes four.
static inline vector bounded(vector x, float low, float high)
{
    const vector above = x < (vector)(low) ? (vector)(low) : x;
    return above > (vector)(high) ? (vector)(high) : above;
}

#define UNROLL _Pragma("unroll")

// For large functions that are called seldom: PoCL makes several copies of what is inlined in a kernel. Their parameters are
// `restrict` as the kernel's are; those of functions that are inlined are not, which Oclgrind does not understand.
#define NEVER_INLINE static __attribute__((noinline))

// For functions whose `const` parameters say how far a loop is unrolled.
#define ALWAYS_INLINE static inline __attribute__((always_inline))

// Outputs along one axis whose windows of `size` taps are inside an input of `extent`, from `inside_begin` up to
// `inside_end`; `margin` is what is missing before the input.
static inline uint inside_begin(uint margin, uint stride, uint outputs)
{
    return min((margin + stride - 1) / stride, outputs);
}

static inline uint inside_end(uint extent, uint margin, uint size, uint stride, uint outputs)
{
    const uint begin = inside_begin(margin, stride, outputs);
    return extent + margin < size ? begin : max(begin, min(outputs, (extent + margin - size) / stride + 1));
}

// Parts of at most `size` that `count` makes.
static inline uint parts_of(uint count, uint size) { return (count + size - 1) / size; }

// Σ of `value` over the lanes, for each vector: the upper half of the lanes is added to the lower, and so on. Every item of
// the group calls it, and gets the sum of its vector. `scratch` is GROUP vectors.
static inline vector sum_over_lanes(vector value, local vector *scratch)
{
    const uint item = get_local_id(0);
    scratch[item] = value;
    for (uint width = GROUP / 2; width >= VECTORS; width /= 2) {
        WAIT_FOR_GROUP;
        if (item < width) scratch[item] += scratch[item + width];
    }
    WAIT_FOR_GROUP;
    const vector sum = scratch[item % VECTORS];
    // Nobody writes to it again before all have read.
    WAIT_FOR_GROUP;
    return sum;
}

// The pixels of the run that this group takes, and the block of channels.
#define RUN_OF_GROUP                                                                                             \
    const size_t block = get_group_id(1);                                                                        \
    const uint first = get_group_id(0) * pixels_per_group;                                                       \
    const uint end = min(first + pixels_per_group, pixels)
