// SPDX-License-Identifier: Apache-2.0
// Batch normalisation's moments, value and pullback, and response normalisation.
#include "fuzz.h"

static void batch(const ck_kernels *k) {
    long rows = length_up_to(300), channels = length_up_to(140), size = rows * channels;
    bool relu = chance(50), masked = chance(50);
    describe("normalisation of %ld×%ld, relu %d, mask %d", rows, channels, relu, masked);
    float *x = numbers(size), *g = numbers(size), *y = masked ? numbers(size) : NULL, *out = unwritten(size);
    float *mean = numbers(channels), *scale = numbers(channels), *shift = numbers(channels), *d = numbers(channels);
    double *sums = zeros(channels), *squares = zeros(channels), *products = zeros(channels);
    k->channel_moments(rows, channels, x, sums, squares);
    for (long c = 0; c < channels; c++) {
        double sum = 0, square = 0;
        for (long r = 0; r < rows; r++) sum += x[r * channels + c] / (double)rows;
        for (long r = 0; r < rows; r++) square += (x[r * channels + c] - sum) * (x[r * channels + c] - sum);
        expect_value("channel_moments, mean", c, sums[c], sum, 1e-5);
        expect_value("channel_moments, squares", c, squares[c], square, 1e-4);
        sums[c] = 0;
    }
    k->normalize(rows, channels, x, mean, scale, shift, relu, out);
    for (long i = 0; i < size; i++) {
        long c = i % channels;
        double v = ((double)x[i] - mean[c]) * scale[c] + shift[c];
        expect_value("normalize", i, out[i], relu && v < 0 ? 0 : v, 1e-5);
    }
    k->batch_norm_sums(rows, channels, g, x, y, mean, sums, products);
    for (long c = 0; c < channels; c++) {
        double sum = 0, product = 0;
        for (long i = c; i < size; i += channels) {
            double v = masked && !(y[i] > 0) ? 0 : g[i];
            sum += v;
            product += v * ((double)x[i] - mean[c]);
        }
        expect_value("batch_norm_sums, sums", c, sums[c], sum, 1e-4);
        expect_value("batch_norm_sums, products", c, products[c], product, 1e-4);
    }
    k->batch_norm_pullback(rows, channels, g, x, y, mean, scale, shift, d, out);
    for (long i = 0; i < size; i++) {
        long c = i % channels;
        double v = masked && !(y[i] > 0) ? 0 : g[i];
        expect_value("batch_norm_pullback", i, out[i], scale[c] * v + shift[c] * ((double)x[i] - mean[c]) + d[c], 1e-5);
    }
    k->batch_norm_pullback(rows, channels, g, x, y, mean, scale, NULL, NULL, out);
    for (long i = 0; i < size; i++)
        expect_value("batch_norm_pullback, given statistics", i, out[i],
                     masked && !(y[i] > 0) ? 0 : (double)scale[i % channels] * g[i], 1e-6);
}

static void response(const ck_kernels *k) {
    long rows = length_up_to(6), channels = length_up_to(40), size = rows * channels;
    long window = chance(5) ? 1L << 40 : between(1, 9);
    float alpha = 0.5f, beta = 0.75f, base = 1;
    describe("response normalisation of %ld×%ld, window %ld", rows, channels, window);
    float *x = numbers(size), *g = numbers(size), *scale = unwritten(size), *out = unwritten(size);
    float *scratch = unwritten(channels), *back = unwritten(size);
    k->response_norm(rows, channels, x, window, alpha, beta, base, scale, out);
    k->response_norm_pullback(rows, channels, g, x, scale, window, alpha, beta, scratch, back);
    for (long r = 0; r < rows; r++)
        for (long c = 0; c < channels; c++) {
            double squares = 0, through = 0;
            for (long i = 0; i < channels; i++) {
                const long at = r * channels + i;
                if (i >= c - window / 2 && i <= c + (window - 1) / 2) squares += (double)x[at] * x[at];
                if (c >= i - window / 2 && c <= i + (window - 1) / 2)
                    through += (double)g[at] * x[at] * pow(scale[at], -beta - 1);
            }
            long at = r * channels + c;
            expect_value("response_norm, scale", at, scale[at], base + alpha / (double)window * squares, 1e-5);
            expect_value("response_norm", at, out[at], x[at] * pow(scale[at], -beta), 1e-5);
            double expected = g[at] * pow(scale[at], -beta) - 2 * alpha * beta / (double)window * x[at] * through;
            expect_value("response_norm_pullback", at, back[at], expected, 1e-4);
        }
}

static void run(const ck_kernels *k) {
    batch(k);
    end_case();
    response(k);
}

const family normalization_family = {"normalisation", run};
