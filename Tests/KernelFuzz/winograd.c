// SPDX-License-Identifier: Apache-2.0
// Winograd's transforms with the products between them, compared with a direct convolution.
#include "fuzz.h"

enum { POSITIONS = 36 };

typedef struct {
    long batch, height, width, in, out, padding_h, padding_w, output_h, output_w;
    ck_tiles from, to;
    // The tiles that are worked on.
    long first, count;
} geometry;

static geometry any_geometry(void) {
    geometry g;
    do {
        g.batch = between(1, 2);
        g.height = length_up_to(11);
        g.width = length_up_to(11);
        g.in = 1 + length_up_to(39);
        g.out = 1 + length_up_to(39);
        g.padding_h = between(0, 3);
        g.padding_w = between(0, 3);
        g.output_h = g.height + 2 * g.padding_h - 2;
        g.output_w = g.width + 2 * g.padding_w - 2;
    } while (g.output_h < 1 || g.output_w < 1);
    long high = ceiling(g.output_h, 4), wide = ceiling(g.output_w, 4), tiles = g.batch * high * wide;
    g.from = (ck_tiles){g.height, g.width, g.in, high, wide, g.padding_h, g.padding_w};
    g.to = (ck_tiles){g.output_h, g.output_w, g.out, high, wide, 0, 0};
    g.first = between(0, tiles - 1);
    g.count = chance(50) ? tiles - g.first : between(0, tiles - g.first);
    return g;
}

static void tell(const char *what, const geometry *g) {
    describe("%s of %ld images %ld×%ld×%ld to %ld channels, padding %ld×%ld, tiles from %ld on %ld", what, g->batch,
             g->height, g->width, g->in, g->out, g->padding_h, g->padding_w, g->first, g->count);
}

static long position_stride(long rows, long columns) { return panels_size(rows, columns) + CK_PANEL; }

static bool in_range(const geometry *g, long image, long y, long x) {
    long tile = (image * g->to.tiles_high + y / 4) * g->to.tiles_wide + x / 4;
    return tile >= g->first && tile < g->first + g->count;
}

// The input's element under tap (i, j) of an output pixel; 0 in the padding and where the mask is not positive.
static double under(const geometry *g, const float *x, const float *mask, long image, long y, long at, long i, long j,
                    long c) {
    long row = y + i - g->padding_h, column = at + j - g->padding_w;
    if (row < 0 || row >= g->height || column < 0 || column >= g->width) return 0;
    long index = ((image * g->height + row) * g->width + column) * g->in + c;
    return mask && !(mask[index] > 0) ? 0 : x[index];
}

static void forward(const ck_kernels *kernels) {
    geometry g = any_geometry();
    bool masked = chance(30), biased = chance(50), relu = chance(50), turned = chance(50);
    bool pool = chance(30) && g.output_h > 1 && g.output_w > 1;
    tell(pool ? "winograd with pooling" : turned ? "winograd, turned," : "winograd", &g);
    long input_size = g.batch * g.height * g.width * g.in, taps = 9 * g.in * g.out;
    float *x = numbers(input_size), *mask = masked ? numbers(input_size) : NULL, *w = numbers(taps);
    float *bias = biased ? numbers(g.out) : NULL;
    // Channels-last filters: [out][3][3][in], or [in][3][3][out] of the convolution whose input gradient this is.
    long filters_stride = position_stride(g.in, g.out), patches_stride = position_stride(g.count, g.in);
    long products_stride = position_stride(g.count, g.out);
    float *filters = unwritten(POSITIONS * filters_stride), *patches = unwritten(POSITIONS * patches_stride);
    float *products = unwritten(POSITIONS * products_stride);
    for (long first = 0; first < g.out; first += CK_PANEL) {
        long count = g.out - first < CK_PANEL ? g.out - first : CK_PANEL;
        if (turned)
            kernels->winograd_filters(w + 8 * g.out, g.in, g.out, 9 * g.out, 1, -g.out, first, count, filters,
                                      filters_stride);
        else
            kernels->winograd_filters(w, g.in, g.out, 1, 9 * g.in, g.in, first, count, filters, filters_stride);
    }
    kernels->winograd_input(&g.from, x, mask, g.first, g.count, patches, g.count * CK_PANEL, patches_stride);
    for (long p = 0; p < POSITIONS; p++)
        for (long panel = 0; panel < ceiling(g.out, CK_PANEL); panel++)
            kernels->panel_product(g.count, g.in, patches + p * patches_stride, g.count * CK_PANEL,
                                   filters + p * filters_stride + panel * g.in * CK_PANEL,
                                   products + p * products_stride + panel * g.count * CK_PANEL);
    long high = pool ? g.output_h / 2 : g.output_h, wide = pool ? g.output_w / 2 : g.output_w;
    float *out = unwritten(g.batch * high * wide * g.out);
    kernels->winograd_output(&g.to, products, g.count * CK_PANEL, products_stride, bias, relu, pool, g.first, g.count, out);

    for (long image = 0; image < g.batch; image++)
        for (long y = 0; y < high; y++)
            for (long at = 0; at < wide; at++)
                for (long o = 0; o < g.out; o++) {
                    double best = -INFINITY;
                    for (long k = 0; k < (pool ? 4 : 1); k++) {
                        long row = pool ? 2 * y + k / 2 : y, column = pool ? 2 * at + k % 2 : at;
                        double sum = biased ? bias[o] : 0;
                        for (long t = 0; t < 9; t++)
                            for (long c = 0; c < g.in; c++)
                                sum += under(&g, x, mask, image, row, column, t / 3, t % 3, c)
                                    * (turned ? w[(c * 9 + 8 - t) * g.out + o] : w[(o * 9 + t) * g.in + c]);
                        if (relu && sum < 0) sum = 0;
                        best = sum > best ? sum : best;
                    }
                    long index = ((image * high + y) * wide + at) * g.out + o;
                    bool made = in_range(&g, image, pool ? 2 * y : y, pool ? 2 * at : at);
                    expect_value("winograd", index, out[index], made ? best : NAN, 2e-4);
                }
}

static void filter_gradient(const ck_kernels *kernels) {
    geometry g = any_geometry();
    bool masked = chance(50);
    tell("winograd_gradient", &g);
    long output_size = g.batch * g.output_h * g.output_w * g.out;
    float *x = numbers(g.batch * g.height * g.width * g.in), *dy = numbers(output_size);
    float *mask = masked ? numbers(output_size) : NULL, *bias = numbers(g.out), *w = unwritten(9 * g.in * g.out);
    double *expected_bias = zeros(g.out), *expected = zeros(9 * g.in * g.out);
    for (long o = 0; o < g.out; o++) expected_bias[o] = bias[o];
    long patches_stride = position_stride(g.count, g.in), gradients_stride = position_stride(g.count, g.out);
    long sums_stride = position_stride(g.in, g.out);
    float *patches = unwritten(POSITIONS * patches_stride), *gradients = unwritten(POSITIONS * gradients_stride);
    float *sums = unwritten(POSITIONS * sums_stride);
    kernels->winograd_input(&g.from, x, NULL, g.first, g.count, patches, g.count * CK_PANEL, patches_stride);
    kernels->winograd_gradient(&g.to, dy, mask, g.first, g.count, gradients, g.count * CK_PANEL, gradients_stride, bias);
    for (long p = 0; p < POSITIONS; p++)
        for (long column = 0; column < ceiling(g.out, CK_PANEL); column++)
            for (long row = 0; row < ceiling(g.in, CK_PANEL); row++) {
                long rows = g.in - row * CK_PANEL < CK_PANEL ? g.in - row * CK_PANEL : CK_PANEL;
                kernels->panel_product_transposed(
                    rows, g.count, patches + p * patches_stride + row * g.count * CK_PANEL,
                    gradients + p * gradients_stride + column * g.count * CK_PANEL,
                    sums + p * sums_stride + (column * g.in + row * CK_PANEL) * CK_PANEL, false);
            }
    for (long first = 0; first < g.out; first += CK_PANEL)
        kernels->winograd_filter_gradient(sums, sums_stride, g.in, g.out, 1, 9 * g.in, g.in, first,
                                          g.out - first < CK_PANEL ? g.out - first : CK_PANEL, w);
    for (long image = 0; image < g.batch; image++)
        for (long y = 0; y < g.output_h; y++)
            for (long at = 0; at < g.output_w; at++) {
                if (!in_range(&g, image, y, at)) continue;
                for (long o = 0; o < g.out; o++) {
                    long index = ((image * g.output_h + y) * g.output_w + at) * g.out + o;
                    double d = masked && !(mask[index] > 0) ? 0 : dy[index];
                    expected_bias[o] += d;
                    for (long t = 0; t < 9; t++)
                        for (long c = 0; c < g.in; c++)
                            expected[(o * 9 + t) * g.in + c] += d * under(&g, x, NULL, image, y, at, t / 3, t % 3, c);
                }
            }
    expect_close("winograd_gradient, bias", bias, expected_bias, g.out, 2e-4);
    expect_close("winograd_gradient, filters", w, expected, 9 * g.in * g.out, 1e-3);
}

const family winograd_family = {"winograd", forward};
const family winograd_gradient_family = {"winograd gradient", filter_gradient};
