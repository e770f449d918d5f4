// SPDX-License-Identifier: Apache-2.0
#include "CCUDALibraries.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

void *cc_open_library(const char *path, char *message, size_t size) {
    void *library = dlopen(path, RTLD_LAZY | RTLD_GLOBAL);
    if (!library) {
        const char *reason = dlerror();
        snprintf(message, size, "%s", reason ? reason : path);
    }
    return library;
}

struct function {
    const char *name;
    void *field;
};

static bool find(void *library, const struct function *functions, size_t count) {
    for (size_t i = 0; i < count; i++) {
        void *function = dlsym(library, functions[i].name);
        if (!function) return false;
        memcpy(functions[i].field, &function, sizeof function);
    }
    return true;
}

bool cc_find_blas(void *library, cc_blas *blas) {
    const struct function functions[] = {
        {"cublasCreate_v2", &blas->create},
        {"cublasGetVersion_v2", &blas->version},
        {"cublasSetStream_v2", &blas->set_stream},
        {"cublasSetMathMode", &blas->set_math_mode},
        {"cublasSgemm_v2", &blas->gemm},
        {"cublasSgemmStridedBatched", &blas->gemm_batched},
    };
    return find(library, functions, sizeof functions / sizeof *functions);
}

bool cc_find_dnn(void *library, cc_dnn *dnn) {
    const struct function functions[] = {
        {"cudnnCreate", &dnn->create},
        {"cudnnSetStream", &dnn->set_stream},
        {"cudnnGetVersion", &dnn->version},
        {"cudnnBackendCreateDescriptor", &dnn->create_descriptor},
        {"cudnnBackendDestroyDescriptor", &dnn->destroy_descriptor},
        {"cudnnBackendFinalize", &dnn->finalize},
        {"cudnnBackendSetAttribute", &dnn->set},
        {"cudnnBackendGetAttribute", &dnn->get},
        {"cudnnBackendExecute", &dnn->execute},
    };
    return find(library, functions, sizeof functions / sizeof *functions);
}
