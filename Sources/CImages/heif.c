// SPDX-License-Identifier: Apache-2.0
// HEIF and AVIF through libheif. What its header declares and is needed here is declared again.
#include "CImages.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "library.h"

typedef struct {
    int code, detail;
    const char *message;
} heif_error;

// From heif_error_code and heif_suberror_code.
enum { UNSUPPORTED_FILE = 3, UNSUPPORTED_FEATURE = 4, NO_MEMORY = 6, MISSING_PLUGIN = 11 };
enum { BEYOND_LIMITS = 1000, UNSUPPORTED_CODEC = 3000 };
// heif_colorspace_RGB, heif_chroma_interleaved_RGB and heif_channel_interleaved
enum { COLOURS_RGB = 1, THREE_BYTES = 10, INTERLEAVED = 10 };
// heif_compression_HEVC and heif_compression_AV1
enum { HEVC = 1, AV1 = 4 };

typedef struct heif_context heif_context;
typedef struct heif_handle heif_handle;
typedef struct heif_image heif_image;

// The beginning of heif_decoding_options.
typedef struct {
    uint8_t version, ignores_transformations;
    void (*on_start)(int, int, void *);
    void (*on_progress)(int, int, void *);
    void (*on_end)(int, void *);
    void *user_data;
    uint8_t reduces_to_8_bits;
} heif_options;

static struct {
    heif_context *(*allocate)(void);
    void (*release)(heif_context *);
    heif_error (*read)(heif_context *, const void *, size_t, const void *);
    heif_error (*primary)(heif_context *, heif_handle **);
    void (*release_handle)(const heif_handle *);
    int (*width)(const heif_handle *);
    int (*height)(const heif_handle *);
    heif_error (*decode)(const heif_handle *, heif_image **, int, int, const heif_options *);
    int (*image_width)(const heif_image *, int);
    int (*image_height)(const heif_image *, int);
    const uint8_t *(*plane)(const heif_image *, int, int *);
    void (*release_image)(const heif_image *);
    heif_options *(*allocate_options)(void);
    void (*release_options)(heif_options *);
    int (*has_decoder)(int);
    void (*limit_side)(heif_context *, int);
    // The size as it is coded, before what crops and turns it. Not in every version.
    int (*coded_width)(const heif_handle *);
    int (*coded_height)(const heif_handle *);
} heif;

static bool is_there;

static void load(void) {
    static const char *const names[] = {
        "libheif.so.1", "libheif.1.dylib", "/opt/homebrew/lib/libheif.1.dylib", "/usr/local/lib/libheif.1.dylib", NULL};
    void *library = open_library(names);
    if (!library) return;
    const symbol symbols[] = {
        {"heif_context_alloc", (void **)&heif.allocate},
        {"heif_context_free", (void **)&heif.release},
        {"heif_context_read_from_memory_without_copy", (void **)&heif.read},
        {"heif_context_get_primary_image_handle", (void **)&heif.primary},
        {"heif_image_handle_release", (void **)&heif.release_handle},
        {"heif_image_handle_get_width", (void **)&heif.width},
        {"heif_image_handle_get_height", (void **)&heif.height},
        {"heif_decode_image", (void **)&heif.decode},
        {"heif_image_get_width", (void **)&heif.image_width},
        {"heif_image_get_height", (void **)&heif.image_height},
        {"heif_image_get_plane_readonly", (void **)&heif.plane},
        {"heif_image_release", (void **)&heif.release_image},
        {"heif_decoding_options_alloc", (void **)&heif.allocate_options},
        {"heif_decoding_options_free", (void **)&heif.release_options},
        {"heif_have_decoder_for_format", (void **)&heif.has_decoder},
        {"heif_context_set_maximum_image_size_limit", (void **)&heif.limit_side},
        {NULL, NULL}};
    if (!find_symbols(library, symbols)) return;
    heif.coded_width = (int (*)(const heif_handle *))dlsym(library, "heif_image_handle_get_ispe_width");
    heif.coded_height = (int (*)(const heif_handle *))dlsym(library, "heif_image_handle_get_ispe_height");
    // Later versions keep their decoders in plugins, which this loads.
    heif_error (*initialize)(void *) = (heif_error(*)(void *))dlsym(library, "heif_init");
    if (initialize) initialize(NULL);
    is_there = true;
}

bool ci_has_heif(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, load);
    return is_there;
}

static bool is_avif(const uint8_t *data, size_t size) {
    size_t length = size < 8 ? 0 : (size_t)data[0] << 24 | (size_t)data[1] << 16 | (size_t)data[2] << 8 | data[3];
    if (length > size) length = size;
    for (size_t at = 8; at + 4 <= length; at += 4)
        if (memcmp(data + at, "avif", 4) == 0 || memcmp(data + at, "avis", 4) == 0) return true;
    return false;
}

// The boxes of a file that was cut off claim more bytes than it holds.
static bool is_cut(const uint8_t *data, size_t size) {
    size_t at = 0;
    while (at <= size && size - at >= 8) {
        size_t length = (size_t)data[at] << 24 | (size_t)data[at + 1] << 16 | (size_t)data[at + 2] << 8 | data[at + 3];
        if (length == 0) return false;
        if (length == 1) {
            if (size - at < 16) return true;
            length = 0;
            for (int i = 8; i < 16; i++) length = length << 8 | data[at + i];
        }
        if (length < 8) return false;
        if (length > size - at) return true;
        at += length;
    }
    return at != size;
}

static int failure(heif_error error, const uint8_t *data, size_t size, char *message) {
    snprintf(message, CI_MESSAGE_SIZE, "%s", error.message ? error.message : "it cannot be decoded");
    message[strcspn(message, "\n")] = 0;
    bool lacks_decoder = error.code == MISSING_PLUGIN || error.detail == UNSUPPORTED_CODEC;
    if (lacks_decoder && !heif.has_decoder(is_avif(data, size) ? AV1 : HEVC)) {
        snprintf(message, CI_MESSAGE_SIZE, "%s", is_avif(data, size) ? "dav1d" : "libde265");
        return CI_NO_DECODER;
    }
    if (error.code == NO_MEMORY && error.detail != BEYOND_LIMITS) return CI_OUT_OF_MEMORY;
    if (is_cut(data, size)) return CI_TRUNCATED;
    return error.code == UNSUPPORTED_FILE || error.code == UNSUPPORTED_FEATURE ? CI_UNSUPPORTED : CI_CORRUPT;
}

typedef struct {
    heif_context *context;
    heif_handle *handle;
} picture;

static void close_picture(picture it) {
    if (it.handle) heif.release_handle(it.handle);
    if (it.context) heif.release(it.context);
}

static int open_picture(const uint8_t *data, size_t size, picture *it, char *message) {
    *it = (picture){NULL, NULL};
    message[0] = 0;
    if (!ci_has_heif()) return CI_NO_LIBRARY;
    it->context = heif.allocate();
    if (!it->context) return CI_OUT_OF_MEMORY;
    heif_error error = heif.read(it->context, data, size, NULL);
    if (error.code == 0) error = heif.primary(it->context, &it->handle);
    return error.code == 0 ? CI_OK : failure(error, data, size, message);
}

int ci_heif_info(const uint8_t *data, size_t size, ci_info *info, char *message) {
    picture it;
    int result = open_picture(data, size, &it, message);
    if (result == CI_OK) *info = (ci_info){heif.width(it.handle), heif.height(it.handle), 3, true, 0, true};
    close_picture(it);
    return result;
}

// Coded pictures are a little larger than what is shown of them. Of its own accord libheif refuses longer sides.
enum { CODED_MARGIN = 256, LONGEST_SIDE = 32768 };

// Bounds what the pictures within the file may claim by what it says of its size.
static void limit_size(picture it, long width, long height) {
    long side = width > height ? width : height;
    if (heif.coded_width && heif.coded_width(it.handle) > side) side = heif.coded_width(it.handle);
    if (heif.coded_height && heif.coded_height(it.handle) > side) side = heif.coded_height(it.handle);
    if (side < LONGEST_SIDE - CODED_MARGIN) heif.limit_side(it.context, (int)side + CODED_MARGIN);
}

int ci_heif_decode(const uint8_t *data, size_t size, long width, long height, uint8_t *pixels, char *message) {
    picture it;
    heif_image *image = NULL;
    int result = open_picture(data, size, &it, message);
    if (result != CI_OK) {
        close_picture(it);
        return result;
    }
    limit_size(it, width, height);
    heif_options *options = heif.allocate_options();
    if (options && options->version >= 2) options->reduces_to_8_bits = 1;
    heif_error error = heif.decode(it.handle, &image, COLOURS_RGB, THREE_BYTES, options);
    if (options) heif.release_options(options);
    if (error.code != 0) {
        result = failure(error, data, size, message);
    } else {
        int stride = 0;
        const uint8_t *rows = heif.plane(image, INTERLEAVED, &stride);
        if (!rows || heif.image_width(image, INTERLEAVED) != width || heif.image_height(image, INTERLEAVED) != height) {
            snprintf(message, CI_MESSAGE_SIZE, "its picture has another size than it says");
            result = CI_CORRUPT;
        } else {
            for (long y = 0; y < height; y++)
                memcpy(pixels + y * width * 3, rows + y * (ptrdiff_t)stride, (size_t)width * 3);
        }
    }
    if (image) heif.release_image(image);
    close_picture(it);
    return result;
}
