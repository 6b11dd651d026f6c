// sgd_update
//
//   w[i, c] = w[i, c] − learning_rate · dw[i, c]     where channel c is trained
//
//   w, dw  [C/16, R, 16]   a weight in its device layout: R rows of 16 output channels a block
//   mask   [C]             1 for a trained channel, 0 for a frozen one
//
// Work:   global = (⌈R / rows_per_item⌉, C/16), local = (1, 1).
kernel void sgd_update(
    global float *restrict w, global const float *restrict dw, global const float *restrict mask, uint rows,
    uint rows_per_item, float learning_rate)
{
    const uint first = get_global_id(0) * rows_per_item;
    const uint end = min(first + rows_per_item, rows);
    const size_t block = get_global_id(1);
    const float16 trained = vload16(block, mask);
    for (uint r = first; r < end; r++) {
        const size_t at = block * rows + r;
        const float16 value = vload16(at, w);
        vstore16(select(value, value - learning_rate * vload16(at, dw), trained != 0.0f), at, w);
    }
}
