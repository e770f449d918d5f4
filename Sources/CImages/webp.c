// SPDX-License-Identifier: Apache-2.0
// WebP through libwebp. What its header declares and is needed here is declared again.
#include "CImages.h"

#include <pthread.h>
#include <stdio.h>

#include "library.h"

// WebPBitstreamFeatures, and the version of the interface that it belongs to.
typedef struct {
    int width, height, has_alpha, is_animated, format;
    uint32_t padding[5];
} features;

enum { INTERFACE_VERSION = 0x0209 };
// VP8StatusCode
enum { NO_MEMORY = 1, UNSUPPORTED = 4 };

static struct {
    int (*features)(const uint8_t *, size_t, features *, int);
    uint8_t *(*decode)(const uint8_t *, size_t, uint8_t *, size_t, int);
} webp;

static bool is_there;

static void load(void) {
    static const char *const names[] = {"libwebp.so.7", "libwebp.7.dylib", "/opt/homebrew/lib/libwebp.7.dylib",
                                        "/usr/local/lib/libwebp.7.dylib", NULL};
    void *library = open_library(names);
    if (!library) return;
    const symbol symbols[] = {{"WebPGetFeaturesInternal", (void **)&webp.features},
                              {"WebPDecodeRGBInto", (void **)&webp.decode},
                              {NULL, NULL}};
    is_there = find_symbols(library, symbols);
}

bool ci_has_webp(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, load);
    return is_there;
}

// Bytes 4 to 7 say how many follow.
static bool is_cut(const uint8_t *data, size_t size) {
    if (size < 12) return true;
    size_t length = (size_t)data[4] | (size_t)data[5] << 8 | (size_t)data[6] << 16 | (size_t)data[7] << 24;
    return length > size - 8;
}

static int damage(const uint8_t *data, size_t size, char *message) {
    bool cut = is_cut(data, size);
    snprintf(message, CI_MESSAGE_SIZE, "%s", cut ? "it holds fewer bytes than it says" : "its data make no picture");
    return cut ? CI_TRUNCATED : CI_CORRUPT;
}

int ci_webp_info(const uint8_t *data, size_t size, ci_info *info, char *message) {
    message[0] = 0;
    if (!ci_has_webp()) return CI_NO_LIBRARY;
    features found = {0};
    int status = webp.features(data, size, &found, INTERFACE_VERSION);
    if (status == NO_MEMORY) return CI_OUT_OF_MEMORY;
    if (status == 0 && !found.is_animated) {
        *info = (ci_info){found.width, found.height, 3, true, 0, true};
        return CI_OK;
    }
    if (status != 0 && status != UNSUPPORTED) return damage(data, size, message);
    snprintf(message, CI_MESSAGE_SIZE, "%s", status == 0 ? "it is an animation" : "a kind of WebP that libwebp does not support");
    return CI_UNSUPPORTED;
}

int ci_webp_decode(const uint8_t *data, size_t size, long width, long height, uint8_t *pixels, char *message) {
    message[0] = 0;
    if (!ci_has_webp()) return CI_NO_LIBRARY;
    size_t count = (size_t)width * (size_t)height * 3;
    // libwebp does not tell a lack of memory from damage here.
    return webp.decode(data, size, pixels, count, (int)(width * 3)) ? CI_OK : damage(data, size, message);
}
