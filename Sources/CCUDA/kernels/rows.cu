// SPDX-License-Identifier: Apache-2.0
// Softmax, its logarithm and the largest elements of the rows of `[rows, length]`, a block for each row.
#include "common.h"

__device__ inline float largest_of(const float *x, u32 length, float *scratch) {
    float best = x[0];
    for (u32 i = threadIdx.x; i < length; i += CC_BLOCK) best = larger(best, x[i]);
    return block_largest(best, scratch);
}

BLOCK_KERNEL(softmax)(u32 length, const float *x, int logarithm, float *out) {
    __shared__ float floats[CC_BLOCK];
    __shared__ double doubles[CC_BLOCK];
    x += (u64)blockIdx.x * length;
    out += (u64)blockIdx.x * length;
    float top = largest_of(x, length, floats);
    double part = 0;
    for (u32 i = threadIdx.x; i < length; i += CC_BLOCK) part += expf(x[i] - top);
    double total = block_sum(part, doubles);
    float divisor = (float)total, shift = (float)log(total);
    for (u32 i = threadIdx.x; i < length; i += CC_BLOCK)
        out[i] = logarithm ? x[i] - top - shift : expf(x[i] - top) / divisor;
}

BLOCK_KERNEL(softmax_pullback)(u32 length, const float *gradient, const float *output, int logarithm, float *out) {
    __shared__ double doubles[CC_BLOCK];
    gradient += (u64)blockIdx.x * length;
    output += (u64)blockIdx.x * length;
    out += (u64)blockIdx.x * length;
    double part = 0;
    for (u32 i = threadIdx.x; i < length; i += CC_BLOCK)
        part += logarithm ? (double)gradient[i] : (double)gradient[i] * (double)output[i];
    float total = (float)block_sum(part, doubles);
    for (u32 i = threadIdx.x; i < length; i += CC_BLOCK)
        out[i] = logarithm ? gradient[i] - expf(output[i]) * total : output[i] * (gradient[i] - total);
}

// NaN is larger than any number; of equal elements the first is larger.
__device__ inline bool comes_before(float a, u32 i, float b, u32 j) {
    if (a > b || (is_nan(a) && !is_nan(b))) return true;
    if (b > a || (is_nan(b) && !is_nan(a))) return false;
    return i < j;
}

// The `count` largest elements of each row, largest first: values may be null.
BLOCK_KERNEL(top)(u32 length, u32 count, const float *x, float *values, int *indices) {
    __shared__ float candidates[CC_BLOCK];
    __shared__ u32 positions[CC_BLOCK];
    x += (u64)blockIdx.x * length;
    float last = 0;
    u32 last_index = length;
    for (u32 rank = 0; rank < count; rank++) {
        // The first of those that come after the last one found; `length` where there is none.
        u32 best_index = length;
        float best = 0;
        for (u32 i = threadIdx.x; i < length; i += CC_BLOCK) {
            if (rank > 0 && !comes_before(last, last_index, x[i], i)) continue;
            if (best_index == length || comes_before(x[i], i, best, best_index)) {
                best = x[i];
                best_index = i;
            }
        }
        candidates[threadIdx.x] = best;
        positions[threadIdx.x] = best_index;
        __syncthreads();
        for (u32 half = CC_BLOCK / 2; half > 0; half /= 2) {
            u32 own = threadIdx.x, other = own + half;
            if (own < half && positions[other] != length
                && (positions[own] == length
                    || comes_before(candidates[other], positions[other], candidates[own], positions[own]))) {
                candidates[own] = candidates[other];
                positions[own] = positions[other];
            }
            __syncthreads();
        }
        last = candidates[0];
        last_index = positions[0];
        if (threadIdx.x == 0) {
            if (values) values[(u64)blockIdx.x * count + rank] = last;
            indices[(u64)blockIdx.x * count + rank] = (int)last_index;
        }
        __syncthreads();
    }
}
