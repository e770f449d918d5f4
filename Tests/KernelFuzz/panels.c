// SPDX-License-Identifier: Apache-2.0
// Products of matrices in panels, and of few rows.
#include "fuzz.h"

static void product(const ck_kernels *kernels) {
    long rows = length_up_to(45), depth = length_up_to(100);
    describe("panel_product of %ld rows, depth %ld", rows, depth);
    float *a = numbers(panels_size(rows, depth)), *b = numbers(depth * CK_PANEL), *c = unwritten(rows * CK_PANEL);
    double *expected = zeros(rows * CK_PANEL);
    for (long r = 0; r < rows; r++)
        for (long d = 0; d < depth; d++)
            for (long j = 0; j < CK_PANEL; j++)
                expected[r * CK_PANEL + j] += (double)a[in_panels(r, d, rows)] * b[d * CK_PANEL + j];
    kernels->panel_product(rows, depth, a, rows * CK_PANEL, b, c);
    expect_close("panel_product", c, expected, rows * CK_PANEL, 1e-4);
}

static void transposed(const ck_kernels *kernels) {
    long rows = length_up_to(CK_PANEL), depth = length_up_to(100);
    bool accumulate = chance(50);
    describe("panel_product_transposed of %ld rows, depth %ld, accumulate %d", rows, depth, accumulate);
    float *a = numbers(depth * CK_PANEL), *b = numbers(depth * CK_PANEL);
    float *c = accumulate ? numbers(rows * CK_PANEL) : unwritten(rows * CK_PANEL);
    double *expected = zeros(rows * CK_PANEL);
    for (long r = 0; r < rows; r++)
        for (long j = 0; j < CK_PANEL; j++) {
            double sum = accumulate ? c[r * CK_PANEL + j] : 0;
            for (long d = 0; d < depth; d++) sum += (double)a[d * CK_PANEL + r] * b[d * CK_PANEL + j];
            expected[r * CK_PANEL + j] = sum;
        }
    kernels->panel_product_transposed(rows, depth, a, b, c, accumulate);
    expect_close("panel_product_transposed", c, expected, rows * CK_PANEL, 1e-4);
}

static void there_and_back(const ck_kernels *kernels) {
    long count = length_up_to(20), channels = length_up_to(75), size = count * channels;
    bool masked = chance(50), summed = chance(50), biased = chance(50), relu = chance(50);
    describe("panels of %ld rows of %ld channels, mask %d, sums %d, bias %d, relu %d", count, channels, masked, summed,
             biased, relu);
    float *rows = numbers(size), *mask = masked ? numbers(size) : NULL, *sums = summed ? numbers(channels) : NULL;
    float *out = unwritten(panels_size(count, channels)), *bias = biased ? numbers(channels) : NULL;
    float *back = unwritten(size);
    double *expected = zeros(size), *expected_sums = zeros(channels);
    for (long c = 0; c < channels && summed; c++) expected_sums[c] = sums[c];
    for (long r = 0; r < count; r++)
        for (long c = 0; c < channels; c++) {
            float x = masked && !(mask[r * channels + c] > 0) ? 0 : rows[r * channels + c];
            expected_sums[c] += x;
            double y = x + (biased ? bias[c] : 0);
            expected[r * channels + c] = relu && y < 0 ? 0 : y;
        }
    kernels->panels_from_rows(count, channels, rows, mask, out, count * CK_PANEL, sums);
    if (summed) expect_close("panels_from_rows, sums", sums, expected_sums, channels, 1e-4);
    kernels->rows_from_panels(count, channels, out, count * CK_PANEL, bias, relu, back);
    expect_close("panels_from_rows and back", back, expected, size, 1e-6);
}

static void few_rows(const ck_kernels *kernels) {
    long batch = length_up_to(9), outputs = length_up_to(11), depth = length_up_to(75);
    long x_stride = depth + between(0, 3), w_stride = depth + between(0, 3), y_stride = outputs + between(0, 3);
    bool accumulate = chance(50);
    describe("row_products of %ld×%ld and %ld×%ld, strides %ld, %ld, %ld, accumulate %d", batch, depth, outputs, depth,
             x_stride, w_stride, y_stride, accumulate);
    // The last row needs no gap after it.
    long x_size = batch ? (batch - 1) * x_stride + depth : 0, w_size = outputs ? (outputs - 1) * w_stride + depth : 0;
    long y_size = batch ? (batch - 1) * y_stride + outputs : 0;
    float *x = numbers(x_size), *w = numbers(w_size), *y = numbers(y_size);
    double *expected = zeros(y_size);
    for (long i = 0; i < y_size; i++) expected[i] = y[i];
    for (long b = 0; b < batch; b++)
        for (long o = 0; o < outputs; o++) {
            double sum = accumulate ? y[b * y_stride + o] : 0;
            for (long d = 0; d < depth; d++) sum += (double)x[b * x_stride + d] * w[o * w_stride + d];
            expected[b * y_stride + o] = sum;
        }
    kernels->row_products(batch, outputs, depth, x, x_stride, w, w_stride, y, y_stride, accumulate);
    expect_close("row_products", y, expected, y_size, 1e-4);
}

static void run(const ck_kernels *kernels) {
    product(kernels);
    transposed(kernels);
    end_case();
    there_and_back(kernels);
    few_rows(kernels);
}

const family panels_family = {"panels", run};
