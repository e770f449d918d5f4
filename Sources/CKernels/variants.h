// SPDX-License-Identifier: Apache-2.0
#ifndef VARIANTS_H
#define VARIANTS_H

#include "CKernels.h"

// On arm64 the baseline is NEON.
extern const ck_kernels ck_baseline_kernels;
#if defined(__x86_64__)
extern const ck_kernels ck_avx2_kernels;
extern const ck_kernels ck_avx512_kernels;
#endif

#endif
