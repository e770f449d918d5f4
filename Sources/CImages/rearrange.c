// SPDX-License-Identifier: Apache-2.0
#include "CImages.h"

#include <string.h>

void ci_rearrange(const uint8_t *origin, ptrdiff_t step_x, ptrdiff_t step_y, long width, long height, int channels,
                  uint8_t *out) {
    for (long y = 0; y < height; y++, origin += step_y, out += width * channels) {
        const uint8_t *from = origin;
        if (step_x == channels) {
            memcpy(out, from, (size_t)(width * channels));
        } else if (channels == 3) {
            for (long x = 0; x < width; x++, from += step_x) {
                out[3 * x] = from[0];
                out[3 * x + 1] = from[1];
                out[3 * x + 2] = from[2];
            }
        } else {
            for (long x = 0; x < width; x++, from += step_x) out[x] = *from;
        }
    }
}

void ci_look_up(const uint8_t *pixels, long count, int channels, const float *tables, float *out) {
    if (channels == 1) {
        for (long i = 0; i < count; i++) out[i] = tables[pixels[i]];
        return;
    }
    for (long i = 0; i < count; i++, pixels += 3, out += 3) {
        out[0] = tables[pixels[0]];
        out[1] = tables[256 + pixels[1]];
        out[2] = tables[512 + pixels[2]];
    }
}

void ci_sum_channels(const uint8_t *pixels, long count, int channels, uint64_t *sums) {
    for (int c = 0; c < channels; c++) {
        uint64_t sum = 0;
        for (long i = 0; i < count; i++) sum += pixels[i * channels + c];
        sums[c] = sum;
    }
}
