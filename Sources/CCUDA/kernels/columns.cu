// SPDX-License-Identifier: Apache-2.0
// Sums and moments of the columns of `[rows, channels]`, batch normalisation and local response normalisation over them. A
// block takes CC_COLUMNS columns, and part blockIdx.y of the rows; parts are put together in their order.
#include "common.h"

struct Part {
    u32 column, row, end;
    bool is_inside;

    __device__ Part(u32 rows, u32 channels) {
        column = blockIdx.x * CC_COLUMNS + threadIdx.x;
        is_inside = column < channels;
        row = (u32)((u64)rows * blockIdx.y / gridDim.y) + threadIdx.y;
        end = (u32)((u64)rows * (blockIdx.y + 1) / gridDim.y);
    }
};

// The sum over the block's rows, for the threads of row 0.
__device__ inline double sum_of_rows(double value, double (*scratch)[CC_COLUMNS]) {
    scratch[threadIdx.y][threadIdx.x] = value;
    __syncthreads();
    double total = 0;
    if (threadIdx.y == 0)
        for (int row = 0; row < CC_COLUMN_ROWS; row++) total += scratch[row][threadIdx.x];
    __syncthreads();
    return total;
}

// parts `[parts, channels]`
BLOCK_KERNEL(column_sums)(u32 rows, u32 channels, const float *x, double *parts) {
    __shared__ double scratch[CC_COLUMN_ROWS][CC_COLUMNS];
    Part part(rows, channels);
    LongSum sum;
    if (part.is_inside)
        for (u32 row = part.row; row < part.end; row += CC_COLUMN_ROWS) sum.add(x[(u64)row * channels + part.column]);
    double total = sum_of_rows(sum.value(), scratch);
    if (part.is_inside && threadIdx.y == 0) parts[(u64)blockIdx.y * channels + part.column] = total;
}

KERNEL(column_sums_finish)(u32 channels, u32 parts, double divisor, const double *numbers, float *out) {
    u32 c = thread_number();
    if (c >= channels) return;
    double total = 0;
    for (u32 part = 0; part < parts; part++) total += numbers[(u64)part * channels + c];
    out[c] = (float)(total / divisor);
}

// Of each part the mean, then the sum of squared deviations from it: parts `[parts, 2, channels]`. Deviations are taken from
// the part's first row, which avoids cancellation.
BLOCK_KERNEL(column_moments)(u32 rows, u32 channels, const float *x, double *parts) {
    __shared__ double scratch[CC_COLUMN_ROWS][CC_COLUMNS];
    Part part(rows, channels);
    u32 first = part.row - threadIdx.y;
    LongSum sum, squares;
    float origin = 0;
    if (part.is_inside && first < part.end) {
        origin = x[(u64)first * channels + part.column];
        for (u32 row = part.row; row < part.end; row += CC_COLUMN_ROWS) {
            float deviation = x[(u64)row * channels + part.column] - origin;
            sum.add(deviation);
            squares.add(deviation * deviation);
        }
    }
    double total = sum_of_rows(sum.value(), scratch), total_squares = sum_of_rows(squares.value(), scratch);
    if (!part.is_inside || threadIdx.y != 0) return;
    double count = (double)(part.end - first), mean = count > 0 ? total / count : 0;
    double *numbers = parts + (u64)blockIdx.y * 2 * channels + part.column;
    numbers[0] = (double)origin + mean;
    numbers[channels] = total_squares - total * mean;
}

// The moments of all rows from those of the parts (T. F. Chan, G. H. Golub, R. J. LeVeque, 1979): the mean in float32, what
// its rounding leaves, and the squares divided by a number.
KERNEL(column_moments_finish)(u32 channels, u32 rows, u32 parts, double divisor, const double *numbers, float *means,
                              float *remainders, float *variances) {
    u32 c = thread_number();
    if (c >= channels) return;
    double mean = 0, squares = 0;
    for (u32 part = 0; part < parts; part++) {
        double before = (double)((u64)rows * part / parts), end = (double)((u64)rows * (part + 1) / parts);
        if (end == before) continue;
        const double *own = numbers + (u64)part * 2 * channels + c;
        double delta = own[0] - mean, share = (end - before) / end;
        mean += delta * share;
        squares += own[channels] + delta * delta * share * before;
    }
    means[c] = (float)mean;
    if (remainders) remainders[c] = (float)(mean - (double)(float)mean);
    variances[c] = (float)(squares / divisor);
}

KERNEL(normalize)(u32 count, u32 channels, const float *x, const float *mean, const float *scale, const float *shift,
                  int relu, float *out) {
    u32 i = thread_number();
    if (i >= count) return;
    u32 c = i % channels;
    float v = (x[i] - mean[c]) * scale[c] + shift[c];
    out[i] = relu && v < 0 ? 0 : v;
}

// Σ g and Σ g (x - mean), with g as 0 where `output`, if given, is 0 or less: parts `[parts, 2, channels]`
BLOCK_KERNEL(normalization_sums)(u32 rows, u32 channels, const float *gradient, const float *x, const float *output,
                                 const float *mean, double *parts) {
    __shared__ double scratch[CC_COLUMN_ROWS][CC_COLUMNS];
    Part part(rows, channels);
    LongSum sum, products;
    if (part.is_inside) {
        float center = mean[part.column];
        for (u32 row = part.row; row < part.end; row += CC_COLUMN_ROWS) {
            u64 i = (u64)row * channels + part.column;
            float g = output && output[i] <= 0 ? 0 : gradient[i];
            sum.add(g);
            products.add(g * (x[i] - center));
        }
    }
    double total = sum_of_rows(sum.value(), scratch), total_products = sum_of_rows(products.value(), scratch);
    if (!part.is_inside || threadIdx.y != 0) return;
    parts[(u64)blockIdx.y * 2 * channels + part.column] = total;
    parts[((u64)blockIdx.y * 2 + 1) * channels + part.column] = total_products;
}

KERNEL(normalization_sums_finish)(u32 channels, u32 parts, const double *numbers, const float *remainders, float *sums,
                                  float *products) {
    u32 c = thread_number();
    if (c >= channels) return;
    double sum = 0, product = 0;
    for (u32 part = 0; part < parts; part++) {
        sum += numbers[(u64)part * 2 * channels + c];
        product += numbers[((u64)part * 2 + 1) * channels + c];
    }
    sums[c] = (float)sum;
    products[c] = (float)(product - sum * (double)remainders[c]);
}

// out = a[c] g + b[c] (x - mean[c]) + d[c], or a[c] g where b is null; g as above
KERNEL(normalization_pullback)(u32 count, u32 channels, const float *gradient, const float *x, const float *output,
                               const float *mean, const float *a, const float *b, const float *d, float *out) {
    u32 i = thread_number();
    if (i >= count) return;
    u32 c = i % channels;
    float g = output && output[i] <= 0 ? 0 : gradient[i];
    out[i] = b ? a[c] * g + b[c] * (x[i] - mean[c]) + d[c] : a[c] * g;
}

// x[r, c] = max(x[r, c] + bias[c], 0 if relu); bias may be null
KERNEL(bias_activation)(u32 count, u32 channels, float *x, const float *bias, int relu) {
    u32 i = thread_number();
    if (i >= count) return;
    float v = x[i] + (bias ? bias[i % channels] : 0);
    x[i] = relu && v < 0 ? 0 : v;
}

// Local response normalisation: the window around channel c has size / 2 channels before it and (size - 1) / 2 after.
KERNEL(response_norm)(u32 count, u32 channels, i64 size, float alpha, float beta, float k, const float *x, float *scale,
                      float *out) {
    u32 i = thread_number();
    if (i >= count) return;
    i64 c = i % channels, low = c - size / 2, high = c + (size - 1) / 2;
    if (low < 0) low = 0;
    if (high >= channels) high = channels - 1;
    const float *row = x + (i - c);
    float squares = 0;
    for (i64 at = low; at <= high; at++) squares += row[at] * row[at];
    scale[i] = k + alpha / (float)size * squares;
    out[i] = x[i] * powf(scale[i], -beta);
}

KERNEL(response_norm_pullback)(u32 count, u32 channels, i64 size, float alpha, float beta, const float *gradient,
                               const float *x, const float *scale, float *out) {
    u32 i = thread_number();
    if (i >= count) return;
    i64 c = i % channels, low = c - (size - 1) / 2, high = c + size / 2;
    if (low < 0) low = 0;
    if (high >= channels) high = channels - 1;
    float total = 0;
    for (u64 at = i - c + low; at <= i - c + high; at++) total += gradient[at] * x[at] * powf(scale[at], -beta) / scale[at];
    out[i] = gradient[i] * powf(scale[i], -beta) - 2 * alpha * beta / (float)size * x[i] * total;
}
