// SPDX-License-Identifier: Apache-2.0
#include "CKernels.h"
#include "variants.h"

#if defined(__x86_64__)
#include <math.h>
#include <string.h>

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,f16c"))), apply_to = function)
#define CK_NAME(name) ck_avx512_##name
#define CK_TITLE "avx512"
#include "kernels.inc"
#pragma clang attribute pop
#endif
