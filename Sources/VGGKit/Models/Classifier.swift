// SPDX-License-Identifier: Apache-2.0

import Checks

/// A network of two parts: a backbone, which computes features of an image, and a head, which classifies the
/// features. All networks of the zoo are classifiers. So the backbone can be frozen, its features cached, and
/// it can be trained with its own learning rate.
///
/// Your own network needs the two functions and the head's name; `callAsFunction` is then both in sequence.
public protocol Classifier: Layer {
    /// Images `[N, C, H, W]` → features `[N, …]`
    func forwardFeatures(_ images: Tensor) -> Tensor

    /// Features `[N, …]` → logits `[N, classCount]`
    func forwardHead(_ features: Tensor) -> Tensor

    /// The name of the head's property: the prefix of the head's keys in a state dictionary.
    var headName: String { get }
}

extension Classifier {
    public func callAsFunction(_ images: Tensor) -> Tensor { forwardHead(forwardFeatures(images)) }

    /// The parameters of the backbone, with their names.
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

/// Traps if the class count or dropout rate is out of range.
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

/// Why no network can have this number of classes; nil if one can.
func classCountProblem(_ count: Int) -> String? {
    (1...1 << 20).contains(count) ? nil : "class count \(count) is not between 1 and 1,048,576"
}
