// SPDX-License-Identifier: Apache-2.0

import Checks

/// Trains the head first, and then with each few epochs one more block of the features, from the last to the first: what
/// the first layers know of edges and colours is left alone longest, and the head's first, large gradients reach none of it.
///
/// ```swift
/// let unfreezing = GradualUnfreezing(of: model, every: 2)
/// trainer.beforeEpoch = { unfreezing.apply(epoch: $0) }
/// ```
/// J. Howard, S. Ruder, "Universal Language Model Fine-tuning for Text Classification", ACL 2018, section 3.3.
/// https://arxiv.org/abs/1801.06146
public struct GradualUnfreezing: Sendable {
    /// Names of the features' blocks, in the order in which they become trainable.
    public let blocks: [String]
    public let epochsPerBlock: Int
    private let parameters: [[Parameter]]

    /// - Parameter epochs: how long it takes to the next block
    public init(
        of model: some Classifier, every epochs: Int, file: StaticString = #fileID, line: UInt = #line
    ) {
        check(
            epochs > 0, "GradualUnfreezing: epochs \(epochs) from block to block must be positive",
            file: file,
            line: line)
        let groups = Self.grouped(model.featureParameters).reversed()
        blocks = groups.map(\.name)
        parameters = groups.map(\.parameters)
        epochsPerBlock = epochs
    }

    /// Freezes and unfreezes the features as they are to be in an epoch, counted from 0. The head is left alone.
    public func apply(epoch: Int) {
        for (index, block) in parameters.enumerated() {
            for parameter in block { parameter.isTrainable = epoch / epochsPerBlock > index }
        }
    }

    /// The parameters of each layer of the model, or of each member of a layer that is a sequence. What only
    /// normalises (no parameter has two axes) goes with what it normalises.
    private static func grouped(
        _ named: [(name: String, parameter: Parameter)]
    ) -> [(name: String, parameters: [Parameter])] {
        var groups: [(name: String, parameters: [Parameter])] = []
        for (name, parameter) in named {
            let block = block(of: name)
            if groups.last?.name == block {
                groups[groups.count - 1].parameters.append(parameter)
            } else {
                groups.append((block, [parameter]))
            }
        }
        return groups.reduce(into: []) { merged, group in
            if !merged.isEmpty, group.parameters.allSatisfy({ $0.value.rank < 2 }) {
                merged[merged.count - 1].parameters += group.parameters
            } else {
                merged.append(group)
            }
        }
    }

    /// `features.3.squeeze.weight` → `features.3`; `conv1.weight` → `conv1`; `layer4.1.bn2.bias` → `layer4.1`
    private static func block(of name: String) -> String {
        let parts = name.split(separator: ".")
        return parts.prefix(parts.count > 1 && Int(parts[1]) != nil ? 2 : 1).joined(separator: ".")
    }
}
