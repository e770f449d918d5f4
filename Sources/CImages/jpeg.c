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
    bool truncated, damaged;
} error_manager;

static void copy_message(j_common_ptr info) {
    error_manager *errors = (error_manager *)info->err;
    char text[JMSG_LENGTH_MAX];
    errors->base.format_message(info, text);
    snprintf(errors->message, CI_MESSAGE_SIZE, "%s", text);
}

// Errors that are not the file's fault.
static int kind_of(int code) {
    switch (code) {
    case JERR_OUT_OF_MEMORY: return CI_OUT_OF_MEMORY;
    case JERR_ARITH_NOTIMPL:
    case JERR_BAD_PRECISION:
    case JERR_CCIR601_NOTIMPL:
    case JERR_CONVERSION_NOTIMPL:
    case JERR_FRACT_SAMPLE_NOTIMPL:
    case JERR_NOTIMPL:
    case JERR_NOT_COMPILED:
    case JERR_SOF_UNSUPPORTED: return CI_UNSUPPORTED;
    default: return CI_CORRUPT;
    }
}

static void fail(j_common_ptr info) {
    copy_message(info);
    longjmp(((error_manager *)info->err)->escape, kind_of(info->err->msg_code));
}

// Warnings are dropped, except those about missing data or damaged pixels.
static void note(j_common_ptr info, int level) {
    error_manager *errors = (error_manager *)info->err;
    if (level >= 0) return;
    errors->base.num_warnings++;
    switch (errors->base.msg_code) {
    case JWRN_JPEG_EOF:
        if (!errors->truncated) copy_message(info);
        errors->truncated = true;
        break;
    case JWRN_ARITH_BAD_CODE:
    case JWRN_HIT_MARKER:
    case JWRN_HUFF_BAD_CODE:
    case JWRN_MUST_RESYNC:
        if (!errors->truncated && !errors->damaged) copy_message(info);
        errors->damaged = true;
        break;
    }
}

static void discard(j_common_ptr info) { (void)info; }

static struct jpeg_error_mgr *prepare(error_manager *errors, char *message) {
    struct jpeg_error_mgr *base = jpeg_std_error(&errors->base);
    base->error_exit = fail;
    base->emit_message = note;
    base->output_message = discard;
    errors->message = message;
    errors->truncated = errors->damaged = false;
    message[0] = 0;
    return base;
}

// A few bytes can ask for any number of passes over a large image. Cameras and tools write about ten.
enum { MOST_SCANS = 500 };

static void limit_scans(j_common_ptr info) {
    if (((j_decompress_ptr)info)->input_scan_number <= MOST_SCANS) return;
    error_manager *errors = (error_manager *)info->err;
    snprintf(errors->message, CI_MESSAGE_SIZE, "more than %d scans", MOST_SCANS);
    longjmp(errors->escape, CI_CORRUPT);
}

static bool is_grey(j_decompress_ptr info) { return info->jpeg_color_space == JCS_GRAYSCALE; }

// Whether the file's last bytes, but for padding, are the marker of the end.
static bool ends_properly(const uint8_t *data, size_t size) {
    while (size > 2 && data[size - 1] == 0) size--;
    return size > 2 && data[size - 2] == 0xFF && data[size - 1] == JPEG_EOI;
}

// Huffman's codes take a bit for each block of 8×8 samples at least.
static long least_bytes(j_decompress_ptr info) {
    if (info->arith_code) return 0;
    double blocks = 0;
    for (int i = 0; i < info->num_components; i++) {
        const jpeg_component_info *component = &info->comp_info[i];
        double across = (double)info->image_width * component->h_samp_factor / info->max_h_samp_factor / DCTSIZE;
        double down = (double)info->image_height * component->v_samp_factor / info->max_v_samp_factor / DCTSIZE;
        blocks += across * down;
    }
    return (long)(blocks / 8);
}

int ci_jpeg_info(const uint8_t *data, size_t size, ci_info *result, char *message) {
    struct jpeg_decompress_struct info;
    error_manager errors;
    info.err = prepare(&errors, message);
    int code = setjmp(errors.escape);
    if (code) {
        jpeg_destroy_decompress(&info);
        return errors.truncated && code == CI_CORRUPT ? CI_TRUNCATED : code;
    }
    jpeg_create_decompress(&info);
    jpeg_mem_src(&info, data, size);
    jpeg_read_header(&info, TRUE);
    result->width = info.image_width;
    result->height = info.image_height;
    result->channels = is_grey(&info) ? 1 : 3;
    result->is_held_whole = jpeg_has_multiple_scans(&info);
    result->least_bytes = least_bytes(&info);
    result->has_end = ends_properly(data, size);
    jpeg_destroy_decompress(&info);
    return CI_OK;
}

long ci_jpeg_scaled(long length, int eighths) { return (length * eighths + 7) / 8; }

// Four-channel JPEGs hold inverted inks, as Adobe writes them and as Pillow and browsers assume; Pillow's rounding.
static void rgb_from_cmyk(const uint8_t *cmyk, long count, uint8_t *rgb) {
    for (long i = 0; i < count; i++) {
        int light = cmyk[4 * i + 3];
        for (int c = 0; c < 3; c++) {
            int ink = (255 - cmyk[4 * i + c]) * light + 128;
            rgb[3 * i + c] = (uint8_t)(light - ((ink + (ink >> 8)) >> 8));
        }
    }
}

// Columns beside the part are decoded with it: chroma is smoothed over neighbours, and the outermost have none.
enum { MARGIN = 16 };

int ci_jpeg_decode(const uint8_t *data, size_t size, int eighths, ci_rect part, uint8_t *pixels, char *message) {
    struct jpeg_decompress_struct info;
    struct jpeg_progress_mgr progress = {.progress_monitor = limit_scans};
    error_manager errors;
    uint8_t *volatile buffer = NULL;
    info.err = prepare(&errors, message);
    int code = setjmp(errors.escape);
    if (code) {
        free(buffer);
        jpeg_destroy_decompress(&info);
        return errors.truncated && code == CI_CORRUPT ? CI_TRUNCATED : code;
    }
    jpeg_create_decompress(&info);
    jpeg_mem_src(&info, data, size);
    info.progress = &progress;
    jpeg_read_header(&info, TRUE);
    bool four = info.jpeg_color_space == JCS_CMYK || info.jpeg_color_space == JCS_YCCK;
    size_t channels = is_grey(&info) ? 1 : 3;
    size_t samples = four ? 4 : channels;
    info.out_color_space = four ? JCS_CMYK : channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    info.scale_num = (unsigned)eighths;
    info.scale_denom = 8;
    jpeg_start_decompress(&info);
    JDIMENSION first = 0;
    if (part.width < info.output_width) {
        long left = part.x < MARGIN ? 0 : part.x - MARGIN;
        long right = part.x + part.width + MARGIN;
        if (right > info.output_width) right = info.output_width;
        first = (JDIMENSION)left;
        JDIMENSION width = (JDIMENSION)(right - left);
        jpeg_crop_scanline(&info, &first, &width);
    }
    bool direct = !four && (long)info.output_width == part.width;
    buffer = malloc(info.output_width * samples);
    if (!buffer) {
        jpeg_destroy_decompress(&info);
        snprintf(message, CI_MESSAGE_SIZE, "out of memory");
        return CI_OUT_OF_MEMORY;
    }
    if (part.y > 0) jpeg_skip_scanlines(&info, (JDIMENSION)part.y);
    for (long y = 0; y < part.height; y++) {
        uint8_t *row = pixels + (size_t)y * (size_t)part.width * channels;
        JSAMPROW target = direct ? row : buffer;
        jpeg_read_scanlines(&info, &target, 1);
        if (direct) continue;
        const uint8_t *source = buffer + ((size_t)part.x - first) * samples;
        if (four) rgb_from_cmyk(source, part.width, row);
        else memcpy(row, source, (size_t)part.width * channels);
    }
    if (info.output_scanline == info.output_height) {
        jpeg_finish_decompress(&info);
    } else if (!ends_properly(data, size)) {
        // Skipping the last rows would not look at them.
        JSAMPROW target = buffer;
        while (info.output_scanline < info.output_height) jpeg_read_scanlines(&info, &target, 1);
        jpeg_finish_decompress(&info);
    }
    free(buffer);
    buffer = NULL;
    jpeg_destroy_decompress(&info);
    return errors.truncated ? CI_TRUNCATED : errors.damaged ? CI_DAMAGED : CI_OK;
}

int ci_jpeg_encode(const uint8_t *pixels, long width, long height, int channels, int quality, bool halves_chroma,
                   uint8_t **data, size_t *size, char *message) {
    struct jpeg_compress_struct info;
    error_manager errors;
    // The library changes these two from within the call that may not return.
    unsigned char *volatile target = NULL;
    volatile unsigned long length = 0;
    info.err = prepare(&errors, message);
    int code = setjmp(errors.escape);
    if (code) {
        jpeg_destroy_compress(&info);
        free(target);
        return code;
    }
    jpeg_create_compress(&info);
    jpeg_mem_dest(&info, (unsigned char **)&target, (unsigned long *)&length);
    info.image_width = (JDIMENSION)width;
    info.image_height = (JDIMENSION)height;
    info.input_components = channels;
    info.in_color_space = channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_set_defaults(&info);
    jpeg_set_quality(&info, quality, TRUE);
    if (!halves_chroma) info.comp_info[0].h_samp_factor = info.comp_info[0].v_samp_factor = 1;
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
