// What the kernels for GPUs share, beside common.cl.
//
// They read and write the same memory in the same layouts as the kernels of the same names for processors. Where one of
// those is one work-item, here is a work-group of GROUP of them: item i holds quad i % 4, four channels of a block as one
// `float4`, of the pixel that lane i / 4 is at. So neighbours in a group are neighbours in memory, and a value per channel
// is loaded once by an item. "Work" in the headers says how many groups there are; each has local = (GROUP, 1, …).
//
// Sums over lanes are formed in an order that the build options alone decide, in local memory and without atomics.
//
// Build options:
//   -D GROUP=64   work-items of a group: a power of two from 4 on

#ifndef GROUP
#define GROUP 64
#endif

// Vectors of four channels in a block.
#define QUADS 4
#define LANES (GROUP / QUADS)
#define LANE ((uint)get_local_id(0) / QUADS)
#define QUAD ((uint)get_local_id(0) % QUADS)

// In front of a kernel: the compiler may count on the work-group's size.
#define GROUP_OF(items) __attribute__((reqd_work_group_size(items, 1, 1)))

// Additions in one sum, before it is added to the sums before it: rounding grows with the terms of one sum.
#define RUN 64

// max(low, min(x, high)), NaN where x is.
static inline float4 bounded4(float4 x, float low, float high)
{
    const float4 above = x < (float4)(low) ? (float4)(low) : x;
    return above > (float4)(high) ? (float4)(high) : above;
}

// Σ of `value` over the lanes, for each quad: the upper half of the lanes is added to the lower, and so on. Every item of
// the group calls it, and gets the sum of its quad. `scratch` is GROUP vectors.
static inline float4 sum_over_lanes(float4 value, local float4 *scratch)
{
    const uint item = get_local_id(0);
    scratch[item] = value;
    for (uint width = GROUP / 2; width >= QUADS; width /= 2) {
        barrier(CLK_LOCAL_MEM_FENCE);
        if (item < width) scratch[item] += scratch[item + width];
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    const float4 sum = scratch[item % QUADS];
    // Nobody writes to it again before all have read.
    barrier(CLK_LOCAL_MEM_FENCE);
    return sum;
}

// The pixels of the run that this group takes, and the block of channels.
#define RUN_OF_GROUP                                                                                             \
    const size_t block = get_group_id(1);                                                                        \
    const uint first = get_group_id(0) * pixels_per_group;                                                       \
    const uint end = min(first + pixels_per_group, pixels)
