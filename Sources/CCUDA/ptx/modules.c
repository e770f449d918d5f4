// SPDX-License-Identifier: Apache-2.0
// Made by Scripts/make-ptx.
#include <string.h>

#include "CCUDA.h"

extern const char cc_ptx_columns[];
extern const char cc_ptx_convolution[];
extern const char cc_ptx_copying[];
extern const char cc_ptx_dropout[];
extern const char cc_ptx_elementwise[];
extern const char cc_ptx_optimizers[];
extern const char cc_ptx_pooling[];
extern const char cc_ptx_products[];
extern const char cc_ptx_reductions[];
extern const char cc_ptx_rows[];

const char *cc_ptx(const char *module) {
    const struct { const char *name, *ptx; } modules[] = {
        {"columns", cc_ptx_columns},
        {"convolution", cc_ptx_convolution},
        {"copying", cc_ptx_copying},
        {"dropout", cc_ptx_dropout},
        {"elementwise", cc_ptx_elementwise},
        {"optimizers", cc_ptx_optimizers},
        {"pooling", cc_ptx_pooling},
        {"products", cc_ptx_products},
        {"reductions", cc_ptx_reductions},
        {"rows", cc_ptx_rows},
    };
    for (size_t i = 0; i < sizeof modules / sizeof *modules; i++)
        if (!strcmp(modules[i].name, module)) return modules[i].ptx;
    return NULL;
}
