// SPDX-License-Identifier: Apache-2.0

/// An entry of a file that is well formed but not supported: elements of a type that tensors do not have, a
/// sparse tensor, an array of texts. The other entries are read.
package struct UnsupportedEntry: Sendable, Equatable {
    package var name: String
    /// Why, in words: `its elements are float8_e4m3fn`.
    package let reason: String
}
