// SPDX-License-Identifier: Apache-2.0
#include "fuzz.h"

#include <stdarg.h>
#include <stdio.h>

static struct {
    const char *kernel;
    uint64_t seed, state;
    char shapes[512];
    void *blocks[64];
    int count;
} now;

// SplitMix64.
static uint64_t next(void) {
    uint64_t z = now.state += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

void begin_case(const char *kernel, uint64_t seed) {
    now.kernel = kernel;
    now.seed = now.state = seed;
    now.shapes[0] = 0;
    now.count = 0;
}

void describe(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(now.shapes, sizeof now.shapes, format, arguments);
    va_end(arguments);
}

void end_case(void) {
    while (now.count > 0) free(now.blocks[--now.count]);
}

// Also what a sanitizer calls before the process ends.
void tell_case(void);
void tell_case(void) {
    fprintf(stderr, "in %s, seed %llu: %s\n", now.kernel, (unsigned long long)now.seed, now.shapes);
}

_Noreturn void fail_case(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    tell_case();
    exit(1);
}

long between(long low, long high) { return low + (long)(next() % (uint64_t)(high - low + 1)); }

long length_up_to(long high) {
    switch (between(0, 9)) {
    case 0: return 0;
    case 1: return high < 1 ? high : 1;
    case 2: return high;
    case 3: case 4: case 5: return between(0, high);
    default: return between(0, high < 8 ? high : 8);
    }
}

bool chance(int percent) { return between(0, 99) < percent; }

float number(void) {
    if (chance(3)) return 0;
    return (float)(next() >> 40) * 0x1p-23f - 1;
}

void *block(size_t size) {
    void *memory = NULL;
    if (now.count == sizeof now.blocks / sizeof *now.blocks) fail_case("a case takes too many blocks");
    if (posix_memalign(&memory, 64, size)) fail_case("out of memory: %zu bytes", size);
    now.blocks[now.count++] = memory;
    return memory;
}

float *numbers(long count) {
    float *values = block((size_t)count * sizeof(float));
    for (long i = 0; i < count; i++) values[i] = number();
    return values;
}

float *unwritten(long count) {
    float *values = block((size_t)count * sizeof(float));
    for (long i = 0; i < count; i++) values[i] = NAN;
    return values;
}

double *zeros(long count) {
    double *values = block((size_t)count * sizeof(double));
    for (long i = 0; i < count; i++) values[i] = 0;
    return values;
}

uint8_t *pixels(long count) {
    uint8_t *values = block((size_t)count);
    for (long i = 0; i < count; i++) values[i] = (uint8_t)next();
    return values;
}

float *copy_of(const float *from, long count) {
    float *values = block((size_t)count * sizeof(float));
    if (count > 0) memcpy(values, from, (size_t)count * sizeof(float));
    return values;
}

void expect_value(const char *what, long index, double actual, double expected, double tolerance) {
    if (isnan(actual) && isnan(expected)) return;
    if (actual == expected || fabs(actual - expected) <= tolerance * (1 + fabs(expected))) return;
    fail_case("%s: element %ld is %.9g, not %.9g", what, index, actual, expected);
}

void expect_close(const char *what, const float *actual, const double *expected, long count, double tolerance) {
    for (long i = 0; i < count; i++) expect_value(what, i, actual[i], expected[i], tolerance);
}
