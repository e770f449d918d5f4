// SPDX-License-Identifier: Apache-2.0

import CKernels

/// The sanitizers that a build may have (`swift build --sanitize=address`).
package enum Sanitizer {
    package static let address = ck_has_address_sanitizer()
    package static let thread = ck_has_thread_sanitizer()
}
