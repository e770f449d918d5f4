// SPDX-License-Identifier: Apache-2.0
// JPEG and PNG through libjpeg and libpng, in C because both report errors by longjmp; and the inner loops of resampling.
// Nothing here prints or exits: every function returns 0, or another number with a message.
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
    // Whether decoding keeps the whole image's coefficients in memory.
    bool progressive;
} ci_info;

int ci_jpeg_info(const uint8_t *data, size_t size, ci_info *info, char *message);

// The size of the image when decoded at eighths/8 of its own.
long ci_jpeg_scaled(long length, int eighths);

// Writes rows of interleaved pixels, of the size that ci_jpeg_scaled tells. A file that ends early is CI_TRUNCATED, with
// what there was decoded, the rest grey.
int ci_jpeg_decode(const uint8_t *data, size_t size, int eighths, uint8_t *pixels, char *message);

// The result is the caller's to free.
int ci_jpeg_encode(const uint8_t *pixels, long width, long height, int channels, int quality, uint8_t **data,
                   size_t *size, char *message);

int ci_png_info(const uint8_t *data, size_t size, ci_info *info, char *message);
// Eight bits a channel; transparency is dropped.
int ci_png_decode(const uint8_t *data, size_t size, uint8_t *pixels, char *message);
int ci_png_encode(const uint8_t *pixels, long width, long height, int channels, uint8_t **data, size_t *size,
                  char *message);

// Weighted sums of neighbouring pixels along rows or columns, with weights in fixed point of 22 bits: output i uses
// `lengths[i]` inputs from `starts[i]` on, and the weights from `i * support` on.
void ci_resample_rows(const uint8_t *in, long in_stride, long rows, int channels, long out_width, const int32_t *starts,
                      const int32_t *lengths, const int32_t *weights, long support, uint8_t *out);
void ci_resample_columns(const uint8_t *in, long row_bytes, long out_height, const int32_t *starts,
                         const int32_t *lengths, const int32_t *weights, long support, uint8_t *out);

// out[i] = pixels[i] * scale[c] + shift[c]
void ci_normalize(const uint8_t *pixels, long count, int channels, const float *scale, const float *shift, float *out);

#endif
