// SPDX-License-Identifier: Apache-2.0

extension Classifier {
    /// Takes over what of a checkpoint fits, as the beginning of a training on other classes.
    ///
    /// The backbone's layers are taken where their shapes agree. Of the head they are taken up to the first that the
    /// checkpoint does not have or has in another shape, as for other classes: from there on the head stays as it was
    /// initialised. A checkpoint of the backbone alone is as good. Names may begin with anything (`state_dict.`, `model.`),
    /// have those of wrappers in them (`module.`, `_orig_mod.`), or be those of the backbone's own dictionary
    /// (`0.weight`).
    ///
    /// ```swift
    /// let model = VGG.vgg16(classCount: 5)
    /// print(try model.transfer(from: Checkpoint(contentsOf: URL(filePath: "vgg16-397923af.pth"))))
    /// // 30 of 32 tensors; classifier.6 stays as initialised: its weight is [1000, 4096] there, [5, 4096] here
    /// ```
    /// - Parameter leastShare: the share of the backbone's elements, from 0 to 1, that must fit.
    /// - Throws: `StateError.littleFits` where less fits; nothing is changed then. `StateError.ambiguous`
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
        // Files from before PyTorch 0.4.1 lack batch counters, which is no lack.
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

    /// The checkpoint's tensors by the model's names, as far as they can be told.
    private func named(
        _ checkpoint: Checkpoint, _ own: [(name: String, tensor: Tensor)]
    ) throws(StateError) -> [(name: String, tensor: Tensor)] {
        let names = Set(own.map(\.name))
        let prefix = try checkpoint.prefix(before: names)
        let part = checkpoint.below(prefix).withoutWrappers(for: names)
        try part.requireReadable(names)
        let given = part.tensors
        guard !given.contains(where: { names.contains($0.name) }) else { return given }
        // `model.features.state_dict()` has the names of the features alone.
        let bare = checkpoint.withoutWrappers().tensors
        let shapes = Dictionary(own.map { ($0.name, $0.tensor.shape) }, uniquingKeysWith: { $1 })
        let parts = Set(own.filter { !isInHead($0.name) }.map { $0.name.prefix { $0 != "." } }).sorted()
        func fitting(_ part: Substring) -> Int {
            bare.count { shapes["\(part).\($0.name)"] == $0.tensor.shape }
        }
        guard let part = parts.max(by: { fitting($0) < fitting($1) }), fitting(part) > 0 else { return given }
        return bare.map { ("\(part).\($0.name)", $0.tensor) }
    }

    /// The layers that stay as they are.
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
            // What the file has nothing of is missing, whatever it follows.
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

    /// GoogLeNet's two classifiers on the way, which only its training on ImageNet had.
    private func isAuxiliary(_ name: String) -> Bool { name.hasPrefix("aux1.") || name.hasPrefix("aux2.") }
}
