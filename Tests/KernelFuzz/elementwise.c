// SPDX-License-Identifier: Apache-2.0
// Functions of each element, their pullbacks and dropout, with the strides that broadcasting makes.
#include "fuzz.h"

#define F(NAME, EXPRESSION) static double of_##NAME(double x, double y) { (void)y; return EXPRESSION; }
F(add, x + y)
F(subtract, x - y)
F(multiply, x * y)
F(divide, x / y)
F(larger, x > y ? x : y)
F(smaller, x < y ? x : y)
F(add_relu, x + y < 0 ? 0 : x + y)
F(negate, -x)
F(absolute, fabs(x))
F(exp, exp(x))
F(sin, sin(x))
F(cos, cos(x))
F(tanh, tanh(x))
F(sigmoid, 1 / (1 + exp(-x)))
F(relu, x < 0 ? 0 : x)
F(relu6, activated_value(x, CK_RELU6))
F(hardsigmoid, (x + 3 < 0 ? 0 : x + 3 > 6 ? 6 : x + 3) / 6)
F(hardswish, activated_value(x, CK_HARDSWISH))
F(silu, activated_value(x, CK_SILU))
F(gelu, 0.5 * x * (1 + erf(x * M_SQRT1_2)))
F(gelu_tanh, 0.5 * x * (1 + tanh(0.79788456080286536 * (x + 0.044715 * x * x * x))))
F(log, log(x))
F(sqrt, sqrt(x))

// A distance between neighbours: mostly 1, 0 where one element stands for all.
static long stride_of(void) { return chance(50) ? 1 : chance(50) ? 0 : between(2, 5); }
static long extent(long n, long stride) { return n == 0 ? 0 : (n - 1) * stride + 1; }

static void binary(const ck_kernels *k, long n) {
    const struct { const char *name; ck_binary run; double (*of)(double, double); } all[] = {
        {"add", k->add, of_add}, {"subtract", k->subtract, of_subtract}, {"multiply", k->multiply, of_multiply},
        {"divide", k->divide, of_divide}, {"maximum_of", k->maximum_of, of_larger}, {"minimum_of", k->minimum_of, of_smaller},
        {"add_relu", k->add_relu, of_add_relu}};
    long sa = stride_of(), sb = stride_of();
    float *a = numbers(extent(n, sa)), *b = numbers(extent(n, sb)), *out = unwritten(n);
    for (size_t f = 0; f < sizeof all / sizeof *all; f++) {
        describe("%s of %ld elements, strides %ld and %ld", all[f].name, n, sa, sb);
        // An operand of stride 0 is read where there is nothing, too.
        if (n == 0 && (sa == 0 || sb == 0)) continue;
        all[f].run(n, a, sa, b, sb, out);
        for (long i = 0; i < n; i++) expect_value(all[f].name, i, out[i], all[f].of(a[i * sa], b[i * sb]), 1e-5);
    }
}

static void unary(const ck_kernels *k, long n) {
    const struct { const char *name; ck_unary run; double (*of)(double, double); bool positive; } all[] = {
        {"negate", k->negate, of_negate, false}, {"absolute", k->absolute, of_absolute, false},
        {"exp", k->exp_of, of_exp, false}, {"sin", k->sin_of, of_sin, false}, {"cos", k->cos_of, of_cos, false},
        {"tanh", k->tanh_of, of_tanh, false}, {"sigmoid", k->sigmoid, of_sigmoid, false},
        {"relu", k->relu, of_relu, false}, {"relu6", k->relu6, of_relu6, false},
        {"hardsigmoid", k->hardsigmoid, of_hardsigmoid, false}, {"hardswish", k->hardswish, of_hardswish, false},
        {"silu", k->silu, of_silu, false}, {"gelu", k->gelu, of_gelu, false},
        {"gelu_tanh", k->gelu_tanh, of_gelu_tanh, false}, {"log", k->log_of, of_log, true},
        {"sqrt", k->sqrt_of, of_sqrt, true}};
    long stride = stride_of();
    float *x = numbers(extent(n, stride)), *magnitudes = copy_of(x, extent(n, stride)), *out = unwritten(n);
    for (long i = 0; i < extent(n, stride); i++) magnitudes[i] = fabsf(x[i]) + 0x1p-20f;
    for (size_t f = 0; f < sizeof all / sizeof *all; f++) {
        describe("%s of %ld elements, stride %ld", all[f].name, n, stride);
        const float *from = all[f].positive ? magnitudes : x;
        all[f].run(n, from, stride, out);
        for (long i = 0; i < n; i++) expect_value(all[f].name, i, out[i], all[f].of(from[i * stride], 0), 1e-5);
    }
}

// By differences of the function itself.
static double slope(double (*of)(double, double), double x) { return (of(x + 1e-6, 0) - of(x - 1e-6, 0)) / 2e-6; }

static void pullbacks(const ck_kernels *k, long n) {
    describe("pullbacks of %ld elements", n);
    float *x = numbers(n), *g = numbers(n), *y = unwritten(n), *out = unwritten(n);
    float scale = number(), shift = number();
    k->affine(n, x, scale, shift, out);
    for (long i = 0; i < n; i++) expect_value("affine", i, out[i], (double)scale * x[i] + shift, 1e-6);
    float *sum = copy_of(g, n);
    k->add_scaled(n, scale, x, sum);
    for (long i = 0; i < n; i++) expect_value("add_scaled", i, sum[i], g[i] + (double)scale * x[i], 1e-6);
    k->relu_pullback(n, g, x, out);
    for (long i = 0; i < n; i++) expect_value("relu_pullback", i, out[i], x[i] > 0 ? g[i] : 0, 0);
    // Far beyond the ends of the straight pieces, too.
    float *far = copy_of(x, n);
    for (long i = 0; i < n; i++) far[i] *= 8;
    k->relu6_pullback(n, g, far, out);
    for (long i = 0; i < n; i++) expect_value("relu6_pullback", i, out[i], far[i] > 0 && far[i] < 6 ? g[i] : 0, 0);
    k->hardsigmoid_pullback(n, g, far, out);
    for (long i = 0; i < n; i++) expect_value("hardsigmoid_pullback", i, out[i], fabsf(far[i]) < 3 ? g[i] / 6.0 : 0, 1e-6);
    k->hardswish_pullback(n, g, far, out);
    for (long i = 0; i < n; i++) {
        double slope = far[i] <= -3 ? 0 : far[i] < 3 ? far[i] / 3.0 + 0.5 : 1;
        expect_value("hardswish_pullback", i, out[i], g[i] * slope, 1e-6);
    }
    k->silu_pullback(n, g, far, out);
    for (long i = 0; i < n; i++) expect_value("silu_pullback", i, out[i], g[i] * slope(of_silu, far[i]), 1e-5);
    k->clamp(n, far, -1, 2.5f, out);
    for (long i = 0; i < n; i++) expect_value("clamp", i, out[i], far[i] < -1 ? -1 : far[i] > 2.5f ? 2.5f : far[i], 0);
    k->clamp_pullback(n, g, far, -1, 2.5f, out);
    for (long i = 0; i < n; i++) expect_value("clamp_pullback", i, out[i], far[i] > -1 && far[i] < 2.5f ? g[i] : 0, 0);
    k->leaky_relu(n, x, 0.125f, out);
    for (long i = 0; i < n; i++) expect_value("leaky_relu", i, out[i], x[i] > 0 ? x[i] : x[i] / 8, 0);
    k->leaky_relu_pullback(n, g, x, 0.125f, out);
    for (long i = 0; i < n; i++) expect_value("leaky_relu_pullback", i, out[i], x[i] > 0 ? g[i] : g[i] / 8, 0);
    k->gelu_pullback(n, g, x, out);
    for (long i = 0; i < n; i++) expect_value("gelu_pullback", i, out[i], g[i] * slope(of_gelu, x[i]), 1e-5);
    k->gelu_tanh_pullback(n, g, x, out);
    for (long i = 0; i < n; i++) expect_value("gelu_tanh_pullback", i, out[i], g[i] * slope(of_gelu_tanh, x[i]), 1e-5);
    k->sigmoid(n, x, 1, y);
    k->sigmoid_pullback(n, g, y, out);
    for (long i = 0; i < n; i++) expect_value("sigmoid_pullback", i, out[i], g[i] * slope(of_sigmoid, x[i]), 1e-5);
    k->tanh_of(n, x, 1, y);
    k->tanh_pullback(n, g, y, out);
    for (long i = 0; i < n; i++) expect_value("tanh_pullback", i, out[i], g[i] * slope(of_tanh, x[i]), 1e-5);
}

// In pieces as whole: what falls out depends on an element's number alone.
static void dropout(const ck_kernels *k, long n) {
    uint64_t seed = (uint64_t)between(0, 1L << 60), first = (uint64_t)between(0, 1L << 40);
    uint32_t threshold = chance(10) ? 0 : (uint32_t)between(0, UINT32_MAX);
    long cut = between(0, n);
    describe("dropout of %ld elements from %llu on, in pieces at %ld", n, (unsigned long long)first, cut);
    float *x = numbers(n), *whole = unwritten(n), *pieces = unwritten(n);
    k->dropout(n, x, seed, 3, first, threshold, 2, whole);
    k->dropout(cut, x, seed, 3, first, threshold, 2, pieces);
    k->dropout(n - cut, x + cut, seed, 3, first + (uint64_t)cut, threshold, 2, pieces + cut);
    for (long i = 0; i < n; i++) {
        expect_value("dropout in pieces", i, pieces[i], whole[i], 0);
        if (whole[i] != 0 || threshold == 0) expect_value("dropout", i, whole[i], 2 * (double)x[i], 0);
    }
}

static void run(const ck_kernels *k) {
    long n = length_up_to(150);
    binary(k, n);
    unary(k, n);
    end_case();
    pullbacks(k, n);
    dropout(k, n);
}

const family elementwise_family = {"elementwise", run};
