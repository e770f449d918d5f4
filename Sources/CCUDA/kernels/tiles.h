// SPDX-License-Identifier: Apache-2.0
// Matrix products in tiles: C[m, n] = Σ_k A[m, k] B[n, k], where A and B are matrices, or what takes their role.
#ifndef KERNELS_TILES_H
#define KERNELS_TILES_H

#include "common.h"

// A loader holds the elements of a factor that its thread loads at each step along k. It has `load(k, end)`, which gives 0 for
// k from `end` on and outside the factor, and `store(tile)`. Threads that lie side by side load neighbours in memory: along k
// where the factor is *deep*, else along its rows.
template <int TILE> struct Share {
    static const int EACH = TILE * CC_TILE_DEPTH / CC_TILE_THREADS;
    // Rows of shared memory are longer than a tile, so that threads that write along k meet in fewer banks.
    static const int WIDTH = TILE + 4;

    __device__ static int row(bool deep, int i) {
        return deep ? (int)threadIdx.x / CC_TILE_DEPTH + i * (CC_TILE_THREADS / CC_TILE_DEPTH) : (int)threadIdx.x % TILE;
    }
    __device__ static int depth(bool deep, int i) {
        return deep ? (int)threadIdx.x % CC_TILE_DEPTH : (int)threadIdx.x / TILE + i * (CC_TILE_THREADS / TILE);
    }
};

// Loads from a matrix in memory.
template <int TILE> struct MatrixLoader {
    typedef Share<TILE> S;
    const float *start;
    i64 column_stride, step;
    u32 row, rows, depth;
    bool deep;
    float values[S::EACH];

    __device__ MatrixLoader(const float *matrix, i64 row_stride, i64 column_stride, u32 rows, u32 first, bool deep)
        : column_stride(column_stride), rows(rows), deep(deep) {
        row = first + S::row(deep, 0);
        depth = S::depth(deep, 0);
        start = matrix + row * row_stride + depth * column_stride;
        step = deep ? CC_TILE_THREADS / CC_TILE_DEPTH * row_stride : CC_TILE_THREADS / TILE * column_stride;
    }
    __device__ void load(u32 k, u32 end) {
        const float *at = start + k * column_stride;
#pragma unroll
        for (int i = 0; i < S::EACH; i++) {
            u32 i_row = deep ? row + i * (CC_TILE_THREADS / CC_TILE_DEPTH) : row;
            u32 i_depth = deep ? depth : depth + i * (CC_TILE_THREADS / TILE);
            values[i] = i_row < rows && k + i_depth < end ? at[i * step] : 0;
        }
    }
    __device__ void store(float (*tile)[S::WIDTH]) const {
#pragma unroll
        for (int i = 0; i < S::EACH; i++) tile[S::depth(deep, i)][S::row(deep, i)] = values[i];
    }
};

// Loads from a factor that is gathered: it has `Row row(m)` and `Column column(k)`, made once for many elements, and
// `load(row, column)`.
template <int TILE, bool DEEP, class Factor> struct GatherLoader {
    typedef Share<TILE> S;
    static const int ROWS = DEEP ? S::EACH : 1;
    const Factor &factor;
    typename Factor::Row rows[ROWS];
    float values[S::EACH];

    __device__ GatherLoader(const Factor &factor, u32 first) : factor(factor) {
        for (int i = 0; i < ROWS; i++) rows[i] = factor.row(first + S::row(DEEP, i));
    }
    __device__ void load(u32 k, u32 end) {
        if (DEEP) {
            u32 own = k + S::depth(true, 0);
            bool is_inside = own < end;
            typename Factor::Column column = factor.column(is_inside ? own : k);
#pragma unroll
            for (int i = 0; i < S::EACH; i++) values[i] = is_inside ? factor.load(rows[i % ROWS], column) : 0;
        } else {
#pragma unroll
            for (int i = 0; i < S::EACH; i++) {
                u32 own = k + S::depth(false, i);
                values[i] = own < end ? factor.load(rows[0], factor.column(own)) : 0;
            }
        }
    }
    __device__ void store(float (*tile)[S::WIDTH]) const {
#pragma unroll
        for (int i = 0; i < S::EACH; i++) tile[S::depth(DEEP, i)][S::row(DEEP, i)] = values[i];
    }
};

// Writes C with rows at distances of `stride`, after bias and ReLU; or, if k is split, one part of the sums.
struct RowWriter {
    float *out;
    u32 rows, columns;
    i64 stride;
    const float *bias;
    int relu;

    __device__ void write(u32 m, u32 n, float value) const {
        if (m < rows && n < columns) out[m * stride + n] = relu && value < 0 ? 0 : value;
    }
};

// Where tile blockIdx.x begins. Tiles of the same rows follow each other, so that the rows are still in the cache.
template <int TILE> struct Tile {
    u32 m0, n0;

    __device__ explicit Tile(u32 columns) {
        u32 across = (columns + TILE - 1) / TILE, down = blockIdx.x / across;
        m0 = down * TILE;
        n0 = (blockIdx.x - down * across) * TILE;
    }
};

// The range of k of part `part` of `parts`, in whole steps.
struct Split {
    u32 begin, end;

    __device__ Split(u32 k, u32 part, u32 parts) {
        u32 steps = (k + CC_TILE_DEPTH - 1) / CC_TILE_DEPTH;
        begin = (u32)((u64)steps * part / parts) * CC_TILE_DEPTH;
        end = (u32)((u64)steps * (part + 1) / parts) * CC_TILE_DEPTH;
        if (end > k) end = k;
        if (begin > end) begin = end;
    }
};

// Computes the tile of C at (m0, n0) for k in [begin, end), with CC_TILE_THREADS threads in a row.
template <int TILE, class LoadA, class LoadB>
__device__ inline void tile_product(LoadA load_a, LoadB load_b, u32 m0, u32 n0, u32 begin, u32 end, const RowWriter &writer) {
    static const int EACH = TILE / 16;
    __shared__ __align__(16) float as[2][CC_TILE_DEPTH][Share<TILE>::WIDTH];
    __shared__ __align__(16) float bs[2][CC_TILE_DEPTH][Share<TILE>::WIDTH];
    int down = threadIdx.x / 16, across = threadIdx.x % 16;
    float sums[EACH][EACH];
#pragma unroll
    for (int i = 0; i < EACH; i++)
#pragma unroll
        for (int j = 0; j < EACH; j++) sums[i][j] = 0;

    int now = 0;
    if (begin < end) {
        load_a.load(begin, end);
        load_b.load(begin, end);
        load_a.store(as[0]);
        load_b.store(bs[0]);
    }
    __syncthreads();
    for (u32 k = begin; k < end; k += CC_TILE_DEPTH) {
        // The next step's elements are on their way while this one's are multiplied.
        bool is_last = end - k <= CC_TILE_DEPTH;
        if (!is_last) {
            load_a.load(k + CC_TILE_DEPTH, end);
            load_b.load(k + CC_TILE_DEPTH, end);
        }
#pragma unroll 2
        for (int depth = 0; depth < CC_TILE_DEPTH; depth++) {
            float x[EACH], y[EACH];
#pragma unroll
            for (int i = 0; i < EACH; i++) {
                x[i] = as[now][depth][i / 4 * 64 + down * 4 + i % 4];
                y[i] = bs[now][depth][i / 4 * 64 + across * 4 + i % 4];
            }
#pragma unroll
            for (int i = 0; i < EACH; i++)
#pragma unroll
                for (int j = 0; j < EACH; j++) sums[i][j] += x[i] * y[j];
        }
        if (!is_last) {
            load_a.store(as[now ^ 1]);
            load_b.store(bs[now ^ 1]);
        }
        __syncthreads();
        now ^= 1;
    }
#pragma unroll
    for (int j = 0; j < EACH; j++) {
        u32 n = n0 + j / 4 * 64 + across * 4 + j % 4;
        float bias = writer.bias && n < writer.columns ? writer.bias[n] : 0;
#pragma unroll
        for (int i = 0; i < EACH; i++) writer.write(m0 + i / 4 * 64 + down * 4 + i % 4, n, sums[i][j] + bias);
    }
}

#endif
