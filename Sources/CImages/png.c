// SPDX-License-Identifier: Apache-2.0
#include "CImages.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>

typedef struct {
    const uint8_t *data;
    size_t left;
    bool truncated;
    char *message;
} source;

static void read_bytes(png_structp png, png_bytep target, size_t count) {
    source *from = png_get_io_ptr(png);
    if (count > from->left) {
        from->truncated = true;
        png_error(png, "the file ends early");
    }
    memcpy(target, from->data, count);
    from->data += count;
    from->left -= count;
}

static void fail(png_structp png, png_const_charp text) {
    source *from = png_get_error_ptr(png);
    snprintf(from->message, CI_MESSAGE_SIZE, "%s", text);
    png_longjmp(png, 1);
}

static void ignore(png_structp png, png_const_charp text) {
    (void)png;
    (void)text;
}

static png_structp begin(source *from, png_infop *info) {
    from->message[0] = 0;
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, from, fail, ignore);
    if (!png) return NULL;
    *info = png_create_info_struct(png);
    if (!*info) {
        png_destroy_read_struct(&png, NULL, NULL);
        return NULL;
    }
    // The limit on pixels is the caller's; these are the format's.
    png_set_user_limits(png, 0x7fffffff, 0x7fffffff);
    png_set_read_fn(png, from, read_bytes);
    return png;
}

static int out_of_memory(char *message) {
    if (!message[0]) snprintf(message, CI_MESSAGE_SIZE, "out of memory");
    return CI_OUT_OF_MEMORY;
}

static int abandon(png_structp png, png_infop info, const source *from) {
    png_destroy_read_struct(&png, &info, NULL);
    return from->truncated ? CI_TRUNCATED : CI_CORRUPT;
}

static int channels_of(png_structp png, png_infop info) {
    int type = png_get_color_type(png, info);
    return type == PNG_COLOR_TYPE_GRAY || type == PNG_COLOR_TYPE_GRAY_ALPHA ? 1 : 3;
}

int ci_png_info(const uint8_t *data, size_t size, ci_info *result, char *message) {
    source from = {data, size, false, message};
    png_infop info = NULL;
    png_structp png = begin(&from, &info);
    if (!png) return out_of_memory(message);
    if (setjmp(png_jmpbuf(png))) return abandon(png, info, &from);
    png_read_info(png, info);
    result->width = png_get_image_width(png, info);
    result->height = png_get_image_height(png, info);
    result->channels = channels_of(png, info);
    result->is_held_whole = true;
    png_destroy_read_struct(&png, &info, NULL);
    return CI_OK;
}

int ci_png_decode(const uint8_t *data, size_t size, uint8_t *pixels, char *message) {
    source from = {data, size, false, message};
    png_infop info = NULL;
    png_structp png = begin(&from, &info);
    if (!png) return out_of_memory(message);
    if (setjmp(png_jmpbuf(png))) return abandon(png, info, &from);
    png_read_info(png, info);
    size_t stride = (size_t)png_get_image_width(png, info) * (size_t)channels_of(png, info);
    long height = png_get_image_height(png, info);
    png_set_palette_to_rgb(png);
    png_set_expand_gray_1_2_4_to_8(png);
    png_set_strip_16(png);
    png_set_strip_alpha(png);
    int passes = png_set_interlace_handling(png);
    png_read_update_info(png, info);
    if (png_get_rowbytes(png, info) != stride) png_error(png, "unexpected layout of rows");
    for (int pass = 0; pass < passes; pass++)
        for (long row = 0; row < height; row++) png_read_row(png, pixels + (size_t)row * stride, NULL);
    png_read_end(png, NULL);
    png_destroy_read_struct(&png, &info, NULL);
    return CI_OK;
}

int ci_png_encode(const uint8_t *pixels, long width, long height, int channels, uint8_t **data, size_t *size,
                  char *message) {
    png_image image = {.version = PNG_IMAGE_VERSION, .width = (png_uint_32)width, .height = (png_uint_32)height,
                       .format = channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB};
    png_alloc_size_t length = 0;
    if (!png_image_write_get_memory_size(image, length, 0, pixels, 0, NULL)) {
        snprintf(message, CI_MESSAGE_SIZE, "%s", image.message);
        return CI_CORRUPT;
    }
    uint8_t *buffer = malloc(length);
    if (!buffer) {
        snprintf(message, CI_MESSAGE_SIZE, "out of memory");
        return CI_OUT_OF_MEMORY;
    }
    if (!png_image_write_to_memory(&image, buffer, &length, 0, pixels, 0, NULL)) {
        snprintf(message, CI_MESSAGE_SIZE, "%s", image.message);
        free(buffer);
        return CI_CORRUPT;
    }
    *data = buffer;
    *size = length;
    return CI_OK;
}
