// SPDX-License-Identifier: Apache-2.0

import Foundation
import VGGKit

/// Estimates the memory that training takes, before the system kills it for taking too much.
enum Memory {
    static let advice =
        "a smaller --batch-size (with --accumulate for the same step) or a smaller --image-size takes less"

    /// A warning, if training is likely to need more memory than is free; else nil.
    static func warning(
        _ recipe: Recipe, _ model: some Classifier, inputChannels: Int, available: Int? = available
    ) -> String? {
        let summary = model.summary(inputShape: [1, inputChannels, recipe.imageSize, recipe.imageSize])
        let trained = model.parameters.filter(\.isTrainable).reduce(0) { $0 + $1.value.count }
        // Gradients, and one moment or two, beside the weights.
        let moments = recipe.optimizer == .sgd ? (recipe.momentum > 0 ? 1 : 0) : 2
        let weights = 4 * (summary.parameterCount + trained * (1 + moments))
        // The layers' outputs that the backward pass needs; the factor was measured on VGG-16.
        let images = trained == 0 ? 0 : recipe.batchSize * summary.activationBytes * 2 / 5
        guard let available, weights + images > available else { return nil }
        return
            "training takes about \(gigabytes(weights + images)) of memory, and \(gigabytes(available)) are free: \(advice)"
    }

    private static func gigabytes(_ bytes: Int) -> String { Decimals.fixed(Double(bytes) / 1e9, 1) + " GB" }

    /// The number of bytes that this process can still get, from the system and from its control group; nil
    /// if unknown.
    static var available: Int? {
        let system = contents("/proc/meminfo")?.firstMatch(of: /MemAvailable: +([0-9]+) kB/).flatMap {
            Int($0.1).map { $0 * 1024 }
        }
        let limit = number("/sys/fs/cgroup/memory.max")
        // Memory that caches files counts as free: the system gives it up when it is needed.
        let files = contents("/sys/fs/cgroup/memory.stat")?.firstMatch(of: /\ninactive_file ([0-9]+)/)
        let cached = files.flatMap { Int($0.1) } ?? 0
        let group = limit.flatMap { limit in
            number("/sys/fs/cgroup/memory.current").map { max(0, limit - $0 + cached) }
        }
        return [system, group].compactMap(\.self).min()
    }

    private static func number(_ path: String) -> Int? {
        contents(path).flatMap { Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
    }

    private static func contents(_ path: String) -> String? {
        try? String(contentsOfFile: path, encoding: .utf8)
    }
}
