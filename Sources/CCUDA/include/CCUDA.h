// SPDX-License-Identifier: Apache-2.0
// The part of NVIDIA's driver that is used here, opened at run time where it is installed. What its header declares and is
// needed here is declared again. Each function returns 0, or an error's number.
#ifndef CCUDA_H
#define CCUDA_H

#include <stdbool.h>
#include <stddef.h>

// CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_…, CUDA_ERROR_NO_DEVICE
enum { CC_COMPUTE_CAPABILITY_MAJOR = 75, CC_COMPUTE_CAPABILITY_MINOR = 76 };
enum { CC_NO_DEVICE = 100 };

typedef struct {
    int (*init)(unsigned flags);
    // 1000 · major + 10 · minor of the newest CUDA that the driver runs.
    int (*version)(int *version);
    int (*count)(int *count);
    int (*device)(int *device, int ordinal);
    int (*name)(char *name, int size, int device);
    int (*memory)(size_t *bytes, int device);
    int (*attribute)(int *value, int attribute, int device);
    int (*error_name)(int error, const char **name);
    int (*error_text)(int error, const char **text);
} cc_driver;

extern const char cc_driver_file[];

// Opens the driver for the rest of the process; false, with a message, where it is not there or lacks one of these functions.
bool cc_open_driver(cc_driver *driver, char *message, size_t size);

#endif
