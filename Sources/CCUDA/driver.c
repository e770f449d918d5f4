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
    const struct { const char *name; void *field; } functions[] = {
        {"cuInit", &driver->init},
        {"cuDriverGetVersion", &driver->version},
        {"cuGetErrorName", &driver->error_name},
        {"cuGetErrorString", &driver->error_text},
        {"cuDeviceGetCount", &driver->count},
        {"cuDeviceGet", &driver->device},
        {"cuDeviceGetName", &driver->name},
        {"cuDeviceTotalMem_v2", &driver->memory},
        {"cuDeviceGetAttribute", &driver->attribute},
        {"cuDevicePrimaryCtxRetain", &driver->retain_context},
        {"cuCtxSetCurrent", &driver->set_context},
        {"cuStreamCreate", &driver->create_stream},
        {"cuStreamSynchronize", &driver->synchronize},
        {"cuStreamWaitEvent", &driver->wait},
        {"cuEventCreate", &driver->create_event},
        {"cuEventRecord", &driver->record},
        {"cuEventSynchronize", &driver->synchronize_event},
        {"cuDeviceGetDefaultMemPool", &driver->default_pool},
        {"cuMemPoolSetAttribute", &driver->set_pool_attribute},
        {"cuMemPoolTrimTo", &driver->trim_pool},
        {"cuMemAllocAsync", &driver->allocate},
        {"cuMemFreeAsync", &driver->release},
        {"cuMemGetInfo_v2", &driver->memory_info},
        {"cuMemAllocHost_v2", &driver->allocate_pinned},
        {"cuMemcpyHtoDAsync_v2", &driver->copy_to_device},
        {"cuMemcpyDtoHAsync_v2", &driver->copy_to_host},
        {"cuMemsetD8Async", &driver->set_bytes},
        {"cuModuleLoadData", &driver->load_module},
        {"cuModuleGetFunction", &driver->function},
        {"cuLaunchKernel", &driver->launch},
    };
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        void *function = dlsym(library, functions[i].name);
        if (!function) {
            snprintf(message, size, "%s has no %s: it is too old", cc_driver_file, functions[i].name);
            dlclose(library);
            return false;
        }
        memcpy(functions[i].field, &function, sizeof function);
    }
    return true;
}

int cc_launch(const cc_driver *driver, cc_handle function, cc_extent grid, cc_extent block, cc_handle stream, void *arguments,
              size_t bytes) {
    // CU_LAUNCH_PARAM_BUFFER_POINTER, …_BUFFER_SIZE, …_END
    void *extra[] = {(void *)1, arguments, (void *)2, &bytes, (void *)0};
    return driver->launch(function, grid.x, grid.y, grid.z, block.x, block.y, block.z, 0, stream, NULL, extra);
}
