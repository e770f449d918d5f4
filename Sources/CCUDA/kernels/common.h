// SPDX-License-Identifier: Apache-2.0
// What every module of CUDA kernels begins with.
#ifndef KERNELS_COMMON_H
#define KERNELS_COMMON_H

#include "../include/CCUDAArguments.h"

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef long long i64;

// A kernel whose threads do not know of each other, and one whose threads wait for each other. Scripts read these names.
#define KERNEL(NAME) extern "C" __global__ void NAME
#define BLOCK_KERNEL(NAME) extern "C" __global__ void NAME

// The number of this thread in the grid. Grids are so large that there is one thread or more for each element.
__device__ inline u32 thread_number() { return blockIdx.x * blockDim.x + threadIdx.x; }

// The offsets of an element of each operand.
template <int OPERANDS> __device__ inline void find_offsets(const cc_loop &loop, u32 index, i64 (&offsets)[OPERANDS]) {
    for (int i = 0; i < OPERANDS; i++) offsets[i] = 0;
    for (u32 axis = loop.rank - 1; axis > 0; axis--) {
        u32 rest = index / loop.lengths[axis], position = index - rest * loop.lengths[axis];
        for (int i = 0; i < OPERANDS; i++) offsets[i] += position * loop.strides[i][axis];
        index = rest;
    }
    for (int i = 0; i < OPERANDS; i++) offsets[i] += index * loop.strides[i][0];
}

__device__ inline bool is_nan(float x) { return x != x; }
__device__ inline bool is_nan(double x) { return x != x; }

// The upper sixteen bits of a float, rounded to nearest, ties to even.
struct bf16 {
    u16 bits;
};
__device__ inline float to_float(bf16 x) { return __uint_as_float((u32)x.bits << 16); }
__device__ inline bf16 to_bf16(float x) {
    u32 bits = __float_as_uint(x);
    bf16 result;
    result.bits = is_nan(x) ? (u16)((bits >> 16) | 0x40) : (u16)(((u64)bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    return result;
}

// The sum of a value of each thread of a block of CC_BLOCK threads, in every thread; in an order that does not change.
template <class T> __device__ inline T block_sum(T value, T *scratch) {
    scratch[threadIdx.x] = value;
    __syncthreads();
    for (int half = CC_BLOCK / 2; half > 0; half /= 2) {
        if ((int)threadIdx.x < half) scratch[threadIdx.x] += scratch[threadIdx.x + half];
        __syncthreads();
    }
    T total = scratch[0];
    __syncthreads();
    return total;
}

// The largest, where NaN wins.
template <class T> __device__ inline T larger(T a, T b) { return is_nan(a) ? a : is_nan(b) ? b : a > b ? a : b; }
template <class T> __device__ inline T block_largest(T value, T *scratch) {
    scratch[threadIdx.x] = value;
    __syncthreads();
    for (int half = CC_BLOCK / 2; half > 0; half /= 2) {
        if ((int)threadIdx.x < half) scratch[threadIdx.x] = larger(scratch[threadIdx.x], scratch[threadIdx.x + half]);
        __syncthreads();
    }
    T best = scratch[0];
    __syncthreads();
    return best;
}

// A long sum: few elements in float32, and those sums in float64.
struct LongSum {
    double total;
    float part;
    int count;

    __device__ LongSum() : total(0), part(0), count(0) {}
    __device__ void add(float x) {
        part += x;
        if (++count == 16) {
            total += part;
            part = 0;
            count = 0;
        }
    }
    __device__ double value() const { return total + part; }
};

#endif
