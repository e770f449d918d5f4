// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "CKernels.h"

#if defined(__linux__)
#include <sched.h>
#endif

long ck_bound_processors(void) {
#if defined(__linux__)
    // A machine may have more processors than one set has bits.
    enum { SETS = 64 };
    cpu_set_t sets[SETS];
    if (sched_getaffinity(0, sizeof sets, sets) == 0) return CPU_COUNT_S(sizeof sets, sets);
#endif
    return 0;
}
