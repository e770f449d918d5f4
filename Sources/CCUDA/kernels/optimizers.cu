// SPDX-License-Identifier: Apache-2.0
// One step of an optimizer, in place.
#include "common.h"

KERNEL(sgd)(u32 count, float *value, const float *gradient, float *velocity, int is_first, float rate, float momentum,
            float dampening, float weight_decay, int nesterov) {
    u32 i = thread_number();
    if (i >= count) return;
    float g = gradient[i] + weight_decay * value[i];
    if (!velocity) {
        value[i] -= rate * g;
        return;
    }
    float v = is_first ? g : momentum * velocity[i] + (1 - dampening) * g;
    velocity[i] = v;
    value[i] -= rate * (nesterov ? g + momentum * v : v);
}

KERNEL(adam)(u32 count, float *value, const float *gradient, float *mean, float *square, float step_size, float beta1,
             float beta2, float inverse_sqrt_correction, float epsilon, float l2, float decoupled_decay) {
    u32 i = thread_number();
    if (i >= count) return;
    float v = value[i] * (1 - decoupled_decay);
    float g = gradient[i] + l2 * v;
    float m = mean[i] + (1 - beta1) * (g - mean[i]);
    float s = beta2 * square[i] + (1 - beta2) * g * g;
    mean[i] = m;
    square[i] = s;
    value[i] = v - step_size * m / (sqrtf(s) * inverse_sqrt_correction + epsilon);
}

KERNEL(scale)(u32 count, float factor, float *x) {
    u32 i = thread_number();
    if (i < count) x[i] *= factor;
}

// average += (value - average) · share
KERNEL(move_average)(u32 count, float share, const float *value, float *average) {
    u32 i = thread_number();
    if (i < count) average[i] += (value[i] - average[i]) * share;
}
