// SPDX-License-Identifier: Apache-2.0
#include "CCUDA.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

const char cc_driver_file[] = "libcuda.so.1";

bool cc_open_driver(cc_driver *driver, char *message, size_t size) {
    void *library = dlopen(cc_driver_file, RTLD_LAZY | RTLD_LOCAL);
    if (!library) {
        const char *reason = dlerror();
        // A library that it needs may be what is missing.
        bool is_missing = !reason || (!strncmp(reason, cc_driver_file, strlen(cc_driver_file)) && strstr(reason, "No such file"));
        if (is_missing) snprintf(message, size, "%s is not there", cc_driver_file);
        else snprintf(message, size, "%s cannot be opened: %s", cc_driver_file, reason);
        return false;
    }
    const struct { const char *name; void *place; } functions[] = {
        {"cuInit", &driver->init}, {"cuDriverGetVersion", &driver->version}, {"cuDeviceGetCount", &driver->count},
        {"cuDeviceGet", &driver->device}, {"cuDeviceGetName", &driver->name},
        {"cuDeviceTotalMem_v2", &driver->memory}, {"cuDeviceGetAttribute", &driver->attribute},
        {"cuGetErrorName", &driver->error_name}, {"cuGetErrorString", &driver->error_text}};
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        void *function = dlsym(library, functions[i].name);
        if (!function) {
            snprintf(message, size, "%s has no %s: it is too old", cc_driver_file, functions[i].name);
            dlclose(library);
            return false;
        }
        memcpy(functions[i].place, &function, sizeof function);
    }
    return true;
}
