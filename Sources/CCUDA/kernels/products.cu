// SPDX-License-Identifier: Apache-2.0
// Matrix products.
#include "tiles.h"

// Tile blockIdx.x, row by row, of product blockIdx.z of the batch; or, if there is one product only, of part blockIdx.z of its
// k, into `[parts, m, n]`.
template <int TILE>
__device__ inline void product_of(const cc_product &p, const float *a, const float *b, const float *bias, int relu, int parts,
                                  float *out) {
    i64 offsets[3];
    find_offsets(p.batch, parts > 1 ? 0 : blockIdx.z, offsets);
    Tile<TILE> tile(p.n);
    u32 m0 = tile.m0, n0 = tile.n0;
    MatrixLoader<TILE> load_a(a + offsets[1], p.a_row, p.a_column, p.m, m0, p.a_column == 1);
    MatrixLoader<TILE> load_b(b + offsets[2], p.b_column, p.b_row, p.n, n0, p.b_row == 1);
    Split split(p.k, parts > 1 ? blockIdx.z : 0, parts);
    RowWriter writer = {out + offsets[0], p.m, p.n, p.c_row, bias, relu};
    if (parts > 1) writer.out = out + (u64)blockIdx.z * p.m * p.n;
    tile_product<TILE>(load_a, load_b, m0, n0, split.begin, split.end, writer);
}

BLOCK_KERNEL(product)(cc_product p, const float *a, const float *b, const float *bias, int relu, int parts, float *out) {
    product_of<CC_TILE>(p, a, b, bias, relu, parts, out);
}
BLOCK_KERNEL(large_product)(cc_product p, const float *a, const float *b, const float *bias, int relu, int parts, float *out) {
    product_of<CC_LARGE_TILE>(p, a, b, bias, relu, parts, out);
}

// The sum of the parts `[parts, rows, channels]`, in their order, with bias and ReLU.
KERNEL(add_parts)(u32 count, u32 channels, int parts, const float *numbers, const float *bias, int relu, float *out) {
    u32 i = thread_number();
    if (i >= count) return;
    float total = 0;
    for (int part = 0; part < parts; part++) total += numbers[(u64)part * count + i];
    if (bias) total += bias[i % channels];
    out[i] = relu && total < 0 ? 0 : total;
}

// y[r, o] = Σ_i x[r, i] w[o, i] for few rows of x: a block for each output, so that w is read once.
BLOCK_KERNEL(few_rows_product)(u32 rows, u32 outputs, u32 depth, const float *x, const float *w, const float *bias, int relu,
                               float *y) {
    static const int TOGETHER = 8;
    __shared__ double scratch[CC_BLOCK];
    w += (u64)blockIdx.x * depth;
    for (u32 first = 0; first < rows; first += TOGETHER) {
        int count = rows - first < TOGETHER ? (int)(rows - first) : TOGETHER;
        LongSum sums[TOGETHER];
        for (u32 i = threadIdx.x; i < depth; i += CC_BLOCK) {
            float factor = w[i];
#pragma unroll
            for (int row = 0; row < TOGETHER; row++)
                if (row < count) sums[row].add(x[(u64)(first + row) * depth + i] * factor);
        }
#pragma unroll
        for (int row = 0; row < TOGETHER; row++) {
            if (row >= count) continue;
            float total = (float)block_sum(sums[row].value(), scratch);
            if (bias) total += bias[blockIdx.x];
            if (threadIdx.x == 0) y[(u64)(first + row) * outputs + blockIdx.x] = relu && total < 0 ? 0 : total;
        }
    }
}
