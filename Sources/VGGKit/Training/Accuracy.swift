// SPDX-License-Identifier: Apache-2.0

/// The share of samples whose label is among the `k` classes of the highest logits (all of them, where there are fewer).
/// - Parameters:
///   - logits: `[N, classes]`; probabilities do as well.
///   - labels: `[N]` of `int32`.
public func topKAccuracy(_ logits: Tensor, _ labels: Tensor, k: Int = 1) -> Double {
    requireBatch(logits, labels, "topKAccuracy")
    precondition(k > 0, "topKAccuracy: k is \(k), it must be positive")
    guard labels.count > 0 else { return 0 }
    let width = min(k, logits.shape[1])
    let ranked = logits.top(width).indices.scalars(Int32.self)
    let hits = labels.scalars(Int32.self).enumerated().count { row, label in
        ranked[row * width..<(row + 1) * width].contains(label)
    }
    return Double(hits) / Double(labels.count)
}

func requireBatch(_ logits: Tensor, _ labels: Tensor, _ name: StaticString) {
    precondition(
        logits.rank == 2 && labels.shape == [logits.shape[0]],
        "\(name): takes logits [N, classes] and labels [N], not \(logits.shape) and \(labels.shape)")
}
