// SPDX-License-Identifier: Apache-2.0
// JPEG and PNG through libjpeg-turbo and libpng, in C because both report errors by longjmp; HEIF, AVIF and WebP through
// libheif and libwebp where they are installed; and the inner loops over pixels. Nothing here prints or exits: a codec's
// function returns 0, or another number with a message.
#ifndef CIMAGES_H
#define CIMAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CI_MESSAGE_SIZE = 256 };
enum {
    CI_OK,
    // The file yields no picture.
    CI_CORRUPT,
    // Data is missing at the end.
    CI_TRUNCATED,
    // Some of the pixels are wrong, or may be.
    CI_DAMAGED,
    // A kind of file that the library does not decode.
    CI_UNSUPPORTED,
    // The library that decodes it is not installed, or its decoder of this kind is not.
    CI_NO_LIBRARY,
    CI_NO_DECODER,
    CI_OUT_OF_MEMORY
};

typedef struct {
    long width, height;
    // 1 grey, 3 RGB
    int channels;
    // Whether decoding keeps the coefficients of the whole image in memory, whatever part or scale is asked for.
    bool is_held_whole;
    // A file of fewer bytes holds no such picture; 0 where that cannot be told.
    long least_bytes;
    // Whether the file ends as files of its kind do.
    bool has_end;
} ci_info;

typedef struct {
    long x, y, width, height;
} ci_rect;

int ci_jpeg_info(const uint8_t *data, size_t size, ci_info *info, char *message);

// The length of a side when it is decoded at eighths/8 of its size.
long ci_jpeg_scaled(long length, int eighths);

// Decodes at eighths/8 of the size, and of that the rectangle `part`: `part.height` rows of `part.width` interleaved
// pixels. Damage is noticed as far as rows are needed; a file that does not end as a JPEG does is decoded to its end.
// CI_TRUNCATED: data is missing. CI_DAMAGED: a part of the data is invalid. In both cases the valid part has
// been decoded; the other pixels are unchanged or grey.
int ci_jpeg_decode(const uint8_t *data, size_t size, int eighths, ci_rect part, uint8_t *pixels, char *message);

// The result is the caller's to free.
int ci_jpeg_encode(const uint8_t *pixels, long width, long height, int channels, int quality, bool halves_chroma,
                   uint8_t **data, size_t *size, char *message);

// Eight bits a channel; transparency is dropped. Wrong checksums are CI_DAMAGED, unless they are accepted. Rows that have
// arrived before an error are in `pixels`.
int ci_png_decode(const uint8_t *data, size_t size, bool accepts_damage, uint8_t *pixels, char *message);
// CRC-32, as a chunk of PNG ends with.
uint32_t ci_checksum(const uint8_t *data, size_t size);
// Inflates zlib's data; -1 if it is damaged or becomes more than `limit` bytes.
long ci_inflate(const uint8_t *data, size_t size, uint8_t *target, size_t limit);
int ci_png_encode(const uint8_t *pixels, long width, long height, int channels, uint8_t **data, size_t *size,
                  char *message);

// HEIF and AVIF, rotated and mirrored as the file says; WebP as it is stored. Both RGB, without transparency.
int ci_heif_info(const uint8_t *data, size_t size, ci_info *info, char *message);
int ci_heif_decode(const uint8_t *data, size_t size, long width, long height, uint8_t *pixels, char *message);
int ci_webp_info(const uint8_t *data, size_t size, ci_info *info, char *message);
int ci_webp_decode(const uint8_t *data, size_t size, long width, long height, uint8_t *pixels, char *message);
bool ci_has_heif(void);
bool ci_has_webp(void);

// The weights of one axis: output i is the sum over `lengths[i]` inputs from `starts[i]` on, times the
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
    // The same, and each row looked up in the tables (as ci_look_up does) as soon as it is there; `row` is a
    // scratch buffer for it.
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
