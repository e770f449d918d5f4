// SPDX-License-Identifier: Apache-2.0
// Kernels with random shapes, strides, paddings and dilations, on every instruction set of this processor, compared with
// naive loops; to be built with sanitizers. Scripts/fuzz-kernels builds and runs it.
#include "fuzz.h"

#include <stdio.h>
#include <time.h>

void tell_case(void);
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
void __sanitizer_set_death_callback(void (*callback)(void));
#define SANITIZED
#endif
#endif

static const family *families[] = {
    &convolution_family, &panels_family, &winograd_family, &winograd_gradient_family, &elementwise_family,
    &reductions_family, &pooling_family, &normalization_family, &rows_family, &updates_family, &images_family,
};

static double seconds_now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

// The same cases for each set, so that a failure tells whether it is the set's.
static void run_all(uint64_t seed) {
    for (int set = CK_BASELINE; set <= CK_NEON; set++) {
        const ck_kernels *kernels = ck_kernels_for(set);
        if (!kernels) continue;
        for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
            char name[64];
            snprintf(name, sizeof name, "%s (%s)", families[i]->name, kernels->name);
            begin_case(name, seed);
            families[i]->run(kernels);
            end_case();
        }
    }
}

// fuzz SECONDS [SEED]: from that seed on; with 0 seconds, that seed alone.
int main(int count, char **arguments) {
    double limit = count > 1 ? atof(arguments[1]) : 10;
    uint64_t first = count > 2 ? strtoull(arguments[2], NULL, 10) : 1, seed = first;
#ifdef SANITIZED
    __sanitizer_set_death_callback(tell_case);
#endif
    double begun = seconds_now();
    do run_all(seed++);
    while (seconds_now() - begun < limit);
    printf("%llu rounds of all kernels from seed %llu on: nothing found\n", (unsigned long long)(seed - first),
           (unsigned long long)first);
    return 0;
}
