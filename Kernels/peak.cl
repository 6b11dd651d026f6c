// peak_multiply_add
//
//   y[i, j] = Σ of TILE chains of `repetitions` multiply-adds, none of which waits for another's
//
// What the device can do at the most: nothing but multiply-adds on as many registers as a tile of the other kernels
// takes. TILE · 16 · repetitions of them an item.
//
//   y  [items, 16]
//
// Work:   groups = (any number): a group is GROUP items.
kernel void peak_multiply_add(global float *restrict y, uint repetitions, float factor)
{
    float16 sum[TILE];
    UNROLL for (uint i = 0; i < TILE; i++) sum[i] = (float16)((float)(get_global_id(0) + i));
    for (uint r = 0; r < repetitions; r++) {
        UNROLL for (uint i = 0; i < TILE; i++) sum[i] = MULTIPLY_ADD(sum[i], (float16)(factor), (float16)(1.0f));
    }
    float16 total = (float16)(0.0f);
    UNROLL for (uint i = 0; i < TILE; i++) total += sum[i];
    vstore16(total, get_global_id(0), y);
}
