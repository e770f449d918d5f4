// SPDX-License-Identifier: Apache-2.0
// JPEG and PNG through libjpeg-turbo and libpng, in C because both report errors by longjmp; and the inner loops over
// pixels. Nothing here prints or exits: a codec's function returns 0, or another number with a message.
#ifndef CIMAGES_H
#define CIMAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CI_MESSAGE_SIZE = 256 };
enum { CI_OK, CI_CORRUPT, CI_TRUNCATED, CI_OUT_OF_MEMORY };

typedef struct {
    long width, height;
    // 1 grey, 3 RGB
    int channels;
    // Whether decoding keeps the coefficients of the whole image in memory, whatever part or scale is asked for.
    bool is_held_whole;
} ci_info;

typedef struct {
    long x, y, width, height;
} ci_rect;

int ci_jpeg_info(const uint8_t *data, size_t size, ci_info *info, char *message);

// The length of a side when decoded at eighths/8 of its own.
long ci_jpeg_scaled(long length, int eighths);

// Decodes at eighths/8 of the size, and of that the rectangle `part`: `part.height` rows of `part.width` interleaved
// pixels. Damage is noticed as far as rows are needed; a file that does not end as a JPEG does is decoded to its end, and
// CI_TRUNCATED tells that data is missing: what there was has been decoded then, the rest is as it was before the call or
// grey.
int ci_jpeg_decode(const uint8_t *data, size_t size, int eighths, ci_rect part, uint8_t *pixels, char *message);

// The result is the caller's to free.
int ci_jpeg_encode(const uint8_t *pixels, long width, long height, int channels, int quality, bool halves_chroma,
                   uint8_t **data, size_t *size, char *message);

int ci_png_info(const uint8_t *data, size_t size, ci_info *info, char *message);
// Eight bits a channel; transparency is dropped.
int ci_png_decode(const uint8_t *data, size_t size, uint8_t *pixels, char *message);
int ci_png_encode(const uint8_t *pixels, long width, long height, int channels, uint8_t **data, size_t *size,
                  char *message);

// How each output of one axis comes about: output i is the sum over `lengths[i]` inputs from `starts[i]` on, times the
// weights from `i * support` on, which are fixed point of 22 bits.
typedef struct {
    long count;
    const int32_t *starts, *lengths, *weights;
    long support;
} ci_axis;

// The loops of resampling, for one instruction set. All give the same bits.
typedef struct {
    // `in` is the first of `rows` rows; nothing at or beyond `end` is read.
    void (*resample_rows)(const uint8_t *in, long in_stride, const uint8_t *end, long rows, int channels, ci_axis axis,
                          uint8_t *out);
    // Rows of `row_bytes` bytes, without gaps.
    void (*resample_columns)(const uint8_t *in, long row_bytes, ci_axis axis, uint8_t *out);
    // The same, and each row looked up in the tables (as ci_look_up does) as soon as it is there; `row` is room for it.
    void (*resample_columns_to_numbers)(const uint8_t *in, long row_bytes, ci_axis axis, int channels,
                                        const float *tables, uint8_t *row, float *out);
} ci_loops;

const ci_loops *ci_portable_loops(void);
// Those of the best instruction set that the processor has.
const ci_loops *ci_best_loops(void);

// Pixel (x, y) of the result is the one at origin + x * step_x + y * step_y: crops, flips, quarter turns.
void ci_rearrange(const uint8_t *origin, ptrdiff_t step_x, ptrdiff_t step_y, long width, long height, int channels,
                  uint8_t *out);

// out[i] = tables[c * 256 + pixels[i]] for each pixel's channel c.
void ci_look_up(const uint8_t *pixels, long count, int channels, const float *tables, float *out);

// Adds up each channel.
void ci_sum_channels(const uint8_t *pixels, long count, int channels, uint64_t *sums);

#endif
