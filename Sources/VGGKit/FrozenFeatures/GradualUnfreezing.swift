// SPDX-License-Identifier: Apache-2.0

import Checks

/// Trains the head first, then unfreezes one more block of the backbone every few epochs, from the last to
/// the first. So the first, large gradients of a new head do not destroy pretrained features, and the general
/// features of the first layers stay unchanged longest.
///
/// ```swift
/// let unfreezing = GradualUnfreezing(of: model, every: 2)
/// trainer.callbacks.beforeEpoch { unfreezing.apply(epoch: $0) }
/// ```
/// J. Howard, S. Ruder, "Universal Language Model Fine-tuning for Text Classification", ACL 2018, section
/// 3.3. https://arxiv.org/abs/1801.06146
public struct GradualUnfreezing: Sendable {
    /// Names of the backbone's blocks, in the order in which they are unfrozen.
    public let blocks: [String]
    /// The number of epochs before each next block is unfrozen. At first only the head is trained.
    public let epochsPerBlock: Int
    private let parameters: [[Parameter]]

    /// - Parameter epochs: the number of epochs before each next block is unfrozen
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

    /// Freezes and unfreezes the backbone's blocks for an epoch, counted from 0. The head does not change.
    public func apply(epoch: Int) {
        for (index, block) in parameters.enumerated() {
            for parameter in block { parameter.isTrainable = epoch / epochsPerBlock > index }
        }
    }

    /// The parameters of each layer of the model, or of each member of a layer that is a sequence. A
    /// normalisation (no parameter has two axes) belongs to the block of the layer before it.
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
