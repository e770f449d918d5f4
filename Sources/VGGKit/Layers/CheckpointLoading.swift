// SPDX-License-Identifier: Apache-2.0

extension Layer {
    /// Sets parameters, running statistics and counters from a checkpoint. If anything does not fit, nothing
    /// is changed.
    ///
    /// Weights are views of the checkpoint's file if the kernels can use their memory layout; training copies
    /// them. The names of wrappers that the model does not have (`module.`, `_orig_mod.`) are removed from
    /// the keys.
    /// - Parameters:
    ///   - strict: whether keys that only one side has are an error. Missing batch counters are not: files
    ///     from before PyTorch 0.4.1 have none.
    ///   - prefix: the prefix of the model's keys in the checkpoint; nil to find it.
    /// - Returns: the keys that only one side has.
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
    /// The prefix that most of `names` have in the checkpoint.
    /// - Throws: `StateError.ambiguous` if several prefixes are equally frequent.
    func prefix(before names: Set<String>) throws(StateError) -> String {
        let prefixes = prefixes(before: names)
        guard prefixes.count == 1 else { throw .ambiguous(prefixes: prefixes) }
        return prefixes[0]
    }

    /// Checks that all tensors that the model needs are readable.
    func requireReadable(_ names: Set<String>) throws(StateError) {
        for (name, error) in unreadable where names.contains(name) {
            throw .unreadable(name: name, reason: "\(error)")
        }
    }
}
