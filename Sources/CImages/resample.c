// SPDX-License-Identifier: Apache-2.0
#include "CImages.h"

enum { BITS = 22 };

static inline uint8_t rounded(int32_t sum) {
    int32_t value = (sum + (1 << (BITS - 1))) >> BITS;
    return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

void ci_resample_rows(const uint8_t *in, long in_stride, long rows, int channels, long out_width, const int32_t *starts,
                      const int32_t *lengths, const int32_t *weights, long support, uint8_t *out) {
    for (long row = 0; row < rows; row++, in += in_stride, out += out_width * channels) {
        for (long x = 0; x < out_width; x++) {
            const int32_t *w = weights + x * support;
            const uint8_t *source = in + (long)starts[x] * channels;
            if (channels == 3) {
                int32_t r = 0, g = 0, b = 0;
                for (int32_t i = 0; i < lengths[x]; i++, source += 3) {
                    r += source[0] * w[i];
                    g += source[1] * w[i];
                    b += source[2] * w[i];
                }
                out[3 * x] = rounded(r);
                out[3 * x + 1] = rounded(g);
                out[3 * x + 2] = rounded(b);
            } else {
                int32_t grey = 0;
                for (int32_t i = 0; i < lengths[x]; i++) grey += source[i] * w[i];
                out[x] = rounded(grey);
            }
        }
    }
}

// A strip of a row at a time, so that its sums stay in registers while rows are added.
void ci_resample_columns(const uint8_t *in, long row_bytes, long out_height, const int32_t *starts,
                         const int32_t *lengths, const int32_t *weights, long support, uint8_t *out) {
    enum { STRIP = 64 };
    for (long y = 0; y < out_height; y++, out += row_bytes) {
        const int32_t *w = weights + y * support;
        const uint8_t *first = in + (long)starts[y] * row_bytes;
        for (long x = 0; x < row_bytes; x += STRIP) {
            long width = row_bytes - x < STRIP ? row_bytes - x : STRIP;
            int32_t sums[STRIP] = {0};
            for (int32_t i = 0; i < lengths[y]; i++) {
                const uint8_t *source = first + i * row_bytes + x;
                for (long j = 0; j < width; j++) sums[j] += source[j] * w[i];
            }
            for (long j = 0; j < width; j++) out[x + j] = rounded(sums[j]);
        }
    }
}

void ci_normalize(const uint8_t *pixels, long count, int channels, const float *scale, const float *shift, float *out) {
    if (channels == 3) {
        for (long i = 0; i < count; i++)
            for (int c = 0; c < 3; c++) out[3 * i + c] = pixels[3 * i + c] * scale[c] + shift[c];
    } else {
        for (long i = 0; i < count; i++) out[i] = pixels[i] * scale[0] + shift[0];
    }
}
