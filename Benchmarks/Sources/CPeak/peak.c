// SPDX-License-Identifier: Apache-2.0
#include "CPeak.h"

// Enough chains of dependent operations to fill two units with a latency of up to six cycles.
enum { CHAINS = 14 };

#define CPEAK_LOOP(name, lanes)                                                        \
    typedef float name##_vector __attribute__((ext_vector_type(lanes)));               \
    static double name(long rounds) {                                                  \
        name##_vector sums[CHAINS];                                                    \
        for (int chain = 0; chain < CHAINS; chain++) sums[chain] = (float)chain;       \
        const name##_vector factor = 0.999f, summand = 0.001f;                         \
        for (long round = 0; round < rounds; round++) {                                \
            _Pragma("clang loop unroll(full)") for (int chain = 0; chain < CHAINS; chain++) \
                sums[chain] = __builtin_elementwise_fma(sums[chain], factor, summand); \
        }                                                                              \
        for (int chain = 1; chain < CHAINS; chain++) sums[0] += sums[chain];           \
        volatile float kept = sums[0][0];                                              \
        (void)kept;                                                                    \
        return 2.0 * (lanes) * CHAINS * (double)rounds;                                \
    }

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx512f"))), apply_to = function)
CPEAK_LOOP(loop_512, 16)
#pragma clang attribute pop
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
CPEAK_LOOP(loop_256, 8)
#pragma clang attribute pop

double cpeak_run(int width, long rounds) {
    if (width == 512 && __builtin_cpu_supports("avx512f")) return loop_512(rounds);
    if (width == 256 && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return loop_256(rounds);
    return 0;
}
#else
CPEAK_LOOP(loop_128, 4)

double cpeak_run(int width, long rounds) { return width == 128 ? loop_128(rounds) : 0; }
#endif
