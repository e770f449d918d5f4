// SPDX-License-Identifier: Apache-2.0
// What CUDA C needs to be C++: the names of its language, threads as fibres or as turns of a loop, and a table of the kernels.
#pragma once

#include <math.h>
#include <stddef.h>
#include <string.h>

#define __global__
#define __device__
#define __shared__ static
#define __launch_bounds__(...)
#define __align__(bytes) __attribute__((aligned(bytes)))

struct dim3 {
    unsigned x, y, z;
};
extern dim3 threadIdx, blockIdx, blockDim, gridDim;

static inline float __uint_as_float(unsigned bits) {
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}
static inline unsigned __float_as_uint(float value) {
    unsigned bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

// Waits until every thread of the block has come here.
extern "C" void fake_cuda_wait();
#define __syncthreads fake_cuda_wait

// The number of the bit that tells addresses of the device from those of the host, which cannot be read through them.
enum { DEVICE_BIT = 62 };

// Arguments as the driver gets them: one after the other, each at a multiple of its alignment.
struct Arguments {
    char *start;
    size_t offset;

    template <class T> T next() {
        offset = (offset + alignof(T) - 1) / alignof(T) * alignof(T);
        T value;
        memcpy(&value, start + offset, sizeof value);
        offset += sizeof value;
        return on_host(value);
    }

  private:
    template <class T> static T on_host(T value) { return value; }
    template <class T> static T *on_host(T *value) {
        return (T *)((unsigned long long)value & ~(1ull << DEVICE_BIT));
    }
};

// Calls a kernel with the arguments that were unpacked for it.
template <class... T> struct Call;
template <> struct Call<> {
    template <class F, class... Done> static void run(F *kernel, Arguments &, Done... done) { kernel(done...); }
};
template <class First, class... Rest> struct Call<First, Rest...> {
    template <class F, class... Done> static void run(F *kernel, Arguments &arguments, Done... done) {
        First next = arguments.next<First>();
        Call<Rest...>::run(kernel, arguments, done..., next);
    }
};
template <class... T> void call(void (*kernel)(T...), void *arguments) {
    Arguments all = {(char *)arguments, 0};
    Call<T...>::run(kernel, all);
}

struct FakeKernel {
    const char *module, *name;
    void (*run)(void *arguments);
    // Whether its threads wait for each other.
    bool waits;
};
