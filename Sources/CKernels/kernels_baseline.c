// SPDX-License-Identifier: Apache-2.0
#include "CKernels.h"
#include "variants.h"

#include <math.h>
#include <string.h>

#define CK_NAME(name) ck_baseline_##name
// Floats in a vector, and rows of two vectors whose sums stay in registers.
#define CK_LANES 4
#if defined(__aarch64__)
#define CK_TITLE "neon"
#define CK_ROWS 12
#else
#define CK_TITLE "baseline"
#define CK_ROWS 6
#endif
#include "kernels.inc"
