// SPDX-License-Identifier: Apache-2.0

import Checks

extension Checkpoint {
    /// The checkpoint without the tensors whose names match one of the patterns, in which `*` stands for
    /// anything: `classifier.6.*` for a new number of classes.
    public func dropping(_ patterns: String...) -> Checkpoint { dropping(patterns) }

    /// The same with an array of patterns.
    public func dropping(_ patterns: [String]) -> Checkpoint {
        let patterns = patterns.map(NamePattern.init)
        var result = self
        result.tensors.removeAll { tensor in patterns.contains { $0.matches(tensor.name) } }
        result.unreadable.removeAll { entry in patterns.contains { $0.matches(entry.name) } }
        return result
    }

    /// The checkpoint without the training state that `Trainer` adds: the optimizer's state, averaged
    /// weights, and what each rank of several has of its own.
    public var weights: Checkpoint { dropping("optimizer.*", "average.*", "ranks.*") }

    /// The checkpoint with renamed tensors: the text that each `*` of `pattern` matches replaces a `*` in
    /// `replacement`.
    ///
    /// ```swift
    /// checkpoint.renaming("backbone.*.conv.*", to: "features.*.*")
    /// ```
    public func renaming(
        _ pattern: String, to replacement: String, file: StaticString = #fileID, line: UInt = #line
    ) -> Checkpoint {
        guard let renaming = Renaming(pattern, to: replacement) else {
            fail(
                "renaming: the replacement \(replacement) has more * than the pattern \(pattern)", file: file,
                line: line)
        }
        var result = self
        for index in result.tensors.indices {
            result.tensors[index].name = renaming(result.tensors[index].name)
        }
        for index in result.unreadable.indices {
            result.unreadable[index].name = renaming(result.unreadable[index].name)
        }
        return result
    }

    /// The tensors whose names begin with `prefix`, without it.
    public func below(_ prefix: String) -> Checkpoint {
        guard !prefix.isEmpty else { return self }
        func rest(_ name: String) -> String? {
            name.hasPrefix(prefix) ? String(name.dropFirst(prefix.count)) : nil
        }
        var result = Checkpoint(
            tensors: tensors.compactMap { name, tensor in rest(name).map { ($0, tensor) } },
            metadata: metadata)
        result.unreadable = unreadable.compactMap { name, error in rest(name).map { ($0, error) } }
        return result
    }

    /// The prefix that most of `names` have in the checkpoint: `state_dict.` if a script saved more than the
    /// weights, `module.` if the model was wrapped in DataParallel, empty if the names are plain. Wrappers
    /// within names are ignored. Several prefixes if they are equally frequent.
    package func prefixes(before names: Set<String>) -> [String] {
        var counts: [String: Int] = [:]
        var order: [String] = []
        for name in tensors.map(\.name) + unreadable.map(\.name) {
            var rest = Substring(name)
            while true {
                if names.contains(String(rest))
                    || !WrapperNames.isPrefix(of: rest) && names.contains(WrapperNames.removed(from: rest))
                {
                    let prefix = String(name.dropLast(rest.count))
                    if counts[prefix] == nil { order.append(prefix) }
                    counts[prefix, default: 0] += 1
                }
                guard let dot = rest.firstIndex(of: ".") else { break }
                rest = rest[rest.index(after: dot)...]
            }
        }
        let most = counts.values.max() ?? 0
        let best = order.filter { counts[$0] == most }
        return best.isEmpty || best.contains("") ? [""] : best
    }
}

/// A change of names by pattern.
package struct Renaming {
    private let pattern: NamePattern
    private let replacement: NamePattern

    /// Nil if the replacement has more `*` than the pattern.
    package init?(_ pattern: String, to replacement: String) {
        self.pattern = NamePattern(pattern)
        self.replacement = NamePattern(replacement)
        guard self.replacement.wildcardCount <= self.pattern.wildcardCount else { return nil }
    }

    /// The new name; the old one, if it does not match.
    package func callAsFunction(_ name: String) -> String {
        pattern.captures(name).map { replacement.filled(with: $0) } ?? name
    }
}
