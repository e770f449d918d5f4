// SPDX-License-Identifier: Apache-2.0
// Patches of images: im2col, its transpose, and patches in panels.
#include "fuzz.h"

static long windows_along(long length, long kernel, long stride, long padding, long dilation) {
    long span = length + 2 * padding - dilation * (kernel - 1) - 1;
    return span < 0 ? 0 : span / stride + 1;
}

typedef struct {
    ck_window window;
    long output_h;
} geometry;

static long stride_of(void) { return chance(5) ? 1L << between(3, 40) : between(1, 4); }

// With at least one output pixel; an image of no pixels is all padding.
static geometry any_geometry(long most_channels, long fewest_channels) {
    geometry g;
    do {
        ck_window w = {
            .height = length_up_to(9), .width = length_up_to(11), .channels = length_up_to(most_channels),
            .kernel_h = between(1, 5), .kernel_w = between(1, 5), .stride_h = stride_of(), .stride_w = stride_of(),
            .padding_h = between(0, 6), .padding_w = between(0, 6), .dilation_h = between(1, 3),
            .dilation_w = between(1, 3)};
        g.window = w;
        g.output_h = windows_along(w.height, w.kernel_h, w.stride_h, w.padding_h, w.dilation_h);
        g.window.output_w = windows_along(w.width, w.kernel_w, w.stride_w, w.padding_w, w.dilation_w);
    } while (g.output_h < 1 || g.window.output_w < 1 || g.window.channels < fewest_channels);
    return g;
}

static void tell(const char *kernel, const geometry *g, long first, long count) {
    const ck_window *w = &g->window;
    describe("%s of %ld×%ld×%ld, kernel %ld×%ld, stride %ld×%ld, padding %ld×%ld, dilation %ld×%ld, output %ld×%ld, from "
             "%ld on %ld", kernel, w->height, w->width, w->channels, w->kernel_h, w->kernel_w, w->stride_h, w->stride_w,
             w->padding_h, w->padding_w, w->dilation_h, w->dilation_w, g->output_h, w->output_w, first, count);
}

// The pixel under a window's element, or -1 in the padding.
static long pixel_under(const ck_window *w, long oh, long ow, long kh, long kw) {
    long y = oh * w->stride_h - w->padding_h + kh * w->dilation_h;
    long x = ow * w->stride_w - w->padding_w + kw * w->dilation_w;
    return y < 0 || y >= w->height || x < 0 || x >= w->width ? -1 : y * w->width + x;
}

static void columns(const ck_kernels *kernels) {
    geometry g = any_geometry(40, 0);
    const ck_window *w = &g.window;
    long groups = chance(60) ? 1 : between(2, 3), group = between(0, groups - 1), stride = w->channels * groups;
    long area = g.output_h * w->output_w, first = between(0, area - 1), count = between(0, area - first);
    long patch = w->kernel_h * w->kernel_w * w->channels, image_size = w->height * w->width * stride;
    tell("im2col", &g, first, count);

    float *image = numbers(image_size), *out = unwritten(count * patch);
    double *expected = zeros(count * patch);
    double *back = zeros(image_size);
    float *rows = numbers(count * patch), *target = copy_of(image, image_size);
    for (long i = 0; i < image_size; i++) back[i] = image[i];
    for (long i = 0; i < count; i++)
        for (long kh = 0; kh < w->kernel_h; kh++)
            for (long kw = 0; kw < w->kernel_w; kw++) {
                long pixel = pixel_under(w, (first + i) / w->output_w, (first + i) % w->output_w, kh, kw);
                long at = i * patch + (kh * w->kernel_w + kw) * w->channels;
                for (long c = 0; c < w->channels && pixel >= 0; c++) {
                    expected[at + c] = image[pixel * stride + group * w->channels + c];
                    back[pixel * stride + group * w->channels + c] += rows[at + c];
                }
            }
    kernels->im2col(image + group * w->channels, w->height, w->width, w->channels, stride, w->kernel_h, w->kernel_w,
                    w->stride_h, w->stride_w, w->padding_h, w->padding_w, w->dilation_h, w->dilation_w, w->output_w, first,
                    count, out);
    expect_close("im2col", out, expected, count * patch, 0);
    kernels->col2im(rows, w->height, w->width, w->channels, stride, w->kernel_h, w->kernel_w, w->stride_h, w->stride_w,
                    w->padding_h, w->padding_w, w->dilation_h, w->dilation_w, w->output_w, first, count,
                    target + group * w->channels);
    expect_close("col2im", target, back, image_size, 1e-4);
}

static void patches(const ck_kernels *kernels) {
    geometry g = any_geometry(9, 1);
    ck_window *w = &g.window;
    // The line with its padding lies in memory whole.
    if (w->output_w > 1 && w->stride_w > 4) w->stride_w = 4;
    long row = between(0, g.output_h - 1), patch = w->kernel_h * w->kernel_w * w->channels;
    tell("patch_panels", &g, row, 1);
    float *image = numbers(w->height * w->width * w->channels);
    float *lines = unwritten(w->kernel_h * ck_padded_width(w) * w->channels + CK_PANEL);
    float *out = unwritten(panels_size(w->output_w, patch) + CK_PANEL);
    kernels->patch_panels(w, image, row, lines, out, w->output_w * CK_PANEL);
    for (long i = 0; i < w->output_w; i++)
        for (long d = 0; d < patch; d++) {
            long kh = d / (w->kernel_w * w->channels), kw = d / w->channels % w->kernel_w;
            long pixel = pixel_under(w, row, i, kh, kw);
            double expected = pixel < 0 ? 0 : image[pixel * w->channels + d % w->channels];
            expect_value("patch_panels", i * patch + d, out[in_panels(i, d, w->output_w)], expected, 0);
        }
}

static void depthwise(const ck_kernels *kernels) {
    geometry g = any_geometry(70, 1);
    const ck_window *w = &g.window;
    long row = between(0, g.output_h - 1), channels = w->channels, taps = w->kernel_h * w->kernel_w;
    ck_activation activation = (ck_activation)between(CK_IDENTITY, CK_SILU);
    tell("depthwise", &g, row, 1);
    long line = w->output_w * channels, pixels = w->height * w->width;
    float *image = numbers(pixels * channels), *filters = numbers(taps * channels);
    float *bias = chance(50) ? numbers(channels) : NULL, *out = unwritten(line);
    float *gradient = numbers(g.output_h * line), *sums = numbers(taps * channels);
    double *expected = zeros(line), *filter_gradient = zeros(taps * channels), *image_gradient = zeros(pixels * channels);
    for (long i = 0; i < taps * channels; i++) filter_gradient[i] = sums[i];
    for (long oh = 0; oh < g.output_h; oh++)
        for (long ow = 0; ow < w->output_w; ow++)
            for (long tap = 0; tap < taps; tap++) {
                long pixel = pixel_under(w, oh, ow, tap / w->kernel_w, tap % w->kernel_w);
                for (long c = 0; c < channels && pixel >= 0; c++) {
                    double slope = gradient[oh * line + ow * channels + c];
                    image_gradient[pixel * channels + c] += slope * filters[tap * channels + c];
                    if (oh != row) continue;
                    expected[ow * channels + c] += (double)image[pixel * channels + c] * filters[tap * channels + c];
                    filter_gradient[tap * channels + c] += slope * image[pixel * channels + c];
                }
            }
    for (long i = 0; i < line; i++) expected[i] = activated_value(expected[i] + (bias ? bias[i % channels] : 0), activation);
    kernels->depthwise_line(w, image, filters, row, bias, activation, out);
    expect_close("depthwise_line", out, expected, line, 1e-4);
    kernels->depthwise_filter_gradient(w, image, gradient + row * line, row, sums);
    expect_close("depthwise_filter_gradient", sums, filter_gradient, taps * channels, 1e-4);
    if (w->height > 0) {
        long input_row = between(0, w->height - 1);
        float *slopes = unwritten(w->width * channels);
        kernels->depthwise_input_gradient(w, gradient, g.output_h, filters, input_row, slopes);
        expect_close("depthwise_input_gradient", slopes, image_gradient + input_row * w->width * channels, w->width * channels,
                     1e-4);
    }
}

static void run(const ck_kernels *kernels) {
    depthwise(kernels);
    end_case();
    columns(kernels);
    end_case();
    patches(kernels);
}

const family convolution_family = {"convolution", run};
