// SPDX-License-Identifier: Apache-2.0
// A driver that finds as many GPUs as FAKE_CUDA_DEVICES says, or fails in cuInit with the error FAKE_CUDA_ERROR.
#include <stdio.h>
#include <stdlib.h>

static int number(const char *name) {
    const char *text = getenv(name);
    return text ? atoi(text) : 0;
}

int cuInit(unsigned flags) { return flags ? 1 : number("FAKE_CUDA_ERROR"); }
int cuDriverGetVersion(int *version) { *version = 12040; return 0; }
int cuDeviceGetCount(int *count) { *count = number("FAKE_CUDA_DEVICES"); return 0; }
int cuDeviceGet(int *device, int ordinal) { *device = 100 + ordinal; return 0; }
int cuDeviceGetName(char *name, int size, int device) { snprintf(name, (size_t)size, "Card %d", device); return 0; }
int cuDeviceTotalMem_v2(size_t *bytes, int device) { *bytes = (size_t)(device - 99) << 30; return 0; }
int cuDeviceGetAttribute(int *value, int attribute, int device) {
    (void)device;
    *value = attribute == 75 ? 8 : attribute == 76 ? 6 : -1;
    return 0;
}
int cuGetErrorName(int error, const char **name) { *name = error == 803 ? "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH" : NULL; return *name ? 0 : 1; }
int cuGetErrorString(int error, const char **text) { *text = error == 803 ? "driver and library differ" : NULL; return *text ? 0 : 1; }
