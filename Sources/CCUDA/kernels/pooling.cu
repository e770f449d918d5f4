// SPDX-License-Identifier: Apache-2.0
// Pooling of channels-last images, both ways, a thread for each element of the result.
#include "common.h"

// The taps of a window along one axis: `count` positions from `first` on at distances of the dilation, of which the first is
// number `id` of the kernel.
struct Taps {
    int first, count, id, divisor;
};

__device__ inline Taps taps_of(const cc_windows &axis, int window) {
    Taps taps;
    if (axis.kernel == 0) {
        taps.first = (int)((i64)window * axis.length / axis.count);
        taps.count = (int)(((i64)(window + 1) * axis.length + axis.count - 1) / axis.count) - taps.first;
        taps.id = 0;
        taps.divisor = taps.count;
        return taps;
    }
    i64 start = (i64)window * axis.stride - axis.padding, kernel = axis.kernel, dilation = axis.dilation, length = axis.length;
    i64 low = start < 0 ? (dilation - 1 - start) / dilation : 0;
    i64 end = start < length ? (length - 1 - start) / dilation + 1 : 0;
    if (end > kernel) end = kernel;
    taps.first = (int)(start + low * dilation);
    taps.count = end > low ? (int)(end - low) : 0;
    taps.id = (int)low;
    i64 high = start + kernel;
    if (axis.counts_padding) taps.divisor = (int)((high < length + axis.padding ? high : length + axis.padding) - start);
    else taps.divisor = (int)((high < length ? high : length) - (start > 0 ? start : 0));
    return taps;
}

__device__ inline int step_of(const cc_windows &axis) { return axis.kernel == 0 ? 1 : axis.dilation; }

// The windows that can contain a position: `first` to `last`.
struct Reach {
    int first, last;
};

__device__ inline Reach windows_over(const cc_windows &axis, int position) {
    Reach reach;
    if (axis.kernel == 0) {
        reach.first = (int)((i64)position * axis.count / axis.length);
        reach.last = (int)(((i64)(position + 1) * axis.count - 1) / axis.length);
    } else {
        i64 high = (i64)position + axis.padding, low = high - (i64)axis.dilation * (axis.kernel - 1);
        i64 last = high / axis.stride;
        reach.first = low <= 0 ? 0 : (int)((low + axis.stride - 1) / axis.stride);
        reach.last = last < axis.count - 1 ? (int)last : axis.count - 1;
    }
    return reach;
}

// The number within the window's kernel of the tap at a position; -1 if there is none.
__device__ inline int tap_at(const cc_windows &axis, int window, int position) {
    if (axis.kernel == 0) return 0;
    i64 distance = (i64)position + axis.padding - (i64)window * axis.stride;
    return distance % axis.dilation == 0 ? (int)(distance / axis.dilation) : -1;
}

struct Pixel {
    u32 image;
    int row, column;
    u32 channel;

    __device__ Pixel(u32 index, int rows, int columns, u32 channels) {
        channel = index % channels;
        index /= channels;
        column = (int)(index % (u32)columns);
        index /= (u32)columns;
        row = (int)(index % (u32)rows);
        image = index / (u32)rows;
    }
};

KERNEL(max_pool)(u32 count, u32 channels, cc_windows rows, cc_windows columns, const float *x, float *out, u16 *winners) {
    u32 index = thread_number();
    if (index >= count) return;
    Pixel pixel(index, rows.count, columns.count, channels);
    Taps down = taps_of(rows, pixel.row), across = taps_of(columns, pixel.column);
    const float *image = x + (u64)pixel.image * rows.length * columns.length * channels + pixel.channel;
    float best = -1.0f / 0.0f;
    int winner = 0;
    bool is_first = true;
    for (int i = 0; i < down.count; i++) {
        for (int j = 0; j < across.count; j++) {
            u64 row = (u64)(down.first + i * rows.dilation), column = (u64)(across.first + j * columns.dilation);
            float v = image[(row * columns.length + column) * channels];
            if (is_first || v > best || is_nan(v)) {
                best = v;
                winner = (down.id + i) * columns.kernel + across.id + j;
                is_first = false;
            }
        }
    }
    out[index] = best;
    if (winners) winners[index] = (u16)winner;
}

KERNEL(max_pool_pullback)(u32 count, u32 channels, cc_windows rows, cc_windows columns, const float *gradient,
                          const u16 *winners, float *out) {
    u32 index = thread_number();
    if (index >= count) return;
    Pixel pixel(index, rows.length, columns.length, channels);
    Reach down = windows_over(rows, pixel.row), across = windows_over(columns, pixel.column);
    u64 image = (u64)pixel.image * rows.count * columns.count * channels + pixel.channel;
    float total = 0;
    for (int i = down.first; i <= down.last; i++) {
        int tap_row = tap_at(rows, i, pixel.row);
        if (tap_row < 0) continue;
        for (int j = across.first; j <= across.last; j++) {
            int tap_column = tap_at(columns, j, pixel.column);
            if (tap_column < 0) continue;
            u64 at = image + ((u64)i * columns.count + j) * channels;
            if (winners[at] == (u16)(tap_row * columns.kernel + tap_column)) total += gradient[at];
        }
    }
    out[index] = total;
}

KERNEL(average_pool)(u32 count, u32 channels, cc_windows rows, cc_windows columns, const float *x, float *out) {
    u32 index = thread_number();
    if (index >= count) return;
    Pixel pixel(index, rows.count, columns.count, channels);
    Taps down = taps_of(rows, pixel.row), across = taps_of(columns, pixel.column);
    const float *image = x + (u64)pixel.image * rows.length * columns.length * channels + pixel.channel;
    LongSum sum;
    for (int i = 0; i < down.count; i++) {
        for (int j = 0; j < across.count; j++) {
            u64 row = (u64)(down.first + i * step_of(rows)), column = (u64)(across.first + j * step_of(columns));
            sum.add(image[(row * columns.length + column) * channels]);
        }
    }
    out[index] = (float)(sum.value() / ((double)down.divisor * (double)across.divisor));
}

KERNEL(average_pool_pullback)(u32 count, u32 channels, cc_windows rows, cc_windows columns, const float *gradient, float *out) {
    u32 index = thread_number();
    if (index >= count) return;
    Pixel pixel(index, rows.length, columns.length, channels);
    Reach down = windows_over(rows, pixel.row), across = windows_over(columns, pixel.column);
    u64 image = (u64)pixel.image * rows.count * columns.count * channels + pixel.channel;
    float total = 0;
    for (int i = down.first; i <= down.last; i++) {
        if (tap_at(rows, i, pixel.row) < 0) continue;
        int divisor = taps_of(rows, i).divisor;
        for (int j = across.first; j <= across.last; j++) {
            if (tap_at(columns, j, pixel.column) < 0) continue;
            float share = (float)((i64)divisor * taps_of(columns, j).divisor);
            total += gradient[image + ((u64)i * columns.count + j) * channels] / share;
        }
    }
    out[index] = total;
}
