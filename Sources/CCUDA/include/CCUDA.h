// SPDX-License-Identifier: Apache-2.0
// The part of NVIDIA's driver that is used here, opened at run time where it is installed. What its header declares and is
// needed here is declared again. Each function returns 0, or an error's number.
#ifndef CCUDA_H
#define CCUDA_H

#include <stdbool.h>
#include <stddef.h>

#include "CCUDAArguments.h"

// Handles of the driver, as numbers; addresses in the memory of a GPU.
typedef unsigned long long cc_handle;
typedef unsigned long long cc_address;

// CU_DEVICE_ATTRIBUTE_…, CUDA_ERROR_…, CU_MEMPOOL_ATTR_REUSE_ALLOW_INTERNAL_DEPENDENCIES and …_RELEASE_THRESHOLD,
// CU_STREAM_NON_BLOCKING, CU_EVENT_DISABLE_TIMING
enum {
    CC_MULTIPROCESSOR_COUNT = 16, CC_COMPUTE_CAPABILITY_MAJOR = 75, CC_COMPUTE_CAPABILITY_MINOR = 76,
    CC_MEMORY_POOLS_SUPPORTED = 115
};
enum { CC_OUT_OF_MEMORY = 2, CC_NO_DEVICE = 100 };
enum { CC_REUSE_WITH_DEPENDENCIES = 3, CC_RELEASE_THRESHOLD = 4 };
enum { CC_STREAM_NON_BLOCKING = 1, CC_EVENT_DISABLE_TIMING = 2 };

typedef struct {
    int (*init)(unsigned flags);
    // 1000 · major + 10 · minor of the newest CUDA that the driver runs.
    int (*version)(int *version);
    int (*error_name)(int error, const char **name);
    int (*error_text)(int error, const char **text);

    int (*count)(int *count);
    int (*device)(int *device, int ordinal);
    int (*name)(char *name, int size, int device);
    int (*memory)(size_t *bytes, int device);
    int (*attribute)(int *value, int attribute, int device);

    int (*retain_context)(cc_handle *context, int device);
    int (*set_context)(cc_handle context);

    int (*create_stream)(cc_handle *stream, unsigned flags);
    int (*synchronize)(cc_handle stream);
    int (*wait)(cc_handle stream, cc_handle event, unsigned flags);
    int (*create_event)(cc_handle *event, unsigned flags);
    int (*record)(cc_handle event, cc_handle stream);
    int (*synchronize_event)(cc_handle event);

    int (*default_pool)(cc_handle *pool, int device);
    int (*set_pool_attribute)(cc_handle pool, int attribute, void *value);
    int (*trim_pool)(cc_handle pool, size_t kept);
    int (*allocate)(cc_address *address, size_t bytes, cc_handle stream);
    int (*release)(cc_address address, cc_handle stream);
    // How much of the GPU's memory is free, and how much there is.
    int (*memory_info)(size_t *available, size_t *total);
    // Memory of the host that the GPU can copy from by itself.
    int (*allocate_pinned)(void **memory, size_t bytes);

    int (*copy_to_device)(cc_address to, const void *from, size_t bytes, cc_handle stream);
    int (*copy_to_host)(void *to, cc_address from, size_t bytes, cc_handle stream);
    int (*set_bytes)(cc_address to, unsigned char value, size_t bytes, cc_handle stream);

    int (*load_module)(cc_handle *module, const void *ptx);
    int (*function)(cc_handle *function, cc_handle module, const char *name);
    int (*launch)(cc_handle function, unsigned grid_x, unsigned grid_y, unsigned grid_z, unsigned block_x, unsigned block_y,
                  unsigned block_z, unsigned shared_bytes, cc_handle stream, void **arguments, void **extra);
} cc_driver;

extern const char cc_driver_file[];

// Opens the driver for the rest of the process; false, with a message, where it is not there or lacks one of these functions.
bool cc_open_driver(cc_driver *driver, char *message, size_t size);

// The lengths of a grid of blocks, or of a block of threads.
typedef struct {
    unsigned x, y, z;
} cc_extent;

// Launches with the arguments in one block of memory, each at a multiple of its own alignment.
int cc_launch(const cc_driver *driver, cc_handle function, cc_extent grid, cc_extent block, cc_handle stream, void *arguments,
              size_t bytes);

// The PTX of the modules of kernels (Scripts/make-ptx), by name; null if there is none.
const char *cc_ptx(const char *module);

// One axis of a loop, with the strides of its operands.
static inline void cc_set_axis(cc_loop *loop, unsigned axis, unsigned length, long long s0, long long s1, long long s2,
                               long long s3) {
    loop->lengths[axis] = length;
    loop->strides[0][axis] = s0;
    loop->strides[1][axis] = s1;
    loop->strides[2][axis] = s2;
    loop->strides[3][axis] = s3;
}

#include "CCUDALibraries.h"

#endif
