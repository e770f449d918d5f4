// SPDX-License-Identifier: Apache-2.0

extension [String] {
    /// The name of a class; its index, where a model has more outputs than there are names.
    package func className(_ index: Int) -> String { indices.contains(index) ? self[index] : "\(index)" }
}
