// SPDX-License-Identifier: Apache-2.0

import VGGKit

/// An error of a running command. Unlike `ValidationError` it is printed without a usage text.
struct Failure: DescribedError {
    let description: String

    init(_ description: String) { self.description = description }
}
