// SPDX-License-Identifier: Apache-2.0

/// Names that PyTorch's wrappers add to the keys of a model's parameters: `module.features.0.weight` if the
/// whole model was wrapped in DataParallel, `features.module.0.weight` if a part of it was, `_orig_mod.` if
/// it was compiled.
enum WrapperNames {
    private static let all: Set<String> = [
        "module", "_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module",
    ]

    /// Whether a name begins with a wrapper's.
    static func isPrefix(of name: Substring) -> Bool { all.contains(String(name.prefix { $0 != "." })) }

    /// A name without those of wrappers in it.
    static func removed(from name: some StringProtocol) -> String {
        guard all.contains(where: name.contains) else { return String(name) }
        return name.split(separator: ".", omittingEmptySubsequences: false)
            .filter { !all.contains(String($0)) }.joined(separator: ".")
    }
}

extension Checkpoint {
    /// The checkpoint without wrappers' names, if its keys are the model's otherwise.
    /// - Parameter names: the model's keys; nil to remove all wrappers' names
    package func withoutWrappers(for names: Set<String>? = nil) -> Checkpoint {
        var result = self
        var taken = Set(tensors.map(\.name) + unreadable.map(\.name))
        func plain(_ name: String) -> String {
            guard names?.contains(name) != true else { return name }
            let plain = WrapperNames.removed(from: name)
            guard names?.contains(plain) ?? true, taken.insert(plain).inserted else { return name }
            return plain
        }
        for index in tensors.indices { result.tensors[index].name = plain(tensors[index].name) }
        for index in unreadable.indices { result.unreadable[index].name = plain(unreadable[index].name) }
        return result
    }
}
