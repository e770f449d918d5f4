// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "CMPI.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef __linux__
#include <sched.h>
#include <sys/prctl.h>
#endif

// The handles are what the libraries' mpi.h have for MPI_COMM_WORLD, MPI_BYTE and MPI_THREAD_FUNNELED.
static void set_handles(void *opened, cm_library *library) {
    int (*abi_version)(int *, int *) = NULL;
    *(void **)&abi_version = dlsym(opened, "MPI_Abi_get_version");
    int major = -1, minor = -1;
    if (abi_version && abi_version(&major, &minor) == 0 && major >= 1) {
        library->kind = CM_STANDARD;
        library->world = 0x101;
        library->byte = 0x247;
        library->one_thread = 1024;
        return;
    }
    void *world = dlsym(opened, "ompi_mpi_comm_world"), *byte = dlsym(opened, "ompi_mpi_byte");
    if (world && byte) {
        library->kind = CM_OPEN_MPI;
        library->world = (cm_handle)world;
        library->byte = (cm_handle)byte;
        library->one_thread = 1;
        return;
    }
    library->kind = CM_MPICH;
    library->world = 0x44000000;
    library->byte = 0x4c00010d;
    library->one_thread = 1;
}

bool cm_open(const char *path, cm_library *library, char *message, size_t size) {
    // What the library itself opens looks for its functions among those of the whole process.
    void *opened = dlopen(path, RTLD_NOW | RTLD_GLOBAL);
    if (!opened) {
        const char *reason = dlerror();
        snprintf(message, size, "%s", reason ? reason : "it cannot be opened");
        return false;
    }
    const struct { const char *name; void *field; } functions[] = {
        {"MPI_Init_thread", &library->init},
        {"MPI_Finalize", &library->finalize},
        {"MPI_Abort", &library->abort},
        {"MPI_Comm_rank", &library->rank},
        {"MPI_Comm_size", &library->size},
        {"MPI_Comm_dup", &library->duplicate},
        {"MPI_Get_library_version", &library->version},
        {"MPI_Ibcast", &library->broadcast},
        {"MPI_Ialltoall", &library->all_to_all},
        {"MPI_Iallgather", &library->all_gather},
        {"MPI_Ibarrier", &library->barrier},
        {"MPI_Test", &library->test},
    };
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        void *function = dlsym(opened, functions[i].name);
        if (!function) {
            snprintf(message, size, "%s has no %s", path, functions[i].name);
            dlclose(opened);
            return false;
        }
        memcpy(functions[i].field, &function, sizeof function);
    }
    set_handles(opened, library);
    return true;
}

bool cm_processors(unsigned char *bits, size_t size) {
    memset(bits, 0, size);
#ifdef __linux__
    // The system's set may be larger than cpu_set_t; it wants a multiple of its words.
    return size % sizeof(unsigned long) == 0 && sched_getaffinity(0, size, (cpu_set_t *)bits) == 0;
#else
    return false;
#endif
}

void cm_sleep_precisely(void) {
#ifdef PR_SET_TIMERSLACK
    prctl(PR_SET_TIMERSLACK, 1000ul, 0, 0, 0);
#endif
}

static void (*at_exit)(int);

#ifdef __GLIBC__
static void leave(int status, void *unused) {
    (void)unused;
    at_exit(status);
}
#else
static void leave(void) { at_exit(-1); }
#endif

void cm_at_exit(void (*body)(int status)) {
    at_exit = body;
#ifdef __GLIBC__
    on_exit(leave, NULL);
#else
    atexit(leave);
#endif
}
