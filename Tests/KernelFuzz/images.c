// SPDX-License-Identifier: Apache-2.0
// Loops over pixels: resampling along either axis, rearrangement, and tables. They do not depend on the kernels' set.
#include "fuzz.h"

// Inputs that move on, or back where the picture is mirrored; weights that add up to one.
static ci_axis any_axis(long length) {
    long count = length_up_to(20), support = between(1, 6);
    bool mirrored = chance(30);
    int32_t *starts = block((size_t)count * 4), *lengths = block((size_t)count * 4);
    int32_t *weights = block((size_t)(count * support) * 4);
    for (long i = 0; i < count; i++) {
        long n = support < length ? between(1, support) : between(1, length);
        long order = mirrored ? count - 1 - i : i;
        // The last input of all is that of the last output in the order of inputs.
        starts[i] = (int32_t)(count > 1 ? order * (length - n) / (count - 1) : between(0, length - n));
        if (count > 1 && order == count - 1) starts[i] = (int32_t)(length - n);
        lengths[i] = (int32_t)n;
        int32_t left = 1 << 22;
        for (long j = 0; j < support; j++) {
            int32_t w = j + 1 < n ? (int32_t)between(-(1 << 18), 1 << 20) : j < n ? left : (int32_t)between(-1000, 1000);
            weights[i * support + j] = w;
            left -= w;
        }
    }
    return (ci_axis){count, starts, lengths, weights, support};
}

static int sample(const uint8_t *in, long step, ci_axis axis, long i) {
    int64_t sum = 1 << 21;
    for (long j = 0; j < axis.lengths[i]; j++) sum += (int64_t)in[(axis.starts[i] + j) * step] * axis.weights[i * axis.support + j];
    sum >>= 22;
    return sum < 0 ? 0 : sum > 255 ? 255 : (int)sum;
}

static void resampling(const ci_loops *loops) {
    int channels = chance(70) ? 3 : 1;
    long length = between(1, 30), rows = length_up_to(7), gap = chance(50) ? 0 : between(1, 9);
    ci_axis axis = any_axis(length);
    long stride = length * channels + gap, size = rows == 0 ? 0 : (rows - 1) * stride + length * channels;
    describe("resample_rows of %ld rows of %ld pixels, %d channels, to %ld", rows, length, channels, axis.count);
    uint8_t *in = pixels(size), *out = pixels(rows * axis.count * channels);
    loops->resample_rows(in, stride, in + size, rows, channels, axis, out);
    for (long r = 0; r < rows; r++)
        for (long x = 0; x < axis.count; x++)
            for (int c = 0; c < channels; c++)
                expect_value("resample_rows", (r * axis.count + x) * channels + c, out[(r * axis.count + x) * channels + c],
                             sample(in + r * stride + c, channels, axis, x), 0);

    long width = length_up_to(70), bytes = width * channels;
    describe("resample_columns of %ld rows of %ld bytes to %ld", length, bytes, axis.count);
    uint8_t *image = pixels(length * bytes), *made = pixels(axis.count * bytes), *row = pixels(bytes);
    float *tables = numbers(256 * channels), *converted = unwritten(axis.count * bytes);
    loops->resample_columns(image, bytes, axis, made);
    loops->resample_columns_to_numbers(image, bytes, axis, channels, tables, row, converted);
    for (long y = 0; y < axis.count; y++)
        for (long x = 0; x < bytes; x++) {
            int expected = sample(image + x, bytes, axis, y);
            expect_value("resample_columns", y * bytes + x, made[y * bytes + x], expected, 0);
            expect_value("resample_columns_to_numbers", y * bytes + x, converted[y * bytes + x],
                         tables[x % channels * 256 + expected], 0);
        }
}

// A part of an image, turned and mirrored in one of eight ways.
static void rearrangement(void) {
    int channels = chance(50) ? 3 : 1;
    long width = between(1, 12), height = between(1, 12);
    long x0 = between(0, width - 1), y0 = between(0, height - 1);
    long part_w = between(0, width - x0), part_h = between(0, height - y0);
    bool mirror = chance(50), flip = chance(50), turn = chance(50);
    describe("rearrange of %ld×%ld of %ld×%ld, %d channels, mirrored %d, flipped %d, turned %d", part_w, part_h, width,
             height, channels, mirror, flip, turn);
    uint8_t *image = pixels(width * height * channels), *out = pixels(part_w * part_h * channels);
    if (part_w == 0 || part_h == 0) return;
    long step_x = channels, step_y = width * channels;
    long first = (y0 + (flip ? part_h - 1 : 0)) * step_y + (x0 + (mirror ? part_w - 1 : 0)) * step_x;
    long dx = mirror ? -step_x : step_x, dy = flip ? -step_y : step_y;
    long w = turn ? part_h : part_w, h = turn ? part_w : part_h;
    ci_rearrange(image + first, turn ? dy : dx, turn ? dx : dy, w, h, channels, out);
    for (long y = 0; y < h; y++)
        for (long x = 0; x < w; x++)
            for (int c = 0; c < channels; c++)
                expect_value("rearrange", (y * w + x) * channels + c, out[(y * w + x) * channels + c],
                             image[first + (turn ? x : y) * dy + (turn ? y : x) * dx + c], 0);
    uint64_t sums[3] = {0};
    ci_sum_channels(out, w * h, channels, sums);
    for (int c = 0; c < channels; c++) {
        double sum = 0;
        for (long i = 0; i < w * h; i++) sum += out[i * channels + c];
        expect_value("sum_channels", c, (double)sums[c], sum, 0);
    }
}

static void run(const ck_kernels *kernels) {
    (void)kernels;
    resampling(ci_portable_loops());
    end_case();
    resampling(ci_best_loops());
    end_case();
    rearrangement();
}

const family images_family = {"images", run};
