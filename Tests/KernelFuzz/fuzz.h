// SPDX-License-Identifier: Apache-2.0
// What the families of cases share: random numbers, blocks of memory of exactly the size asked for, so that the address
// sanitizer sees a step beyond, and comparisons with a naive reference.
#ifndef FUZZ_H
#define FUZZ_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "CImages.h"
#include <math.h>

#include "CKernels.h"

// Begins a case: what follows is a function of the seed.
void begin_case(const char *kernel, uint64_t seed);
// Says with which shapes, for the message where it fails.
void describe(const char *format, ...) __attribute__((format(printf, 1, 2)));
// Frees what the case took.
void end_case(void);
_Noreturn void fail_case(const char *format, ...) __attribute__((format(printf, 1, 2)));

// An integer in low...high.
long between(long low, long high);
// A length in 0...high, small ones more often than not, and 0, 1 and high often.
long length_up_to(long high);
bool chance(int percent);
// In -1..<1; sometimes 0.
float number(void);

// Aligned as tensors' blocks are.
void *block(size_t size);
float *numbers(long count);
// NaN, so that what is read before it is written shows.
float *unwritten(long count);
double *zeros(long count);
uint8_t *pixels(long count);
float *copy_of(const float *from, long count);

// Expects |actual - expected| ≤ tolerance * (1 + |expected|); NaN agrees with NaN only.
void expect_close(const char *what, const float *actual, const double *expected, long count, double tolerance);
void expect_value(const char *what, long index, double actual, double expected, double tolerance);

// In double precision.
static inline double activated_value(double x, ck_activation activation) {
    double line = x + 3 < 0 ? 0 : x + 3 > 6 ? 6 : x + 3;
    switch (activation) {
    case CK_IDENTITY: return x;
    case CK_RELU: return x < 0 ? 0 : x;
    case CK_RELU6: return x < 0 ? 0 : x > 6 ? 6 : x;
    case CK_HARDSWISH: return x * line / 6;
    default: return x / (1 + exp(-x));
    }
}

static inline long ceiling(long a, long b) { return (a + b - 1) / b; }
// Elements of a matrix in panels.
static inline long panels_size(long rows, long columns) { return ceiling(columns, CK_PANEL) * rows * CK_PANEL; }
// The offset of an element in panels of `rows` rows.
static inline long in_panels(long row, long column, long rows) {
    return (column / CK_PANEL * rows + row) * CK_PANEL + column % CK_PANEL;
}

typedef struct {
    const char *name;
    void (*run)(const ck_kernels *kernels);
} family;

extern const family convolution_family, panels_family, winograd_family, winograd_gradient_family, elementwise_family,
    reductions_family, pooling_family, normalization_family, rows_family, updates_family, images_family;

#endif
