// SPDX-License-Identifier: Apache-2.0
// Softmax and its logarithm, with their pullbacks, over rows of at least one class.
#include "fuzz.h"

static void run(const ck_kernels *k) {
    long rows = length_up_to(6), classes = 1 + length_up_to(300), size = rows * classes;
    describe("softmax of %ld×%ld", rows, classes);
    float *x = numbers(size), *g = numbers(size);
    float *p = unwritten(size), *l = unwritten(size), *dp = unwritten(size), *dl = unwritten(size);
    for (long i = 0; i < size; i++) x[i] *= 20;
    k->softmax(rows, classes, x, p);
    k->log_softmax(rows, classes, x, l);
    k->softmax_pullback(rows, classes, g, p, dp);
    k->log_softmax_pullback(rows, classes, g, l, dl);
    for (long r = 0; r < rows; r++) {
        const float *row = x + r * classes;
        double top = -INFINITY, total = 0, inner = 0, sum = 0;
        for (long c = 0; c < classes; c++) top = row[c] > top ? row[c] : top;
        for (long c = 0; c < classes; c++) total += exp(row[c] - top);
        for (long c = 0; c < classes; c++) {
            inner += g[r * classes + c] * exp(row[c] - top) / total;
            sum += g[r * classes + c];
        }
        for (long c = 0; c < classes; c++) {
            long at = r * classes + c;
            double probability = exp(row[c] - top) / total;
            expect_value("softmax", at, p[at], probability, 1e-5);
            expect_value("log_softmax", at, l[at], row[c] - top - log(total), 1e-5);
            expect_value("softmax_pullback", at, dp[at], probability * (g[at] - inner), 1e-5);
            expect_value("log_softmax_pullback", at, dl[at], g[at] - probability * sum, 1e-4);
        }
    }
}

const family rows_family = {"softmax", run};
