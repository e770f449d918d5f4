// SPDX-License-Identifier: Apache-2.0
// Functions of the elements of one tensor, of two and of three, and their pullbacks. Operand 0 of a loop is the result.
#include "common.h"

__device__ inline float sigmoid_of(float x) {
    float e = expf(-fabsf(x));
    return (x >= 0 ? 1.0f : e) / (1.0f + e);
}
__device__ inline float relu6_of(float x) { return x < 0 ? 0 : x > 6 ? 6 : x; }
__device__ inline float gelu_tanh_inner(float x) { return 0.7978845608f * (x + 0.044715f * x * x * x); }

__device__ inline float unary_of(int function, float x, float a, float b) {
    switch (function) {
    case CC_NEGATE: return -x;
    case CC_ABSOLUTE: return fabsf(x);
    case CC_EXP: return expf(x);
    case CC_LOG: return logf(x);
    case CC_SQRT: return sqrtf(x);
    case CC_SIN: return sinf(x);
    case CC_COS: return cosf(x);
    case CC_TANH: return tanhf(x);
    case CC_SIGMOID: return sigmoid_of(x);
    case CC_RELU: return x < 0 ? 0 : x;
    case CC_GELU: return 0.5f * x * (1.0f + erff(x * 0.70710678118f));
    case CC_GELU_TANH: return 0.5f * x * (1.0f + tanhf(gelu_tanh_inner(x)));
    case CC_RELU6: return relu6_of(x);
    case CC_HARDSIGMOID: return relu6_of(x + 3) / 6;
    case CC_HARDSWISH: return x * relu6_of(x + 3) / 6;
    case CC_SILU: return x * sigmoid_of(x);
    case CC_LEAKY_RELU: return x > 0 ? x : a * x;
    case CC_AFFINE: return a * x + b;
    case CC_POWER: return powf(x, a);
    case CC_CLAMP: return is_nan(x) ? x : x < a ? a : x > b ? b : x;
    default: return (float)(1 / sqrt((double)x + (double)a));  // CC_INVERSE_DEVIATION
    }
}

KERNEL(unary)(cc_loop loop, u32 count, int function, float a, float b, const float *x, float *out) {
    u32 index = thread_number();
    if (index >= count) return;
    i64 offsets[2];
    find_offsets(loop, index, offsets);
    out[offsets[0]] = unary_of(function, x[offsets[1]], a, b);
}

KERNEL(negate_int)(cc_loop loop, u32 count, const int *x, int *out) {
    u32 index = thread_number();
    if (index >= count) return;
    i64 offsets[2];
    find_offsets(loop, index, offsets);
    out[offsets[0]] = (int)(0u - (u32)x[offsets[1]]);
}

// The gradient times the derivative at an output or input; all three without gaps, in one order.
KERNEL(unary_pullback)(u32 count, int function, float a, float b, const float *gradient, const float *value, float *out) {
    u32 i = thread_number();
    if (i >= count) return;
    float g = gradient[i], v = value[i];
    switch (function) {
    case CC_RELU_PULLBACK: out[i] = v <= 0 ? 0 : g; break;
    case CC_SIGMOID_PULLBACK: out[i] = g * v * (1.0f - v); break;
    case CC_TANH_PULLBACK: out[i] = g * (1.0f - v * v); break;
    case CC_GELU_PULLBACK: {
        float cdf = 0.5f * (1.0f + erff(v * 0.70710678118f));
        float pdf = 0.3989422804f * expf(-0.5f * v * v);
        out[i] = g * (cdf + v * pdf);
        break;
    }
    case CC_GELU_TANH_PULLBACK: {
        float t = tanhf(gelu_tanh_inner(v));
        float inner = 0.7978845608f * (1.0f + 3 * 0.044715f * v * v);
        out[i] = g * (0.5f * (1.0f + t) + 0.5f * v * (1.0f - t * t) * inner);
        break;
    }
    case CC_RELU6_PULLBACK: out[i] = v <= 0 || v >= 6 ? 0 : g; break;
    case CC_HARDSIGMOID_PULLBACK: out[i] = v > -3 && v < 3 ? g / 6 : 0; break;
    case CC_HARDSWISH_PULLBACK: out[i] = g * (v <= -3 ? 0 : v < 3 ? v / 3 + 0.5f : 1); break;
    case CC_SILU_PULLBACK: {
        float s = sigmoid_of(v);
        out[i] = g * (s * (1.0f + v * (1.0f - s)));
        break;
    }
    case CC_LEAKY_RELU_PULLBACK: out[i] = v > 0 ? g : a * g; break;
    case CC_CLAMP_PULLBACK: out[i] = v > a && v < b ? g : 0; break;
    }
}

__device__ inline float binary_of(int function, float x, float y) {
    switch (function) {
    case CC_ADD: return x + y;
    case CC_SUBTRACT: return x - y;
    case CC_MULTIPLY: return x * y;
    case CC_DIVIDE: return x / y;
    case CC_MAXIMUM: return x > y || is_nan(x) ? x : y;
    case CC_MINIMUM: return x < y || is_nan(x) ? x : y;
    default: return x + y < 0 ? 0 : x + y;  // CC_ADD_RELU
    }
}

// An operand is the number `a` or `b` where its address is null.
KERNEL(binary)(cc_loop loop, u32 count, int function, const float *x, float a, const float *y, float b, float *out) {
    u32 index = thread_number();
    if (index >= count) return;
    i64 offsets[3];
    find_offsets(loop, index, offsets);
    out[offsets[0]] = binary_of(function, x ? x[offsets[1]] : a, y ? y[offsets[2]] : b);
}

KERNEL(binary_int)(cc_loop loop, u32 count, int function, const int *x, const int *y, int *out) {
    u32 index = thread_number();
    if (index >= count) return;
    i64 offsets[3];
    find_offsets(loop, index, offsets);
    u32 a = (u32)x[offsets[1]], b = (u32)y[offsets[2]];
    out[offsets[0]] = (int)(function == CC_ADD ? a + b : function == CC_SUBTRACT ? a - b : a * b);
}

// y += scale · x
KERNEL(add_scaled)(u32 count, float scale, const float *x, float *y) {
    u32 i = thread_number();
    if (i < count) y[i] += scale * x[i];
}

// As for `binary`.
KERNEL(choose)(cc_loop loop, u32 count, const u8 *condition, const float *x, float a, const float *y, float b, float *out) {
    u32 index = thread_number();
    if (index >= count) return;
    i64 offsets[4];
    find_offsets(loop, index, offsets);
    out[offsets[0]] = condition[offsets[1]] ? (x ? x[offsets[2]] : a) : y ? y[offsets[3]] : b;
}
