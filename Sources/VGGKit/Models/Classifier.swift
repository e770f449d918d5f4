// SPDX-License-Identifier: Apache-2.0

import Checks

/// A network in two parts: features, which say in numbers what an image shows, and a head, which tells the classes
/// from them. All networks of the zoo are, so that the features can be frozen, kept, and trained at a rate of their own.
///
/// A network of one's own needs the two functions and the head's name; calling it is one after the other.
public protocol Classifier: Layer {
    /// Images `[N, C, H, W]` → features `[N, …]`
    func forwardFeatures(_ images: Tensor) -> Tensor

    /// Features `[N, …]` → logits `[N, classCount]`
    func forwardHead(_ features: Tensor) -> Tensor

    /// The property that is the head: the names of its parameters begin with it.
    var headName: String { get }
}

extension Classifier {
    public func callAsFunction(_ images: Tensor) -> Tensor { forwardHead(forwardFeatures(images)) }

    /// The parameters of all but the head, with their names.
    public var featureParameters: [(name: String, parameter: Parameter)] {
        namedParameters.filter { !isInHead($0.name) }
    }

    /// The parameters of the head, with their names.
    public var headParameters: [(name: String, parameter: Parameter)] {
        namedParameters.filter { isInHead($0.name) }
    }

    /// Whether a parameter or buffer with this name belongs to the head.
    func isInHead(_ name: String) -> Bool { name == headName || name.hasPrefix(headName + ".") }
}

/// Traps where a network cannot have the class count or dropout rate.
func requireClasses(
    _ count: Int, dropout rate: Float = 0, _ network: StaticString, file: StaticString = #fileID,
    line: UInt = #line
) {
    let problem = classCountProblem(count)
    check(problem == nil, "\(network): \(problem!)", file: file, line: line)
    check(
        rate >= 0 && rate <= 1, "\(network): dropout rate \(rate) is not a probability", file: file,
        line: line)
}

/// Why no network has so many classes, in words; nil if one can.
func classCountProblem(_ count: Int) -> String? {
    (1...1 << 20).contains(count) ? nil : "class count \(count) is not between 1 and 1,048,576"
}
