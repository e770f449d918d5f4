// SPDX-License-Identifier: Apache-2.0
#include "CKernels.h"
#include "variants.h"

#include <math.h>
#include <string.h>

#define CK_NAME(name) ck_baseline_##name
#if defined(__aarch64__)
#define CK_TITLE "neon"
#else
#define CK_TITLE "baseline"
#endif
#include "kernels.inc"
