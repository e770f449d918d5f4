// SPDX-License-Identifier: Apache-2.0
#include "CImages.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>
#include <jerror.h>

typedef struct {
    struct jpeg_error_mgr base;
    jmp_buf escape;
    char *message;
    bool truncated;
} error_manager;

static void fail(j_common_ptr info) {
    error_manager *errors = (error_manager *)info->err;
    char text[JMSG_LENGTH_MAX];
    errors->base.format_message(info, text);
    snprintf(errors->message, CI_MESSAGE_SIZE, "%s", text);
    longjmp(errors->escape, 1);
}

// Warnings go nowhere, but for those that say that data is missing.
static void note(j_common_ptr info, int level) {
    error_manager *errors = (error_manager *)info->err;
    if (level >= 0) return;
    errors->base.num_warnings++;
    int code = errors->base.msg_code;
    if ((code == JWRN_JPEG_EOF || code == JWRN_HIT_MARKER) && !errors->truncated) {
        char text[JMSG_LENGTH_MAX];
        errors->base.format_message(info, text);
        snprintf(errors->message, CI_MESSAGE_SIZE, "%s", text);
        errors->truncated = true;
    }
}

static void discard(j_common_ptr info) { (void)info; }

static struct jpeg_error_mgr *prepare(error_manager *errors, char *message) {
    struct jpeg_error_mgr *base = jpeg_std_error(&errors->base);
    base->error_exit = fail;
    base->emit_message = note;
    base->output_message = discard;
    errors->message = message;
    errors->truncated = false;
    message[0] = 0;
    return base;
}

static bool is_grey(j_decompress_ptr info) { return info->jpeg_color_space == JCS_GRAYSCALE; }

int ci_jpeg_info(const uint8_t *data, size_t size, ci_info *result, char *message) {
    struct jpeg_decompress_struct info;
    error_manager errors;
    info.err = prepare(&errors, message);
    if (setjmp(errors.escape)) {
        jpeg_destroy_decompress(&info);
        return CI_CORRUPT;
    }
    jpeg_create_decompress(&info);
    jpeg_mem_src(&info, data, size);
    jpeg_read_header(&info, TRUE);
    result->width = info.image_width;
    result->height = info.image_height;
    result->channels = is_grey(&info) ? 1 : 3;
    result->progressive = info.progressive_mode;
    jpeg_destroy_decompress(&info);
    return CI_OK;
}

long ci_jpeg_scaled(long length, int eighths) { return (length * eighths + 7) / 8; }

// CMYK as Adobe writes it, inverted.
static void rgb_from_cmyk(const uint8_t *cmyk, long count, uint8_t *rgb) {
    for (long i = 0; i < count; i++)
        for (int c = 0; c < 3; c++) rgb[3 * i + c] = (uint8_t)((cmyk[4 * i + c] * cmyk[4 * i + 3] + 127) / 255);
}

int ci_jpeg_decode(const uint8_t *data, size_t size, int eighths, uint8_t *pixels, char *message) {
    struct jpeg_decompress_struct info;
    error_manager errors;
    uint8_t *volatile cmyk = NULL;
    info.err = prepare(&errors, message);
    if (setjmp(errors.escape)) {
        free(cmyk);
        jpeg_destroy_decompress(&info);
        return errors.truncated ? CI_TRUNCATED : CI_CORRUPT;
    }
    jpeg_create_decompress(&info);
    jpeg_mem_src(&info, data, size);
    jpeg_read_header(&info, TRUE);
    bool four = info.jpeg_color_space == JCS_CMYK || info.jpeg_color_space == JCS_YCCK;
    int channels = is_grey(&info) ? 1 : 3;
    info.out_color_space = four ? JCS_CMYK : channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    info.scale_num = (unsigned)eighths;
    info.scale_denom = 8;
    jpeg_start_decompress(&info);
    long width = info.output_width;
    if (four) {
        cmyk = malloc((size_t)width * 4);
        if (!cmyk) {
            jpeg_destroy_decompress(&info);
            snprintf(message, CI_MESSAGE_SIZE, "out of memory");
            return CI_OUT_OF_MEMORY;
        }
    }
    while (info.output_scanline < info.output_height) {
        uint8_t *row = pixels + (size_t)info.output_scanline * (size_t)width * (size_t)channels;
        JSAMPROW target = four ? cmyk : row;
        jpeg_read_scanlines(&info, &target, 1);
        if (four) rgb_from_cmyk(cmyk, width, row);
    }
    jpeg_finish_decompress(&info);
    free(cmyk);
    cmyk = NULL;
    jpeg_destroy_decompress(&info);
    return errors.truncated ? CI_TRUNCATED : CI_OK;
}

int ci_jpeg_encode(const uint8_t *pixels, long width, long height, int channels, int quality, uint8_t **data,
                   size_t *size, char *message) {
    struct jpeg_compress_struct info;
    error_manager errors;
    unsigned char *target = NULL;
    unsigned long length = 0;
    info.err = prepare(&errors, message);
    if (setjmp(errors.escape)) {
        jpeg_destroy_compress(&info);
        return CI_CORRUPT;
    }
    jpeg_create_compress(&info);
    jpeg_mem_dest(&info, &target, &length);
    info.image_width = (JDIMENSION)width;
    info.image_height = (JDIMENSION)height;
    info.input_components = channels;
    info.in_color_space = channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_set_defaults(&info);
    jpeg_set_quality(&info, quality, TRUE);
    jpeg_start_compress(&info, TRUE);
    while (info.next_scanline < info.image_height) {
        JSAMPROW row = (JSAMPROW)(pixels + (size_t)info.next_scanline * (size_t)width * (size_t)channels);
        jpeg_write_scanlines(&info, &row, 1);
    }
    jpeg_finish_compress(&info);
    jpeg_destroy_compress(&info);
    *data = target;
    *size = length;
    return CI_OK;
}
