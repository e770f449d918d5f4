// SPDX-License-Identifier: Apache-2.0
// Sums and maxima over any axes. Each element of the result is computed by one block, or by several of which each takes a part
// of the elements; parts are added in their order. So two runs give the same bits.
#include "common.h"

struct Total {
    LongSum sum, squares;
    double best;

    __device__ Total() : best(-1.0 / 0.0) {}
    __device__ void add(int operation, float x, float center) {
        switch (operation) {
        case CC_SUM: sum.add(x); break;
        case CC_SUM_OF_SQUARES: sum.add(x * x); break;
        case CC_DEVIATIONS:
            sum.add(x - center);
            squares.add((x - center) * (x - center));
            break;
        case CC_LARGEST: best = larger(best, (double)x); break;
        case CC_NOT_FINITE: sum.add((__float_as_uint(x) & 0x7F800000) == 0x7F800000 ? 1 : 0); break;
        }
    }
};

// The mean was rounded; what that adds to the squares is subtracted.
__device__ inline float finished(int operation, double first, double second, double count, double divisor) {
    return (float)(operation == CC_LARGEST ? first
                   : operation == CC_DEVIATIONS ? (second - first * first / count) / divisor
                                                : first / divisor);
}

// Part blockIdx.y of the elements of result blockIdx.x. One loop is over the axes that are kept, of the result and of x; the
// other one over those of x that are reduced.
// Writes the result where `out` is given, else two numbers of the part into `parts` `[parts, 2, results]`.
BLOCK_KERNEL(reduce)(cc_loop kept, cc_loop reduced, u32 count, int operation, double divisor, const float *x,
                     const float *centers, double *parts, float *out) {
    __shared__ double scratch[CC_BLOCK];
    i64 start[2];
    find_offsets(kept, blockIdx.x, start);
    float center = centers ? centers[blockIdx.x] : 0;
    u32 first = (u32)((u64)count * blockIdx.y / gridDim.y), end = (u32)((u64)count * (blockIdx.y + 1) / gridDim.y);
    Total total;
    for (u32 index = first + threadIdx.x; index < end; index += CC_BLOCK) {
        i64 offsets[1];
        find_offsets(reduced, index, offsets);
        total.add(operation, x[start[1] + offsets[0]], center);
    }
    double one = operation == CC_LARGEST ? block_largest(total.best, scratch) : block_sum(total.sum.value(), scratch);
    double two = operation == CC_DEVIATIONS ? block_sum(total.squares.value(), scratch) : 0;
    if (threadIdx.x != 0) return;
    if (out) out[blockIdx.x] = finished(operation, one, two, count, divisor);
    else {
        parts[(u64)blockIdx.y * 2 * gridDim.x + blockIdx.x] = one;
        parts[((u64)blockIdx.y * 2 + 1) * gridDim.x + blockIdx.x] = two;
    }
}

// The same for few elements each: a thread for each result.
KERNEL(reduce_few)(cc_loop kept, cc_loop reduced, u32 results, u32 count, int operation, double divisor, const float *x,
                   const float *centers, float *out) {
    u32 result = thread_number();
    if (result >= results) return;
    i64 start[2];
    find_offsets(kept, result, start);
    float center = centers ? centers[result] : 0;
    Total total;
    for (u32 index = 0; index < count; index++) {
        i64 offsets[1];
        find_offsets(reduced, index, offsets);
        total.add(operation, x[start[1] + offsets[0]], center);
    }
    out[result] = finished(operation, operation == CC_LARGEST ? total.best : total.sum.value(), total.squares.value(), count,
                           divisor);
}

// Puts the parts together. `totals` gets the unrounded sums, where it is given.
KERNEL(reduce_parts)(u32 results, u32 parts, u32 count, int operation, double divisor, const double *numbers, float *out,
                     double *totals) {
    u32 result = thread_number();
    if (result >= results) return;
    double one = operation == CC_LARGEST ? numbers[result] : 0, two = 0;
    for (u32 part = 0; part < parts; part++) {
        double number = numbers[(u64)part * 2 * results + result];
        one = operation == CC_LARGEST ? larger(one, number) : one + number;
        two += numbers[((u64)part * 2 + 1) * results + result];
    }
    if (totals) totals[result] = one;
    else out[result] = finished(operation, one, two, count, divisor);
}
