// SPDX-License-Identifier: Apache-2.0

extension Layer {
    /// Sets parameters, running statistics and counters from a checkpoint. Nothing changes unless all of it fits.
    ///
    /// Weights are views of the checkpoint's file where the kernels can use them as they lie there; training copies them.
    /// The names of wrappers that the model does not have (`module.`, `_orig_mod.`) are left out wherever they stand.
    /// - Parameters:
    ///   - strict: whether names that only one side has are an error. Batch counters that a file from before PyTorch 0.4.1
    ///     lacks are none.
    ///   - prefix: what the names in the checkpoint begin with; nil for what most of them do.
    /// - Returns: those names.
    /// - Throws: `StateError`
    @discardableResult
    public func load(_ checkpoint: Checkpoint, strict: Bool = true, prefix: String? = nil) throws(StateError)
        -> LoadReport
    {
        let own = stateDictionary
        let prefix =
            if let prefix { prefix } else { try checkpoint.prefix(before: Set(own.map(\.name))) }
        let ownNames = Set(own.map(\.name))
        let part = checkpoint.below(prefix).withoutWrappers(for: ownNames)
        try part.requireReadable(ownNames)
        var state = part.tensors
        let names = Set(state.map(\.name))
        for (name, tensor) in own where name.hasSuffix("num_batches_tracked") && !names.contains(name) {
            let sibling = name.dropLast("num_batches_tracked".count) + "running_mean"
            if names.contains(String(sibling)) { state.append((name, tensor)) }
        }
        if strict, !part.unreadable.isEmpty {
            let given = Set(state.map(\.name))
            throw .names(
                LoadReport(
                    missing: own.map(\.name).filter { !given.contains($0) },
                    unexpected: state.map(\.name).filter { !ownNames.contains($0) }
                        + part.unreadable.map(\.name)))
        }
        var report = try load(state, strict: strict)
        report.unexpected += part.unreadable.map(\.name)
        report.prefix = prefix
        return report
    }
}

extension Checkpoint {
    /// What stands before the most of `names`.
    /// - Throws: `StateError.ambiguous` where several parts have as many of them.
    func prefix(before names: Set<String>) throws(StateError) -> String {
        let prefixes = prefixes(before: names)
        guard prefixes.count == 1 else { throw .ambiguous(prefixes: prefixes) }
        return prefixes[0]
    }

    /// Checks that nothing of what a model asks for is unreadable.
    func requireReadable(_ names: Set<String>) throws(StateError) {
        for (name, error) in unreadable where names.contains(name) {
            throw .unreadable(name: name, reason: "\(error)")
        }
    }
}
