// SPDX-License-Identifier: Apache-2.0

import Checks

/// A confusion matrix: how often samples of each class were predicted as each class.
///
/// ```swift
/// var confusion = ConfusionMatrix(classes: ["daisy", "tulip"])
/// confusion.add(label: 0, prediction: 1)
/// print(confusion)
/// ```
public struct ConfusionMatrix: Sendable, Equatable {
    /// Names in the order of the labels.
    public let classes: [String]
    /// `counts[label][prediction]`: the number of samples of a class that were predicted as a class.
    public private(set) var counts: [[Int]]

    /// A matrix without samples.
    /// - Parameter classes: names in the order of the labels
    public init(classes: [String]) {
        self.classes = classes
        counts = classes.map { _ in [Int](repeating: 0, count: classes.count) }
    }

    /// Counts a sample. Traps if its label or prediction is not a class.
    public mutating func add(label: Int, prediction: Int, file: StaticString = #fileID, line: UInt = #line) {
        check(
            classes.indices.contains(label) && classes.indices.contains(prediction),
            "ConfusionMatrix: label \(label) and prediction \(prediction) must lie in 0..<\(classes.count)",
            file: file, line: line)
        counts[label][prediction] += 1
    }

    /// The number of samples that were counted.
    public var total: Int { counts.joined().reduce(0, +) }

    /// The share of samples that were predicted correctly; 0 without samples.
    public var accuracy: Double { ratio(classes.indices.reduce(0) { $0 + counts[$1][$1] }, total) ?? 0 }

    /// Precision: of the samples predicted as a class, the share that belongs to it; nil if there are none.
    public func precision(of index: Int, file: StaticString = #fileID, line: UInt = #line) -> Double? {
        requireClass(index, file: file, line: line)
        return ratio(counts[index][index], counts.reduce(0) { $0 + $1[index] })
    }

    /// Recall: of the samples of a class, the share that was predicted as it; nil if there are none.
    public func recall(of index: Int, file: StaticString = #fileID, line: UInt = #line) -> Double? {
        requireClass(index, file: file, line: line)
        return ratio(counts[index][index], support(of: index))
    }

    /// F1, the harmonic mean of precision and recall: 2 hits / (samples of the class + samples predicted as
    /// it); nil if there are neither.
    public func f1(of index: Int, file: StaticString = #fileID, line: UInt = #line) -> Double? {
        requireClass(index, file: file, line: line)
        return ratio(2 * counts[index][index], support(of: index) + counts.reduce(0) { $0 + $1[index] })
    }

    /// The mean F1 over the classes that have one; 0 if none has.
    public var meanF1: Double {
        let scores = classes.indices.compactMap { f1(of: $0) }
        return scores.isEmpty ? 0 : scores.reduce(0, +) / Double(scores.count)
    }

    /// The number of samples of a class.
    public func support(of index: Int, file: StaticString = #fileID, line: UInt = #line) -> Int {
        requireClass(index, file: file, line: line)
        return counts[index].reduce(0, +)
    }

    private func requireClass(_ index: Int, file: StaticString = #fileID, line: UInt = #line) {
        check(
            classes.indices.contains(index),
            "ConfusionMatrix: class \(index) is outside 0..<\(classes.count)", file: file, line: line)
    }

    private func ratio(_ part: Int, _ whole: Int) -> Double? {
        whole == 0 ? nil : Double(part) / Double(whole)
    }
}

extension ConfusionMatrix: CustomStringConvertible {
    /// A table with a row for each class, its predictions by number, and its measures.
    public var description: String {
        "rows are labels, columns predictions\n" + table(columns: classes.indices.map { $0 })
    }

    /// The description in `width` columns. If there are too many predictions, only the measures are shown.
    package func description(width: Int) -> String {
        let lines = description.split(separator: "\n").map(String.init)
        return lines.contains { TerminalText.columns($0) > width } ? table(columns: []) : description
    }

    /// - Parameter columns: the classes whose predictions are shown.
    private func table(columns: [Int]) -> String {
        let header =
            ["", "class"] + columns.map(String.init) + ["precision", "recall", "F1", "samples"]
        let rows = classes.indices.map { index in
            ["\(index)", classes[index]] + columns.map { String(counts[index][$0]) }
                + [precision(of: index), recall(of: index), f1(of: index)].map(percent)
                + ["\(support(of: index))"]
        }
        let table = [header] + rows
        let widths = header.indices.map { column in
            table.map { TerminalText.columns($0[column]) }.max() ?? 0
        }
        let lines = table.map { row in
            let cells = zip(row, widths).enumerated().map { column, cell in
                let padding = String(repeating: " ", count: cell.1 - TerminalText.columns(cell.0))
                return column == 1 ? cell.0 + padding : padding + cell.0
            }
            return cells.joined(separator: "  ")
        }
        return lines.joined(separator: "\n")
    }

    private func percent(_ share: Double?) -> String {
        share.map(Decimals.percent) ?? "-"
    }
}
