// SPDX-License-Identifier: Apache-2.0
// One output pixel of a pooling at a time, its taps anywhere in the image.
#include "fuzz.h"

static void run(const ck_kernels *k) {
    long pixels = between(1, 30), count = length_up_to(100), channels = length_up_to(150);
    bool keeps = chance(50);
    describe("pooling of %ld pixels of %ld, %ld channels, winners %d", count, pixels, channels, keeps);
    float *image = numbers(pixels * channels), *out = unwritten(channels), *gradient = numbers(channels);
    long *taps = block((size_t)count * sizeof(long));
    uint16_t *ids = block((size_t)count * sizeof(uint16_t));
    uint16_t *winners = keeps ? block((size_t)channels * sizeof(uint16_t)) : NULL;
    for (long t = 0; t < count; t++) {
        taps[t] = between(0, pixels - 1) * channels;
        ids[t] = (uint16_t)(t * 7);
    }
    double *top = zeros(channels), *back = zeros(pixels * channels), *spread = zeros(pixels * channels);
    for (long i = 0; i < pixels * channels; i++) back[i] = spread[i] = image[i];
    long divisor = between(1, 20);
    double *mean = zeros(channels);
    for (long c = 0; c < channels; c++) {
        long winner = -1;
        top[c] = -INFINITY;
        for (long t = 0; t < count; t++) {
            double v = image[taps[t] + c];
            mean[c] += v / (double)divisor;
            spread[taps[t] + c] += gradient[c] / (double)divisor;
            if (v > top[c]) { top[c] = v; winner = t; }
        }
        if (winner >= 0) back[taps[winner] + c] += gradient[c];
    }
    k->max_pool_pixel(image, taps, ids, count, channels, out, winners);
    expect_close("max_pool_pixel", out, top, channels, 0);
    if (keeps && count > 0) {
        float *target = copy_of(image, pixels * channels);
        k->max_pool_pixel_pullback(gradient, winners, taps, ids, count, channels, target);
        expect_close("max_pool_pixel_pullback", target, back, pixels * channels, 1e-5);
    }
    k->average_pixels(image, taps, count, channels, divisor, out);
    expect_close("average_pixels", out, mean, channels, 1e-5);
    k->spread_pixel(gradient, taps, count, channels, divisor, image);
    expect_close("spread_pixel", image, spread, pixels * channels, 1e-5);
}

const family pooling_family = {"pooling", run};
