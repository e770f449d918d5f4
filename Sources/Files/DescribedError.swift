// SPDX-License-Identifier: Apache-2.0

import Foundation

/// An error with a description for users: the file or thing, what was found, and what to do.
/// `localizedDescription` is the same text.
public protocol DescribedError: LocalizedError, CustomStringConvertible {}

extension DescribedError {
    public var errorDescription: String? { description }
}
