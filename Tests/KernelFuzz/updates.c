// SPDX-License-Identifier: Apache-2.0
// The optimizers' updates.
#include "fuzz.h"

static void sgd(const ck_kernels *k, long n) {
    bool has_velocity = chance(70), first = chance(30), nesterov = has_velocity && chance(50);
    describe("sgd of %ld elements, velocity %d, first %d, nesterov %d", n, has_velocity, first, nesterov);
    float *value = numbers(n), *gradient = numbers(n), *velocity = has_velocity ? numbers(n) : NULL;
    float *old = copy_of(value, n), *before = has_velocity ? copy_of(velocity, n) : NULL;
    k->sgd(n, value, gradient, velocity, first, 0.1f, 0.9f, 0.25f, 0.01f, nesterov);
    for (long i = 0; i < n; i++) {
        double g = gradient[i] + 0.01 * old[i], step = g;
        if (has_velocity) {
            double v = first ? g : 0.9 * before[i] + 0.75 * g;
            expect_value("sgd, velocity", i, velocity[i], v, 1e-5);
            step = nesterov ? g + 0.9 * v : v;
        }
        expect_value("sgd", i, value[i], old[i] - 0.1 * step, 1e-5);
    }
}

static void adam(const ck_kernels *k, long n) {
    describe("adam of %ld elements", n);
    float *value = numbers(n), *gradient = numbers(n), *mean = numbers(n), *square = numbers(n);
    for (long i = 0; i < n; i++) square[i] = fabsf(square[i]);
    float *old = copy_of(value, n), *m = copy_of(mean, n), *s = copy_of(square, n);
    k->adam(n, value, gradient, mean, square, 0.125f, 0.9f, 0.75f, 1.5f, 0.0625f, 0.01f, 0.02f);
    for (long i = 0; i < n; i++) {
        double v = old[i] * 0.98, g = gradient[i] + 0.01 * v;
        double first = 0.9 * m[i] + 0.1 * g, second = 0.75 * s[i] + 0.25 * g * g;
        expect_value("adam, mean", i, mean[i], first, 1e-5);
        expect_value("adam, square", i, square[i], second, 1e-5);
        expect_value("adam", i, value[i], v - 0.125 * first / (sqrt(second) * 1.5 + 0.0625), 1e-4);
    }
}

static void run(const ck_kernels *k) {
    long n = length_up_to(200);
    sgd(k, n);
    adam(k, n);
}

const family updates_family = {"updates", run};
