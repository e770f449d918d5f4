// SPDX-License-Identifier: Apache-2.0
#include "CKernels.h"
#include "variants.h"

#if defined(__x86_64__)
#include <math.h>
#include <string.h>

#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)
#define CK_NAME(name) ck_avx2_##name
#define CK_TITLE "avx2"
// Floats in a vector, and rows of two vectors whose sums stay in registers.
#define CK_LANES 8
#define CK_ROWS 6
#include "kernels.inc"
#pragma clang attribute pop
#endif
