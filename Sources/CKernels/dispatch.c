// SPDX-License-Identifier: Apache-2.0
#include "CKernels.h"
#include "variants.h"

const ck_kernels *ck_kernels_for(int instruction_set) {
    switch (instruction_set) {
#if defined(__aarch64__)
    case CK_NEON:
        return &ck_baseline_kernels;
#else
    case CK_BASELINE:
        return &ck_baseline_kernels;
#endif
#if defined(__x86_64__)
    case CK_AVX2:
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? &ck_avx2_kernels : NULL;
    case CK_AVX512:
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")
                && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")
            ? &ck_avx512_kernels : NULL;
#endif
    default:
        return NULL;
    }
}
