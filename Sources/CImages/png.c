// SPDX-License-Identifier: Apache-2.0
#include "CImages.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>
#include <zlib.h>

typedef struct {
    const uint8_t *data;
    size_t size, position;
    // Bytes of the chunks of pixels that are there.
    size_t pixel_bytes;
    bool is_cut, lacks_checksum;
    // What is lacking, as it would be.
    uint32_t checksum;
    // Where the last chunk of pixels begins, if a part of it is missing, and how much of it there is.
    size_t cut_chunk;
    uint32_t cut_length;
    // Whether the row that is being read has been inflated.
    bool has_row;
    bool truncated;
    char *message;
} source;

static uint32_t big_endian(const uint8_t *bytes) {
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

// Looks at the chunks' headers alone, and finds the first chunk that the file does not hold whole.
static source survey(const uint8_t *data, size_t size, char *message) {
    source from = {.data = data, .size = size, .message = message};
    size_t at = 8;
    while (at <= size && size - at >= 8) {
        size_t length = big_endian(data + at), left = size - at - 8;
        bool holds_pixels = memcmp(data + at + 4, "IDAT", 4) == 0;
        if (holds_pixels) from.pixel_bytes += length < left ? length : left;
        if (length > left || left - length < 4) {
            from.is_cut = true;
            if (!holds_pixels) return from;
            from.lacks_checksum = length <= left;
            if (from.lacks_checksum) from.checksum = ci_checksum(data + at + 4, length + 4);
            from.cut_chunk = length > left ? at : 0;
            from.cut_length = (uint32_t)left;
            return from;
        }
        if (memcmp(data + at + 4, "IEND", 4) == 0) return from;
        at += 12 + length;
    }
    from.is_cut = true;
    return from;
}

static void read_bytes(png_structp png, png_bytep target, size_t count) {
    source *from = png_get_io_ptr(png);
    size_t left = from->size - from->position;
    if (count > left) {
        if (from->lacks_checksum && count == 4) {
            for (int i = 0; i < 4; i++) target[i] = (uint8_t)(from->checksum >> (24 - 8 * i));
            from->position = from->size;
            return;
        }
        from->truncated = true;
        png_error(png, "the file ends early");
    }
    memcpy(target, from->data + from->position, count);
    // libpng takes a block of data whole or not at all: a chunk that is cut is said to be as long as it is.
    if (from->cut_chunk && from->position == from->cut_chunk && count >= 4)
        for (int i = 0; i < 4; i++) target[i] = (uint8_t)(from->cut_length >> (24 - 8 * i));
    from->position += count;
}

static void note_row(png_structp png, png_row_infop info, png_bytep row) {
    (void)info;
    (void)row;
    ((source *)png_get_io_ptr(png))->has_row = true;
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

// No memory is allocated for a chunk's claimed length: chunks that change no pixel are skipped, and all
// others are short.
enum { MOST_CHUNK_BYTES = 1 << 16 };

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
    png_set_chunk_malloc_max(png, MOST_CHUNK_BYTES);
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, (png_const_bytep)"tRNS", 1);
    png_set_read_fn(png, from, read_bytes);
    return png;
}

// Deflate makes at most 1032 bytes of one.
static bool can_hold(const source *from, double bytes) { return bytes <= 1032.0 * ((double)from->pixel_bytes + 1); }

static int channels_of(png_structp png, png_infop info) {
    int type = png_get_color_type(png, info);
    return type == PNG_COLOR_TYPE_GRAY || type == PNG_COLOR_TYPE_GRAY_ALPHA ? 1 : 3;
}

int ci_png_decode(const uint8_t *data, size_t size, bool accepts_damage, uint8_t *pixels, char *message) {
    source from = survey(data, size, message);
    png_infop info = NULL;
    png_structp png = begin(&from, &info);
    if (!png) {
        snprintf(message, CI_MESSAGE_SIZE, "out of memory");
        return CI_OUT_OF_MEMORY;
    }
    volatile bool is_last = false, has_begun = false;
    if (setjmp(png_jmpbuf(png))) {
        png_destroy_read_struct(&png, &info, NULL);
        if (from.truncated) return is_last && from.has_row ? CI_OK : CI_TRUNCATED;
        return has_begun || strstr(message, "CRC error") ? CI_DAMAGED : CI_CORRUPT;
    }
    if (accepts_damage) png_set_crc_action(png, PNG_CRC_QUIET_USE, PNG_CRC_QUIET_USE);
    png_read_info(png, info);
    size_t stride = (size_t)png_get_image_width(png, info) * (size_t)channels_of(png, info);
    long height = png_get_image_height(png, info);
    if (!can_hold(&from, (double)png_get_rowbytes(png, info) / 8)) {
        from.truncated = from.is_cut;
        png_error(png, "it has too few bytes for its pixels");
    }
    png_set_palette_to_rgb(png);
    png_set_expand_gray_1_2_4_to_8(png);
    png_set_strip_16(png);
    png_set_strip_alpha(png);
    png_set_read_user_transform_fn(png, note_row);
    int passes = png_set_interlace_handling(png);
    png_read_update_info(png, info);
    if (png_get_rowbytes(png, info) != stride) png_error(png, "unexpected layout of rows");
    png_uint_32 width = png_get_image_width(png, info);
    has_begun = true;
    for (int pass = 0; pass < passes; pass++)
        for (long row = 0; row < height; row++) {
            // Rows that an interlacing pass does not contain take no inflated data.
            bool has_pixels = passes == 1 || (PNG_ROW_IN_INTERLACE_PASS(row, pass) && PNG_PASS_COLS(width, pass) > 0);
            if (has_pixels) from.has_row = false;
            is_last = pass == passes - 1 && row == height - 1;
            png_read_row(png, pixels + (size_t)row * stride, NULL);
        }
    // Anything after the pixels is ignored: some writers forget the chunk that ends the file.
    png_destroy_read_struct(&png, &info, NULL);
    return CI_OK;
}

uint32_t ci_checksum(const uint8_t *data, size_t size) { return (uint32_t)crc32(0, data, (uInt)size); }

long ci_inflate(const uint8_t *data, size_t size, uint8_t *target, size_t limit) {
    z_stream stream = {.next_in = (Bytef *)data, .avail_in = (uInt)size, .next_out = target, .avail_out = (uInt)limit};
    if (inflateInit(&stream) != Z_OK) return -1;
    int result = inflate(&stream, Z_FINISH);
    long count = (long)stream.total_out;
    inflateEnd(&stream);
    return result == Z_STREAM_END ? count : -1;
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
