// SPDX-License-Identifier: Apache-2.0
#include "CKernels.h"

#if !defined(__has_feature)
#define __has_feature(name) 0
#endif

bool ck_has_address_sanitizer(void) { return __has_feature(address_sanitizer); }

bool ck_has_thread_sanitizer(void) { return __has_feature(thread_sanitizer); }
