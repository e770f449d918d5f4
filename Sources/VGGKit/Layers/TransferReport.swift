// SPDX-License-Identifier: Apache-2.0

/// Which tensors a model loaded from a checkpoint, and which of its layers stayed as initialised.
public struct TransferReport: Sendable, Equatable, CustomStringConvertible {
    /// A layer of the model that stayed as it was initialised.
    public struct Layer: Sendable, Equatable {
        /// Why a layer stayed as it was initialised.
        public enum Reason: Sendable, Equatable {
            /// The checkpoint does not have it.
            case missing
            /// A tensor of this name has another shape in the checkpoint.
            case shape(name: String, found: [Int], expected: [Int])
            /// An earlier layer of the head stayed as initialised. This layer's weights in the checkpoint
            /// were trained for that layer's outputs, so they are not used.
            case follows(String)
        }

        /// The layer's name: the prefix of its tensors' keys, such as `classifier.6`.
        public let name: String
        /// Why nothing was loaded into it.
        public let reason: Reason
    }

    /// Keys of the tensors that were loaded.
    public internal(set) var taken: [String] = []
    /// The number of the model's tensors.
    public internal(set) var count = 0
    /// The layers that stayed as they were initialised, in the order of the model.
    public internal(set) var initialized: [Layer] = []
    /// Keys of the checkpoint that the model does not use.
    public internal(set) var unused: [String] = []
    /// The share of the backbone's elements that were loaded, from 0 to 1.
    public internal(set) var backboneShare = 0.0

    /// `86 of 88 tensors; classifier.3 stays as initialised: its weight is [10, 64] there, [2, 64] here`
    public var description: String {
        let amount = taken.count == count ? "all \(count) tensors" : "\(taken.count) of \(count) tensors"
        return ([amount] + kept + [unusedText].compactMap(\.self)).joined(separator: "; ")
    }

    /// Why the checkpoint is refused.
    var refusal: String {
        let fits = taken.isEmpty ? "nothing" : "only \(Self.list(taken))"
        let share = Int((100 * backboneShare).rounded(.down))
        return
            (["little of the checkpoint fits this network: \(fits), \(share) % of the backbone"] + kept
            + [unusedText].compactMap(\.self)).joined(separator: "; ")
    }

    private var unusedText: String? {
        unused.isEmpty ? nil : "not used of the checkpoint: \(Self.list(unused))"
    }

    private var kept: [String] {
        var texts: [String] = []
        let missing = initialized.filter { $0.reason == .missing }.map(\.name)
        if !missing.isEmpty {
            texts.append(
                "\(Self.list(missing)) \(Self.stay(missing)) as initialised: the checkpoint does not have \(missing.count == 1 ? "it" : "them")"
            )
        }
        let misfits = initialized.filter { if case .shape = $0.reason { true } else { false } }
        for layer in misfits.prefix(3) {
            guard case .shape(let name, let found, let expected) = layer.reason else { continue }
            let kind = name.dropFirst(layer.name.count).drop { $0 == "." }
            texts.append(
                "\(layer.name) stays as initialised: its \(kind) is \(found) there, \(expected) here")
        }
        if misfits.count > 3 {
            texts.append(
                "\(misfits.count - 3) more layers stay as initialised: their shapes differ too")
        }
        let following = initialized.filter { if case .follows = $0.reason { true } else { false } }
        if case .follows(let first)? = following.first?.reason {
            let names = following.map(\.name)
            texts.append(
                "\(Self.list(names)) \(Self.stay(names)) as initialised: \(names.count == 1 ? "it follows" : "they follow") \(first)"
            )
        }
        return texts
    }

    private static func stay(_ names: [String]) -> String { names.count == 1 ? "stays" : "stay" }

    private static func list(_ names: [String]) -> String {
        names.prefix(4).joined(separator: ", ") + (names.count > 4 ? " and \(names.count - 4) more" : "")
    }
}
