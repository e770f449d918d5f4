// SPDX-License-Identifier: Apache-2.0
// The parts of cuBLAS and cuDNN that are used here, opened at run time where they are installed. What their headers declare and
// is needed here is declared again. Each function returns 0, or an error's number.
#ifndef CCUDA_LIBRARIES_H
#define CCUDA_LIBRARIES_H

#include <stdbool.h>
#include <stddef.h>

#include "CCUDA.h"

// Opens a library for the rest of the process, so that others that need it find it; null, with a message, if that fails.
void *cc_open_library(const char *path, char *message, size_t size);

typedef struct {
    int (*create)(void **handle);
    int (*version)(void *handle, int *version);
    int (*set_stream)(void *handle, void *stream);
    int (*set_math_mode)(void *handle, int mode);
    // C = alpha · op(A) · op(B) + beta · C, all by columns.
    int (*gemm)(void *handle, int transpose_a, int transpose_b, int m, int n, int k, const float *alpha, const float *a, int lda,
                const float *b, int ldb, const float *beta, float *c, int ldc);
    int (*gemm_batched)(void *handle, int transpose_a, int transpose_b, int m, int n, int k, const float *alpha, const float *a,
                        int lda, long long stride_a, const float *b, int ldb, long long stride_b, const float *beta, float *c,
                        int ldc, long long stride_c, int count);
} cc_blas;

// CUBLAS_DEFAULT_MATH, CUBLAS_TF32_TENSOR_OP_MATH
enum { CC_BLAS_FLOAT32 = 0, CC_BLAS_TF32 = 3 };

// Takes the functions from an open library; false if it lacks one.
bool cc_find_blas(void *library, cc_blas *blas);

typedef struct {
    int (*create)(void **handle);
    int (*set_stream)(void *handle, void *stream);
    size_t (*version)(void);
    int (*create_descriptor)(int type, void **descriptor);
    int (*destroy_descriptor)(void *descriptor);
    int (*finalize)(void *descriptor);
    int (*set)(void *descriptor, int attribute, int type, long long count, const void *elements);
    int (*get)(void *descriptor, int attribute, int type, long long count, long long *found, void *elements);
    int (*execute)(void *handle, void *plan, void *variant_pack);
} cc_dnn;

bool cc_find_dnn(void *library, cc_dnn *dnn);

// The passes of a convolution, and a forward pass with bias and ReLU.
enum { CC_FORWARD, CC_FORWARD_BIAS, CC_FORWARD_BIAS_RELU, CC_INPUT_GRADIENT, CC_FILTER_GRADIENT };

typedef struct {
    void *plan;
    long long workspace;
} cc_dnn_plan;

// Plans a pass of a convolution over channels-last images, with the first engine that cuDNN's heuristics name and that is
// deterministic, was compiled before, and rounds no more than is allowed (TF32, if `tf32`). False where there is none.
bool cc_plan_convolution(const cc_dnn *dnn, void *handle, const cc_convolution *lengths, int pass, bool tf32, cc_dnn_plan *plan);

// Runs a plan on the addresses of x, w, y (or their gradients), and of the bias, which is not read without one.
int cc_run_convolution(const cc_dnn *dnn, void *handle, const cc_dnn_plan *plan, cc_address x, cc_address w, cc_address y,
                       cc_address bias, cc_address workspace);

#endif
