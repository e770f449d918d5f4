// SPDX-License-Identifier: Apache-2.0
// MPI without mpi.h: the library is opened when the program runs, and may be Open MPI, MPICH (or one with MPICH's binary
// interface, as Intel MPI), or any with the standard binary interface of MPI 5. Their handles differ; the calls here do not.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum { CM_OPEN_MPI, CM_MPICH, CM_STANDARD } cm_kind;

/// A communicator or a data type: a pointer, or in MPICH an int, which is in the low half.
typedef intptr_t cm_handle;

/// An operation that has begun. Large enough for every library's.
typedef struct {
    int64_t bits;
} cm_request;

/// Every library's `MPI_Status` fits.
typedef struct {
    int64_t bits[8];
} cm_status;

/// An open library. Calls return 0 for success.
typedef struct {
    cm_kind kind;
    cm_handle world;
    cm_handle byte;
    /// The level of threads in which one thread makes all calls.
    int one_thread;
    int (*init)(int *, char ***, int, int *);
    int (*finalize)(void);
    int (*abort)(cm_handle, int);
    int (*rank)(cm_handle, int *);
    int (*size)(cm_handle, int *);
    int (*duplicate)(cm_handle, cm_handle *);
    int (*version)(char *, int *);
    int (*broadcast)(void *, int, cm_handle, int, cm_handle, cm_request *);
    int (*all_to_all)(const void *, int, cm_handle, void *, int, cm_handle, cm_handle, cm_request *);
    int (*all_gather)(const void *, int, cm_handle, void *, int, cm_handle, cm_handle, cm_request *);
    int (*barrier)(cm_handle, cm_request *);
    int (*test)(cm_request *, int *, cm_status *);
} cm_library;

/// The longest text of `version`, with its end.
enum { CM_VERSION_CAPACITY = 8192 };

/// Opens a library by its path, or by a name that the loader finds.
/// @param message why it cannot be opened
bool cm_open(const char *path, cm_library *library, char *message, size_t size);

/// Has a function called when the process exits, with the status of the exit where the system tells it, else -1.
void cm_at_exit(void (*body)(int status));

/// The processors that the process may use, one bit for each, the rest 0.
/// @return whether the system tells
bool cm_processors(unsigned char *bits, size_t size);

/// Lets the calling thread's short sleeps last as long as they should.
void cm_sleep_precisely(void);
