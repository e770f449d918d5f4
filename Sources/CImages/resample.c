// SPDX-License-Identifier: Apache-2.0
#include "CImages.h"

#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

enum { BITS = 22, HALF = 1 << (BITS - 1), STRIP = 64 };

static inline uint8_t rounded(int32_t sum) {
    int32_t value = (sum + HALF) >> BITS;
    return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

#define LOOP(name) name##_portable
#include "resample.inc"
#undef LOOP

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#define USES_AVX2
#define LOOP(name) name##_avx2
#include "resample.inc"
#undef LOOP
#pragma clang attribute pop
#endif

const ci_loops *ci_portable_loops(void) { return &loops_portable; }

const ci_loops *ci_best_loops(void) {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2")) return &loops_avx2;
#endif
    return &loops_portable;
}
