// SPDX-License-Identifier: Apache-2.0

import Foundation
import VGGKit

/// What training takes of the machine's memory, before the system ends it for taking too much.
enum Memory {
    static let advice =
        "a smaller --batch-size (with --accumulate for the same step) or a smaller --image-size takes less"

    /// What to say if training is likely to need more than is free; nil if it is not.
    static func warning(
        _ recipe: Recipe, _ model: some Classifier, inputChannels: Int, available: Int? = available
    ) -> String? {
        let summary = model.summary(inputShape: [1, inputChannels, recipe.imageSize, recipe.imageSize])
        let trained = model.parameters.filter(\.isTrainable).reduce(0) { $0 + $1.value.count }
        // Gradients, and one moment or two, beside the weights.
        let moments = recipe.optimizer == .sgd ? (recipe.momentum > 0 ? 1 : 0) : 2
        let weights = 4 * (summary.parameterCount + trained * (1 + moments))
        // Of the layers' outputs, those that the backward pass needs: measured on VGG-16.
        let images = trained == 0 ? 0 : recipe.batchSize * summary.activationBytes * 2 / 5
        guard let available, weights + images > available else { return nil }
        return
            "training takes about \(gigabytes(weights + images)) of memory, and \(gigabytes(available)) are free: \(advice)"
    }

    private static func gigabytes(_ bytes: Int) -> String { Decimals.fixed(Double(bytes) / 1e9, 1) + " GB" }

    /// Bytes that this process can still get, from the system and from its control group; nil where nothing tells.
    static var available: Int? {
        let system = contents("/proc/meminfo")?.firstMatch(of: /MemAvailable: +([0-9]+) kB/).flatMap {
            Int($0.1).map { $0 * 1024 }
        }
        let limit = number("/sys/fs/cgroup/memory.max")
        // Files that were read are kept in memory as long as nothing else needs it.
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
