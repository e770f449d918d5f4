// SPDX-License-Identifier: Apache-2.0
// Stand-ins for cuBLAS (FAKE_BLAS) and cuDNN (FAKE_DNN), for the tests: they compute on the processor, in loops, with the
// addresses of the fake driver. cuDNN's has four engines: one that is not deterministic and one that compiles at run time, which
// give wrong numbers, one that rounds to TF32 and fuses bias and ReLU, and one that does neither.
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cuda.h"

#define API extern "C" __attribute__((visibility("default")))

namespace {

template <class T> T *on_host(T *address) { return (T *)((uintptr_t)address & ~((uintptr_t)1 << DEVICE_BIT)); }

[[maybe_unused]] float rounded(float x, bool tf32) {
    if (!tf32) return x;
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    bits = (bits + 0x0FFF + ((bits >> 13) & 1)) & ~0x1FFFu;
    memcpy(&x, &bits, sizeof bits);
    return x;
}

}  // namespace

#if defined(FAKE_BLAS)

namespace {
int math_mode = 0;
}

API int cublasCreate_v2(void **handle) { *handle = &math_mode; return 0; }
API int cublasGetVersion_v2(void *, int *version) { *version = 120900; return 0; }
API int cublasSetStream_v2(void *, void *stream) { return stream ? 0 : 7; }
API int cublasSetMathMode(void *, int mode) { math_mode = mode; return 0; }

API int cublasSgemm_v2(void *, int ta, int tb, int m, int n, int k, const float *alpha, const float *a, int lda, const float *b,
                       int ldb, const float *beta, float *c, int ldc) {
    if (lda < (ta ? k : m) || ldb < (tb ? n : k) || ldc < m || *beta != 0) return 7;
    bool tf32 = math_mode == 3;
    a = on_host(a);
    b = on_host(b);
    c = on_host(c);
    for (int j = 0; j < n; j++) {
        for (int i = 0; i < m; i++) {
            double sum = 0;
            for (int l = 0; l < k; l++) {
                float x = ta ? a[(long)i * lda + l] : a[(long)l * lda + i], y = tb ? b[(long)l * ldb + j] : b[(long)j * ldb + l];
                sum += (double)rounded(x, tf32) * rounded(y, tf32);
            }
            c[(long)j * ldc + i] = (float)(*alpha * sum);
        }
    }
    return 0;
}

API int cublasSgemmStridedBatched(void *handle, int ta, int tb, int m, int n, int k, const float *alpha, const float *a, int lda,
                                  long long sa, const float *b, int ldb, long long sb, const float *beta, float *c, int ldc,
                                  long long sc, int count) {
    for (int i = 0; i < count; i++) {
        int error = cublasSgemm_v2(handle, ta, tb, m, n, k, alpha, a + i * sa, lda, b + i * sb, ldb, beta, c + i * sc, ldc);
        if (error) return error;
    }
    return 0;
}

#elif defined(FAKE_DNN)

namespace {

enum { SUCCESS = 0, BAD_PARAM = 2000, NOT_SUPPORTED = 3000 };
enum { POINTWISE_OP = 13, GRAPH = 15, VARIANT_PACK = 16, ENGINE = 2, CONFIGURATION = 3, HEURISTICS = 4, PLAN = 5 };
enum { MOST_ATTRIBUTES = 12, LONGEST = 256 };

// Attributes as they were set. Descriptors among them are copies, as cuDNN keeps them alive.
struct Descriptor {
    int type, count, engine;
    bool is_final;
    struct {
        int name, type;
        long long count;
        char bytes[LONGEST];
    } attributes[MOST_ATTRIBUTES];

    const char *find(int name, long long *found = NULL) const {
        for (int i = 0; i < count; i++) {
            if (attributes[i].name != name) continue;
            if (found) *found = attributes[i].count;
            return attributes[i].bytes;
        }
        return NULL;
    }
    int64_t integer(int name, int index = 0) const { return ((const int64_t *)find(name))[index]; }
    int small(int name) const { return *(const int *)find(name); }
    Descriptor *descriptor(int name, int index = 0) const { return ((Descriptor *const *)find(name))[index]; }
};

size_t size_of(int type) {
    switch (type) {
    case 2: return 1;
    case 0: case 3: case 5: case 6: case 15: return 8;
    default: return 4;
    }
}

float *address(const Descriptor *pack, int64_t id) {
    long long count = 0;
    const int64_t *ids = (const int64_t *)pack->find(1000, &count);
    float *const *addresses = (float *const *)pack->find(1001);
    for (long long i = 0; i < count; i++)
        if (ids[i] == id) return on_host(addresses[i]);
    return NULL;
}

// One pass: for each output pixel and each element of its patch, `visit(image, o, i, j, c, h, w, kernel row, kernel column)`.
template <class Visit> void for_each_product(const Descriptor *x, const Descriptor *w, const Descriptor *y, const Descriptor *how,
                                             const Visit &visit) {
    auto length = [](const Descriptor *tensor, int axis) { return tensor->integer(902, axis); };
    long groups = length(x, 1) / length(w, 1), per_group = length(w, 0) / groups;
    for (long n = 0; n < length(y, 0); n++)
        for (long o = 0; o < length(y, 1); o++)
            for (long i = 0; i < length(y, 2); i++)
                for (long j = 0; j < length(y, 3); j++)
                    for (long c = 0; c < length(w, 1); c++)
                        for (long a = 0; a < length(w, 2); a++)
                            for (long b = 0; b < length(w, 3); b++) {
                                long row = i * how->integer(103, 0) - how->integer(105, 0) + a * how->integer(102, 0);
                                long column = j * how->integer(103, 1) - how->integer(105, 1) + b * how->integer(102, 1);
                                if (row < 0 || row >= length(x, 2) || column < 0 || column >= length(x, 3)) continue;
                                long channel = o / per_group * length(w, 1) + c;
                                visit(((n * length(x, 2) + row) * length(x, 3) + column) * length(x, 1) + channel,
                                      ((o * length(w, 2) + a) * length(w, 3) + b) * length(w, 1) + c,
                                      ((n * length(y, 2) + i) * length(y, 3) + j) * length(y, 1) + o);
                            }
}

long count_of(const Descriptor *tensor) {
    return tensor->integer(902, 0) * tensor->integer(902, 1) * tensor->integer(902, 2) * tensor->integer(902, 3);
}

void convolve(const Descriptor *operation, const Descriptor *pack, bool tf32, float *y) {
    int base = operation->type == 10 ? 700 : operation->type == 12 ? 706 : 712;
    const Descriptor *how = operation->descriptor(base + 2), *w = operation->descriptor(base + 3),
                     *x = operation->descriptor(base + 4), *out = operation->descriptor(base + 5);
    float *xs = address(pack, 1), *ws = address(pack, 2);
    const Descriptor *result = operation->type == 10 ? out : operation->type == 12 ? x : w;
    float *to = operation->type == 10 ? y : operation->type == 12 ? xs : ws;
    double *sums = (double *)calloc((size_t)count_of(result), sizeof *sums);
    for_each_product(x, w, out, how, [&](long at_x, long at_w, long at_y) {
        if (operation->type == 10) sums[at_y] += (double)rounded(xs[at_x], tf32) * rounded(ws[at_w], tf32);
        else if (operation->type == 12) sums[at_x] += (double)rounded(y[at_y], tf32) * rounded(ws[at_w], tf32);
        else sums[at_w] += (double)rounded(y[at_y], tf32) * rounded(xs[at_x], tf32);
    });
    for (long i = 0; i < count_of(result); i++) to[i] = (float)sums[i];
    free(sums);
}

}  // namespace

API int cudnnCreate(void **handle) { static int one; *handle = &one; return SUCCESS; }
API int cudnnSetStream(void *, void *stream) { return stream ? SUCCESS : BAD_PARAM; }
API size_t cudnnGetVersion() { return 90501; }

API int cudnnBackendCreateDescriptor(int type, void **descriptor) {
    Descriptor *made = (Descriptor *)calloc(1, sizeof *made);
    made->type = type;
    *descriptor = made;
    return SUCCESS;
}
API int cudnnBackendDestroyDescriptor(void *descriptor) { free(descriptor); return SUCCESS; }

API int cudnnBackendSetAttribute(void *descriptor, int name, int type, int64_t count, const void *elements) {
    Descriptor *d = (Descriptor *)descriptor;
    if (d->is_final || d->count == MOST_ATTRIBUTES || count * (int64_t)size_of(type) > LONGEST) return BAD_PARAM;
    auto &attribute = d->attributes[d->count++];
    attribute.name = name;
    attribute.type = type;
    attribute.count = count;
    memcpy(attribute.bytes, elements, (size_t)count * size_of(type));
    if (type != 15) return SUCCESS;
    for (int64_t i = 0; i < count; i++) {
        Descriptor *other = ((Descriptor *const *)elements)[i];
        if (!other->is_final) return BAD_PARAM;
        Descriptor *copy = (Descriptor *)malloc(sizeof *copy);
        *copy = *other;
        ((Descriptor **)attribute.bytes)[i] = copy;
    }
    return SUCCESS;
}

API int cudnnBackendFinalize(void *descriptor) {
    Descriptor *d = (Descriptor *)descriptor;
    if (d->type == PLAN) {
        // Only the engine that fuses takes graphs of several operations.
        const Descriptor *configuration = d->descriptor(401);
        long long operations = 0;
        configuration->descriptor(201)->find(801, &operations);
        if (operations > 1 && configuration->engine != 2) return NOT_SUPPORTED;
    }
    d->is_final = true;
    return SUCCESS;
}

API int cudnnBackendGetAttribute(void *descriptor, int name, int, int64_t most, int64_t *found, void *elements) {
    Descriptor *d = (Descriptor *)descriptor;
    if (name == 202) {
        bool is_fallback = d->small(200) == 2;
        int engines[] = {0, 1, 2, 3};
        *found = is_fallback ? 1 : 4;
        for (int i = 0; i < *found && i < most; i++) {
            Descriptor *configuration = ((Descriptor **)elements)[i];
            configuration->engine = is_fallback ? 3 : engines[i];
            configuration->is_final = true;
            configuration->count = 1;
            configuration->attributes[0].name = 201;
            configuration->attributes[0].count = 1;
            memcpy(configuration->attributes[0].bytes, d->find(201), 8);
        }
        return SUCCESS;
    }
    if (name == 300) {
        (*(Descriptor **)elements)->engine = d->engine;
        *found = 1;
        return SUCCESS;
    }
    if (name == 402) {
        *(int64_t *)elements = d->descriptor(401)->engine == 2 ? 1000 : 0;
        *found = 1;
        return SUCCESS;
    }
    if (name != 1303 && name != 1305) return BAD_PARAM;
    int note = name == 1303 && d->engine == 0 ? 4 : (name == 1305 && d->engine == 1) || (name == 1303 && d->engine == 2) ? 0 : -1;
    *found = note >= 0;
    if (note >= 0 && elements && most > 0) *(int *)elements = note;
    return SUCCESS;
}

API int cudnnBackendExecute(void *, void *plan, void *variant_pack) {
    const Descriptor *configuration = ((Descriptor *)plan)->descriptor(401), *pack = (Descriptor *)variant_pack;
    const Descriptor *graph = configuration->descriptor(201);
    if (configuration->engine == 2 && !*(void *const *)pack->find(1003)) return BAD_PARAM;
    long long count = 0;
    graph->find(801, &count);
    const Descriptor *operation = graph->descriptor(801, 0);
    float *y = address(pack, 3);
    convolve(operation, pack, configuration->engine == 2, y);
    for (long long i = 1; i < count; i++) {
        const Descriptor *step = graph->descriptor(801, (int)i), *out = step->descriptor(753);
        bool is_relu = step->descriptor(750)->small(0) == 100;
        const float *bias = address(pack, 4);
        long channels = out->integer(902, 1);
        for (long at = 0; at < count_of(out); at++) y[at] = is_relu ? (y[at] > 0 ? y[at] : 0) : y[at] + bias[at % channels];
    }
    if (configuration->engine < 2) y[0] = NAN;
    return SUCCESS;
}

#endif
