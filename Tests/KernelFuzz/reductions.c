// SPDX-License-Identifier: Apache-2.0
// Sums, maxima, sums of columns, and bias with activation.
#include "fuzz.h"

static void vectors(const ck_kernels *k) {
    long n = length_up_to(700), stride = chance(60) ? 1 : between(0, 5);
    describe("reductions of %ld elements, stride %ld", n, stride);
    float *x = numbers(n == 0 ? 0 : (n - 1) * stride + 1), *y = numbers(n), *z = numbers(n);
    double sum = 0, squares = 0, product = 0, top = -INFINITY;
    for (long i = 0; i < n; i++) {
        double v = x[i * stride];
        sum += v;
        squares += v * v;
        product += (double)y[i] * z[i];
        top = v > top ? v : top;
    }
    expect_value("sum", 0, k->sum(n, x, stride), sum, 1e-4);
    double whole = 0, center = number(), deviation = 0.5, deviations = 0.25;
    for (long i = 0; i < n; i++) whole += (double)y[i] * y[i];
    expect_value("sum_of_squares", 0, k->sum_of_squares(n, y), whole, 1e-4);
    k->deviations(n, x, stride, (float)center, &deviation, &deviations);
    double n_center = (double)n * center;
    expect_value("deviations, sum", 0, deviation, 0.5 + sum - n_center, 1e-3);
    expect_value("deviations, squares", 0, deviations, 0.25 + squares - 2 * center * sum + n_center * center, 1e-3);
    expect_value("dot", 0, k->dot(n, y, z), product, 1e-4);
    if (n > 0) expect_value("maximum", 0, k->maximum(n, x, stride), top, 0);
}

static void columns(const ck_kernels *k) {
    long rows = length_up_to(300), channels = length_up_to(150), stride = channels + between(0, 3);
    bool biased = chance(50);
    ck_activation activation = (ck_activation)between(CK_IDENTITY, CK_SILU);
    describe("columns of %ld×%ld, stride %ld, bias %d, activation %d", rows, channels, stride, biased, activation);
    long size = rows == 0 ? 0 : (rows - 1) * stride + channels;
    float *x = numbers(size), *bias = biased ? numbers(channels) : NULL;
    double *sums = zeros(channels), *expected = zeros(channels), *activated = zeros(size);
    for (long c = 0; c < channels; c++) sums[c] = expected[c] = number();
    for (long i = 0; i < size; i++) activated[i] = x[i];
    for (long r = 0; r < rows; r++)
        for (long c = 0; c < channels; c++) {
            double v = x[r * stride + c];
            expected[c] += v;
            v += biased ? bias[c] : 0;
            activated[r * stride + c] = activated_value(v, activation);
        }
    k->column_sums(rows, channels, x, stride, sums);
    for (long c = 0; c < channels; c++) expect_value("column_sums", c, sums[c], expected[c], 1e-4);
    k->bias_activation(rows, channels, x, stride, bias, activation);
    expect_close("bias_activation", x, activated, size, 1e-5);
}

static void run(const ck_kernels *k) {
    vectors(k);
    columns(k);
}

const family reductions_family = {"reductions", run};
