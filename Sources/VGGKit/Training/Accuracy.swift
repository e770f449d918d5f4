// SPDX-License-Identifier: Apache-2.0

import Checks

/// The share of samples whose label is among the `k` classes with the highest logits (all classes, if there
/// are fewer).
/// - Parameters:
///   - logits: `[N, classes]`; probabilities work too.
///   - labels: `[N]` of `int32`.
public func topKAccuracy(
    _ logits: Tensor, _ labels: Tensor, k: Int = 1, file: StaticString = #fileID, line: UInt = #line
) -> Double {
    requireBatch(logits, labels, "topKAccuracy", file: file, line: line)
    check(k > 0, "topKAccuracy: k \(k) must be positive", file: file, line: line)
    guard labels.count > 0 else { return 0 }
    let hits = Ranking(logits, depth: k).hits(labels.scalars(Int32.self), within: k)
    return Double(hits) / Double(labels.count)
}

/// The classes of each row of logits, the highest first.
struct Ranking {
    let rows: [ArraySlice<Int32>]

    /// - Parameter depth: the number of classes that are ranked in each row; all classes, if there are fewer.
    init(_ logits: Tensor, depth: Int) {
        let width = min(depth, logits.shape[1])
        let ranked = logits.top(width).indices.scalars(Int32.self)
        rows = (0..<logits.shape[0]).map { ranked[$0 * width..<($0 + 1) * width] }
    }

    /// The number of labels that are among the first `k` of their row.
    func hits(_ labels: [Int32], within k: Int) -> Int {
        zip(rows, labels).count { row, label in row.prefix(k).contains(label) }
    }
}

func requireBatch(
    _ logits: Tensor, _ labels: Tensor, _ name: StaticString, file: StaticString = #fileID, line: UInt = #line
) {
    check(
        logits.rank == 2 && labels.shape == [logits.shape[0]],
        "\(name): takes logits [N, classes] and labels [N], not \(logits.shape) and \(labels.shape)",
        file: file, line: line)
    logits.requireType(.float32, name, file: file, line: line)
    labels.requireType(.int32, name, file: file, line: line)
}
