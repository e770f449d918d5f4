// SPDX-License-Identifier: Apache-2.0
// Libraries that are used where they are installed, and not needed to build.
#ifndef LIBRARY_H
#define LIBRARY_H

#include <dlfcn.h>
#include <stdbool.h>
#include <stddef.h>

// The first of the names that opens, NULL if none does. A name without a path is looked for where the system keeps its
// libraries; Homebrew's folders are none of these.
static inline void *open_library(const char *const *names) {
    for (; *names; names++) {
        void *library = dlopen(*names, RTLD_NOW | RTLD_LOCAL);
        if (library) return library;
    }
    return NULL;
}

typedef struct {
    const char *name;
    void **function;
} symbol;

// Fills in a table of functions; false if one is missing.
static inline bool find_symbols(void *library, const symbol *symbols) {
    for (; symbols->name; symbols++) {
        *symbols->function = dlsym(library, symbols->name);
        if (!*symbols->function) return false;
    }
    return true;
}

#endif
