// SPDX-License-Identifier: Apache-2.0
// Copies in another order, conversions, comparisons, and rows by index. Operand 0 of a loop is the result.
#include "common.h"

template <class T> __device__ inline void copy_of(const cc_loop &loop, u32 count, const T *x, T *out) {
    u32 index = thread_number();
    if (index >= count) return;
    i64 offsets[2];
    find_offsets(loop, index, offsets);
    out[offsets[0]] = x[offsets[1]];
}
KERNEL(copy_1)(cc_loop loop, u32 count, const u8 *x, u8 *out) { copy_of(loop, count, x, out); }
KERNEL(copy_2)(cc_loop loop, u32 count, const u16 *x, u16 *out) { copy_of(loop, count, x, out); }
KERNEL(copy_4)(cc_loop loop, u32 count, const u32 *x, u32 *out) { copy_of(loop, count, x, out); }

KERNEL(fill_1)(u32 count, u32 bits, u8 *out) {
    u32 i = thread_number();
    if (i < count) out[i] = (u8)bits;
}
KERNEL(fill_2)(u32 count, u32 bits, u16 *out) {
    u32 i = thread_number();
    if (i < count) out[i] = (u16)bits;
}
KERNEL(fill_4)(u32 count, u32 bits, u32 *out) {
    u32 i = thread_number();
    if (i < count) out[i] = bits;
}

__device__ inline double number_at(int type, const void *x, i64 offset) {
    switch (type) {
    case CC_FLOAT32: return ((const float *)x)[offset];
    case CC_BFLOAT16: return to_float(((const bf16 *)x)[offset]);
    case CC_INT32: return ((const int *)x)[offset];
    default: return ((const u8 *)x)[offset];
    }
}

// Integers round towards zero and stay within their range; NaN becomes 0.
KERNEL(convert)(cc_loop loop, u32 count, int from, int to, const void *x, void *out) {
    u32 index = thread_number();
    if (index >= count) return;
    i64 offsets[2];
    find_offsets(loop, index, offsets);
    double value = number_at(from, x, offsets[1]);
    switch (to) {
    case CC_FLOAT32: ((float *)out)[offsets[0]] = (float)value; break;
    case CC_BFLOAT16: ((bf16 *)out)[offsets[0]] = to_bf16((float)value); break;
    case CC_INT32:
        ((int *)out)[offsets[0]] =
            is_nan(value) ? 0 : value <= -2147483648.0 ? -2147483647 - 1 : value >= 2147483647.0 ? 2147483647 : (int)value;
        break;
    default: ((u8 *)out)[offsets[0]] = is_nan(value) || value <= 0 ? 0 : value >= 255 ? 255 : (u8)value; break;
    }
}

__device__ inline bool compare_of(int comparison, double x, double y) {
    switch (comparison) {
    case CC_EQUAL: return x == y;
    case CC_NOT_EQUAL: return x != y;
    case CC_LESS: return x < y;
    case CC_GREATER: return x > y;
    case CC_LESS_OR_EQUAL: return x <= y;
    case CC_GREATER_OR_EQUAL: return x >= y;
    default: return x == y || (is_nan(x) && is_nan(y));  // CC_SAME
    }
}

KERNEL(compare)(cc_loop loop, u32 count, int comparison, int type, const void *x, const void *y, u8 *out) {
    u32 index = thread_number();
    if (index >= count) return;
    i64 offsets[3];
    find_offsets(loop, index, offsets);
    out[offsets[0]] = compare_of(comparison, number_at(type, x, offsets[1]), number_at(type, y, offsets[2]));
}

KERNEL(compare_number)(cc_loop loop, u32 count, int comparison, int type, double number, const void *x, u8 *out) {
    u32 index = thread_number();
    if (index >= count) return;
    i64 offsets[2];
    find_offsets(loop, index, offsets);
    out[offsets[0]] = compare_of(comparison, number_at(type, x, offsets[1]), number);
}

// Rows `[N, …]` in the order of the indices: out `[M, …]`, without gaps. The loop is over the `width` elements of a row; `row`
// is the distance of rows of x.
template <class T>
__device__ inline void gather_of(const cc_loop &loop, u32 count, u32 width, i64 row, const int *indices, const T *x, T *out) {
    u32 index = thread_number();
    if (index >= count) return;
    i64 offsets[2];
    find_offsets(loop, index % width, offsets);
    out[(u64)(index / width) * width + offsets[0]] = x[indices[index / width] * row + offsets[1]];
}
KERNEL(gather_1)(cc_loop loop, u32 count, u32 width, i64 row, const int *indices, const u8 *x, u8 *out) {
    gather_of(loop, count, width, row, indices, x, out);
}
KERNEL(gather_2)(cc_loop loop, u32 count, u32 width, i64 row, const int *indices, const u16 *x, u16 *out) {
    gather_of(loop, count, width, row, indices, x, out);
}
KERNEL(gather_4)(cc_loop loop, u32 count, u32 width, i64 row, const int *indices, const u32 *x, u32 *out) {
    gather_of(loop, count, width, row, indices, x, out);
}

// out[r, c] = Σ x[i, c] over the rows i whose index is r, in their order; x is `[rows, width]`.
KERNEL(scatter_rows)(u32 count, u32 width, u32 rows, const int *indices, const float *x, float *out) {
    u32 index = thread_number();
    if (index >= count) return;
    u32 row = index / width, column = index % width;
    float total = 0;
    for (u32 i = 0; i < rows; i++)
        if ((u32)indices[i] == row) total += x[(u64)i * width + column];
    out[index] = total;
}

// Values `[rows, count]` to their indices in rows of zeros `[rows, length]`, which `out` holds before.
KERNEL(scatter_along_rows)(u32 count, u32 per_row, u32 length, const int *indices, const float *values, float *out) {
    u32 index = thread_number();
    if (index < count) out[(u64)(index / per_row) * length + indices[index]] = values[index];
}
