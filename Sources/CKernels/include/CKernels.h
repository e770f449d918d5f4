// SPDX-License-Identifier: Apache-2.0
// The innermost loops of TensorCore: plain C, compiled once for each instruction set and chosen when the program starts.
// Arrays are dense float32 unless a stride says otherwise; "rows" are [rows, channels] with the channels contiguous.
#ifndef CKERNELS_H
#define CKERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// out[i] = a[i * stride_a] (op) b[i * stride_b]
typedef void (*ck_binary)(long n, const float *a, long stride_a, const float *b, long stride_b, float *out);
// out[i] = f(x[i * stride])
typedef void (*ck_unary)(long n, const float *x, long stride, float *out);

// Columns of one panel of a matrix (panels.inc).
enum { CK_PANEL = 32 };

// Channels-last images in tiles of 4×4: tile t is image t / (tiles_high * tiles_wide), row and column of the rest.
typedef struct {
    long height, width, channels;
    long tiles_high, tiles_wide;
    long padding_h, padding_w;
} ck_tiles;

// A channels-last image and the windows of a convolution over it.
typedef struct {
    long height, width, channels;
    long kernel_h, kernel_w, stride_h, stride_w, padding_h, padding_w, dilation_h, dilation_w;
    long output_w;
} ck_window;

// The number of pixels in a line that its windows cover, padding included.
static inline long ck_padded_width(const ck_window *window) {
    return (window->output_w - 1) * window->stride_w + (window->kernel_w - 1) * window->dilation_w + 1;
}

// What follows a sum of products.
typedef enum { CK_IDENTITY, CK_RELU, CK_RELU6, CK_HARDSWISH, CK_SILU } ck_activation;

typedef struct {
    const char *name;

    ck_binary add, subtract, multiply, divide, maximum_of, minimum_of, add_relu;
    ck_unary negate, absolute, exp_of, log_of, sqrt_of, sin_of, cos_of, tanh_of, sigmoid, relu, gelu, gelu_tanh;
    ck_unary relu6, hardsigmoid, hardswish, silu;

    // out[i] = scale * x[i] + shift
    void (*affine)(long n, const float *x, float scale, float shift, float *out);
    // y[i] += scale * x[i]
    void (*add_scaled)(long n, float scale, const float *x, float *y);
    // Pullbacks: out[i] = gradient[i] * f'(…)
    void (*relu_pullback)(long n, const float *gradient, const float *output, float *out);
    void (*relu6_pullback)(long n, const float *gradient, const float *output, float *out);
    void (*hardsigmoid_pullback)(long n, const float *gradient, const float *x, float *out);
    void (*hardswish_pullback)(long n, const float *gradient, const float *x, float *out);
    void (*silu_pullback)(long n, const float *gradient, const float *x, float *out);
    void (*clamp)(long n, const float *x, float low, float high, float *out);
    void (*clamp_pullback)(long n, const float *gradient, const float *x, float low, float high, float *out);
    void (*leaky_relu)(long n, const float *x, float slope, float *out);
    void (*leaky_relu_pullback)(long n, const float *gradient, const float *x, float slope, float *out);
    void (*gelu_pullback)(long n, const float *gradient, const float *x, float *out);
    void (*gelu_tanh_pullback)(long n, const float *gradient, const float *x, float *out);
    void (*sigmoid_pullback)(long n, const float *gradient, const float *output, float *out);
    void (*tanh_pullback)(long n, const float *gradient, const float *output, float *out);

    // Reductions accumulate blocks in float32 and the blocks in float64; with a stride, all in float64.
    double (*sum)(long n, const float *x, long stride);
    double (*sum_of_squares)(long n, const float *x);
    double (*dot)(long n, const float *x, const float *y);
    // sum += Σ (x - center), squares += Σ (x - center)²
    void (*deviations)(long n, const float *x, long stride, float center, double *sum, double *squares);
    float (*maximum)(long n, const float *x, long stride);

    // sums[c] += Σ_rows x[r, c]
    void (*column_sums)(long rows, long channels, const float *x, long row_stride, double *sums);

    // x[r, c] = max(x[r, c] + bias[c], 0 if relu); bias may be null
    void (*bias_activation)(long rows, long channels, float *x, long row_stride, const float *bias, ck_activation activation);

    // Copies the patches under output pixels [first, first + count) of one image into rows of [kernel_h, kernel_w, channels].
    // Filters are [kernel_h][kernel_w][channels]; `row` is a line of the output's pixels, or of the input's for its gradient.
    void (*depthwise_line)(const ck_window *window, const float *image, const float *filters, long row, const float *bias,
                           ck_activation activation, float *out);
    void (*depthwise_filter_gradient)(const ck_window *window, const float *image, const float *gradient_line, long row,
                                      float *sums);
    void (*depthwise_input_gradient)(const ck_window *window, const float *gradient, long output_h, const float *filters,
                                     long row, float *out);
    void (*im2col)(const float *image, long height, long width, long channels, long channel_stride,
                   long kernel_h, long kernel_w, long stride_h, long stride_w, long padding_h, long padding_w,
                   long dilation_h, long dilation_w, long output_w, long first, long count, float *columns);
    // The transpose: adds the rows back into the image.
    void (*col2im)(const float *columns, long height, long width, long channels, long channel_stride,
                   long kernel_h, long kernel_w, long stride_h, long stride_w, long padding_h, long padding_w,
                   long dilation_h, long dilation_w, long output_w, long first, long count, float *image);

    // y[b, o] (+)= Σ_i x[b, i] w[o, i]: for few rows of x, with w read once, in order.
    void (*row_products)(long batch, long outputs, long depth, const float *x, long x_stride, const float *w, long w_stride,
                         float *y, long y_stride, bool accumulate);

    // Products and rearrangements of matrices in panels (panels.inc), and Winograd's transforms (winograd.inc).
    void (*panel_product)(long rows, long depth, const float *a, long a_panel, const float *b, float *c);
    void (*panel_product_transposed)(long rows, long depth, const float *a, const float *b, float *c, bool accumulate);
    void (*panels_from_rows)(long count, long channels, const float *rows, const float *mask, float *out, long panel_stride,
                             float *sums);
    void (*rows_from_panels)(long count, long channels, const float *panels, long panel_stride, const float *bias, bool relu,
                             float *rows);
    void (*patch_panels)(const ck_window *window, const float *image, long output_row, float *lines, float *out,
                         long panel_stride);
    void (*winograd_input)(const ck_tiles *tiles, const float *images, const float *mask, long first, long count, float *out,
                           long panel_stride, long position_stride);
    void (*winograd_gradient)(const ck_tiles *tiles, const float *images, const float *mask, long first, long count,
                              float *out, long panel_stride, long position_stride, float *sums);
    void (*winograd_output)(const ck_tiles *tiles, const float *products, long panel_stride, long position_stride,
                            const float *bias, bool relu, bool pool, long first, long count, float *images);
    void (*winograd_filters)(const float *filters, long rows, long columns, long row_stride, long column_stride,
                             long tap_stride, long first, long count, float *out, long position_stride);
    void (*winograd_filter_gradient)(const float *products, long position_stride, long rows, long columns, long row_stride,
                                     long column_stride, long tap_stride, long first, long count, float *filters);

    // One output pixel of a pooling window; `taps` holds the offsets (in floats) of the input pixels in the window.
    void (*max_pool_pixel)(const float *image, const long *taps, const uint16_t *tap_ids, long count, long channels,
                           float *out, uint16_t *winners);
    void (*max_pool_pixel_pullback)(const float *gradient, const uint16_t *winners, const long *taps,
                                    const uint16_t *tap_ids, long count, long channels, float *image_gradient);
    void (*average_pixels)(const float *image, const long *taps, long count, long channels, long divisor, float *out);
    void (*spread_pixel)(const float *gradient, const long *taps, long count, long channels, long divisor, float *image_gradient);

    // Batch normalisation over rows.
    // The mean and Σ (x - mean)² of each channel; both are 0 before.
    void (*channel_moments)(long rows, long channels, const float *x, double *mean, double *squares);
    // out = max((x - mean[c]) * scale[c] + shift[c], 0 if relu)
    void (*normalize)(long rows, long channels, const float *x, const float *mean, const float *scale, const float *shift,
                      bool relu, float *out);
    // g counts as 0 where output, if given, is 0 or less: sums[c] += Σ g, products[c] += Σ g (x - mean[c])
    void (*batch_norm_sums)(long rows, long channels, const float *gradient, const float *x, const float *output,
                            const float *mean, double *sums, double *products);
    // out = a[c] g + b[c] (x - mean[c]) + d[c], or a[c] g where b is null; g as above
    void (*batch_norm_pullback)(long rows, long channels, const float *gradient, const float *x, const float *output,
                                const float *mean, const float *a, const float *b, const float *d, float *out);

    // Local response normalisation over the channels of each row (Krizhevsky et al., 2012).
    // scale[c] = k + alpha / size Σ_{window} x²
    void (*response_norm)(long rows, long channels, const float *x, long size, float alpha, float beta, float k,
                          float *scale, float *out);
    void (*response_norm_pullback)(long rows, long channels, const float *gradient, const float *x, const float *scale,
                                   long size, float alpha, float beta, float *scratch, float *out);

    // Rows of [rows, classes]
    void (*softmax)(long rows, long classes, const float *x, float *out);
    void (*log_softmax)(long rows, long classes, const float *x, float *out);
    void (*softmax_pullback)(long rows, long classes, const float *gradient, const float *output, float *out);
    void (*log_softmax_pullback)(long rows, long classes, const float *gradient, const float *output, float *out);

    // out[i] = x[i] * scale where philox(seed, stream, first + i) >= threshold, else 0
    void (*dropout)(long n, const float *x, uint64_t seed, uint64_t stream, uint64_t first, uint32_t threshold,
                    float scale, float *out);

    // Optimizer updates, one pass each.
    void (*sgd)(long n, float *value, const float *gradient, float *velocity, bool first_step, float rate, float momentum,
                float dampening, float weight_decay, bool nesterov);
    void (*adam)(long n, float *value, const float *gradient, float *mean, float *square, float step_size, float beta1,
                 float beta2, float inverse_sqrt_correction, float epsilon, float l2, float decoupled_decay);
} ck_kernels;

enum { CK_BASELINE, CK_AVX2, CK_AVX512, CK_NEON };

// The kernels for one of the instruction sets above; null if this processor or this build lacks it.
const ck_kernels *ck_kernels_for(int instruction_set);

// The number of processors that this process is bound to; 0 where the system does not tell.
long ck_bound_processors(void);

// Whether this is built with a sanitizer.
bool ck_has_address_sanitizer(void);
bool ck_has_thread_sanitizer(void);

#endif
