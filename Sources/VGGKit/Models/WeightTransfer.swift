// SPDX-License-Identifier: Apache-2.0

extension Classifier {
    /// Loads the tensors of a checkpoint that fit, to start training on other classes (transfer learning).
    ///
    /// The backbone's layers are loaded if their shapes agree. The head's layers are loaded up to the first
    /// one that the checkpoint lacks or has in another shape, usually because of other classes; from there on
    /// the head stays as initialised. The checkpoint may hold the backbone only. Its keys may have any prefix
    /// (`state_dict.`, `model.`), contain wrappers' names (`module.`, `_orig_mod.`), or be those of the
    /// backbone's own dictionary (`0.weight`).
    ///
    /// ```swift
    /// let model = VGG.vgg16(classCount: 5)
    /// print(try model.transfer(from: Checkpoint(contentsOf: URL(filePath: "vgg16-397923af.pth"))))
    /// // 30 of 32 tensors; classifier.6 stays as initialised:
    /// // its weight is [1000, 4096] there, [5, 4096] here
    /// ```
    /// - Parameter leastShare: the share of the backbone's elements, from 0 to 1, that must fit.
    /// - Throws: `StateError.littleFits` if less fits; then nothing is changed. `StateError.ambiguous`
    @discardableResult
    public func transfer(
        from checkpoint: Checkpoint, leastShare: Double = 0.5
    ) throws(StateError) -> TransferReport {
        let own = stateDictionary
        let given = try named(checkpoint.weights, own)
        let values = Dictionary(given.map { ($0.name, $0.tensor) }, uniquingKeysWith: { $1 })
        let kept = keptLayers(own, values)
        let left = Set(kept.map(\.name))
        let taken = own.filter { values[$0.name] != nil && !left.contains(layerName($0.name)) }

        var report = TransferReport()
        report.initialized = kept
        report.taken = taken.map(\.name)
        // Files from before PyTorch 0.4.1 have no batch counters. These do not count as missing.
        report.count = own.count { !isCounter($0.name) || values[$0.name] != nil }
        let names = Set(own.map(\.name))
        report.unused = given.map(\.name).filter { !names.contains($0) && !isAuxiliary($0) }
        func size(_ state: [(name: String, tensor: Tensor)]) -> Int {
            state.reduce(0) { $0 + (isInHead($1.name) || isCounter($1.name) ? 0 : $1.tensor.count) }
        }
        let backbone = size(own)
        report.backboneShare = backbone == 0 ? 1 : Double(size(taken)) / Double(backbone)
        guard !taken.isEmpty, report.backboneShare >= leastShare else { throw .littleFits(report) }
        try load(taken.map { ($0.name, values[$0.name]!) }, strict: false)
        return report
    }

    /// The checkpoint's tensors under the model's keys, as far as they can be matched.
    private func named(
        _ checkpoint: Checkpoint, _ own: [(name: String, tensor: Tensor)]
    ) throws(StateError) -> [(name: String, tensor: Tensor)] {
        let names = Set(own.map(\.name))
        let prefix = try checkpoint.prefix(before: names)
        let part = checkpoint.below(prefix).withoutWrappers(for: names)
        try part.requireReadable(names)
        let given = part.tensors
        guard !given.contains(where: { names.contains($0.name) }) else { return given }
        // `model.features.state_dict()` has keys without the prefix `features.`.
        let bare = checkpoint.withoutWrappers().tensors
        let shapes = Dictionary(own.map { ($0.name, $0.tensor.shape) }, uniquingKeysWith: { $1 })
        let parts = Set(own.filter { !isInHead($0.name) }.map { $0.name.prefix { $0 != "." } }).sorted()
        func fitting(_ part: Substring) -> Int {
            bare.count { shapes["\(part).\($0.name)"] == $0.tensor.shape }
        }
        guard let part = parts.max(by: { fitting($0) < fitting($1) }), fitting(part) > 0 else { return given }
        return bare.map { ("\(part).\($0.name)", $0.tensor) }
    }

    /// The layers that stay as initialised.
    private func keptLayers(
        _ own: [(name: String, tensor: Tensor)], _ values: [String: Tensor]
    ) -> [TransferReport.Layer] {
        var kept: [TransferReport.Layer] = []
        var firstOfHead: String?
        for (name, tensor) in own where !isCounter(name) && kept.last?.name != layerName(name) {
            let layer = layerName(name)
            let reason: TransferReport.Layer.Reason? =
                if let firstOfHead, isInHead(name) {
                    .follows(firstOfHead)
                } else if let value = values[name] {
                    value.shape == tensor.shape
                        ? nil : .shape(name: name, found: value.shape, expected: tensor.shape)
                } else {
                    .missing
                }
            guard let reason else { continue }
            kept.append(.init(name: layer, reason: reason))
            // A layer that is not in the file at all is reported as missing, even if it follows an
            // initialised layer.
            if isInHead(name), reason != .missing || values.keys.contains(where: isInHead) {
                firstOfHead = firstOfHead ?? layer
            }
        }
        return kept
    }

    private func layerName(_ name: String) -> String {
        name.lastIndex(of: ".").map { String(name[..<$0]) } ?? name
    }

    private func isCounter(_ name: String) -> Bool { name.hasSuffix("num_batches_tracked") }

    /// GoogLeNet's two auxiliary classifiers, which were used only in its training on ImageNet.
    private func isAuxiliary(_ name: String) -> Bool { name.hasPrefix("aux1.") || name.hasPrefix("aux2.") }
}
