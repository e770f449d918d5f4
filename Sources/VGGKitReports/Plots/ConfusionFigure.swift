// SPDX-License-Identifier: Apache-2.0

import Checks
package import Drawing
import Foundation
import VGGKit

/// A confusion matrix as a heat map: a row for each class, a column for each prediction, shaded by the share
/// of the row.
public struct ConfusionFigure: Sendable {
    /// Written above the matrix.
    public let title: String
    /// Names of the classes, in the order of rows and columns. Names over 18 letters are shortened.
    public let classes: [String]
    /// `counts[label][prediction]`: the number of samples of a class that were predicted as a class.
    public let counts: [[Int]]

    /// A figure of given counts. Traps unless `counts` has a row and a column for each of at least one class.
    public init(
        title: String, classes: [String], counts: [[Int]], file: StaticString = #fileID, line: UInt = #line
    ) {
        check(
            !classes.isEmpty && counts.count == classes.count
                && counts.allSatisfy { $0.count == classes.count },
            "ConfusionFigure: \(classes.count) classes need as many rows and columns, not \(counts.map(\.count))",
            file: file, line: line
        )
        self.title = title
        self.classes = classes.map(Self.shortened)
        self.counts = counts
    }

    /// Width of the whole figure in points. It follows from the number of classes and their longest name.
    public var width: Double { left + side + 84 }
    /// Height of the whole figure in points. It follows from the number of classes and their longest name.
    public var height: Double { top + side + bottom }

    /// Writes a PNG or SVG file, depending on the extension. An existing file is replaced as a whole or not
    /// at all.
    /// - Parameter scale: pixels of a PNG for each point
    /// - Throws: an error for another extension, and where the file cannot be written
    public func write(
        to url: URL, scale: Double = 2, file: StaticString = #fileID, line: UInt = #line
    ) throws {
        try save(to: url, scale: scale, file: file, line: line)
    }

    package func draw(on canvas: inout Canvas) {
        canvas.fill(.color(.white))
        canvas.text(title, at: Point(24, 32), Style.title, Style.ink)
        let square = Path.rectangle(Rectangle(x: left, y: top, width: side, height: side))
        canvas.fill(square, Self.shade(0))
        for row in classes.indices {
            let total = counts[row].reduce(0, +)
            // With a thousand classes, nearly all of the million cells are empty.
            for column in classes.indices where cell >= 8 || counts[row][column] > 0 {
                drawCell(row, column, of: total, on: &canvas)
            }
        }
        canvas.stroke(square, Style.faint, Stroke(width: 1, isRound: false))
        drawNames(on: &canvas)
        drawScale(on: &canvas)
    }

    /// Longer names are shortened in the middle.
    private static let longestName = 18

    private static func shortened(_ name: String) -> String {
        name.count <= longestName ? name : name.prefix(10) + "…" + name.suffix(7)
    }

    private var cell: Double { max(4, min(64, 640 / Double(classes.count))) }
    private var side: Double { cell * Double(classes.count) }
    private var longest: Double { Double(classes.map(\.count).max() ?? 0) }
    private var hasNames: Bool { cell >= 11 }
    private var top: Double { 58 }
    private var left: Double { 52 + (hasNames ? 7.2 * longest : 0) }
    /// Names of columns are written at a slant where they are wider than a cell.
    private var areNamesSlanted: Bool { 7.2 * longest > cell }
    private var bottom: Double { 46 + (!hasNames ? 0 : areNamesSlanted ? 5.4 * longest + 8 : 20) }

    private func drawCell(_ row: Int, _ column: Int, of total: Int, on canvas: inout Canvas) {
        let share = total == 0 ? 0 : Double(counts[row][column]) / Double(total)
        let area = Rectangle(
            x: left + Double(column) * cell, y: top + Double(row) * cell, width: cell, height: cell)
        canvas.fill(.rectangle(area), Self.shade(share))
        if cell >= 8 {
            canvas.stroke(.rectangle(area), .white, Stroke(width: min(1, cell / 12), isRound: false))
        }
        guard cell >= 26 else { return }
        let ink = share > 0.5 ? Color.white : counts[row][column] == 0 ? .grey(0.55) : Style.ink
        let hasShare = cell >= 48
        canvas.text(
            "\(counts[row][column])", at: Point(area.center.x, area.center.y + (hasShare ? 0 : 4)),
            Font(size: min(14, cell / 3), isBold: row == column), ink, anchor: .center)
        if hasShare && total > 0 {
            canvas.text(
                String(format: "%.0f %%", 100 * share), at: Point(area.center.x, area.center.y + 15),
                Font(size: 10),
                ink, anchor: .center)
        }
    }

    /// White to dark blue, evenly darker.
    private static func shade(_ share: Double) -> Color {
        let stops = [0xF4F8FC, 0xC6DBEF, 0x6BAED6, 0x2171B5, 0x08306B].map { Color(hex: UInt32($0)) }
        let position = min(max(share, 0), 1) * Double(stops.count - 1)
        let index = min(Int(position), stops.count - 2)
        return stops[index].mixed(with: stops[index + 1], position - Double(index))
    }

    private func drawNames(on canvas: inout Canvas) {
        let font = Font(size: min(12, cell * 0.9))
        for (index, name) in classes.enumerated() where hasNames {
            let middle = (Double(index) + 0.5) * cell
            canvas.text(name, at: Point(left - 8, top + middle + 4), font, Style.ink, anchor: .trailing)
            let below = Point(left + middle, top + side + 18)
            if areNamesSlanted {
                canvas.transformed(by: .translation(below + Point(4, -4)).rotated(-.pi / 4)) { canvas in
                    canvas.text(name, at: .zero, font, Style.ink, anchor: .trailing)
                }
            } else {
                canvas.text(name, at: below, font, Style.ink, anchor: .center)
            }
        }
        canvas.text(
            "prediction", at: Point(left + side / 2, height - 16), Font(size: 12, isBold: true), Style.faint,
            anchor: .center)
        canvas.transformed(by: .translation(Point(26, top + side / 2)).rotated(-.pi / 2)) { canvas in
            canvas.text("class", at: .zero, Font(size: 12, isBold: true), Style.faint, anchor: .center)
        }
    }

    /// The legend of the shades.
    private func drawScale(on canvas: inout Canvas) {
        let bar = Rectangle(x: left + side + 18, y: top, width: 12, height: side)
        let stops = stride(from: 0.0, through: 1, by: 0.25).map { Paint.Stop(1 - $0, Self.shade($0)) }
        canvas.fill(
            .rectangle(bar), .linear(from: Point(bar.x, bar.y), to: Point(bar.x, bar.maxY), stops.reversed()))
        canvas.stroke(.rectangle(bar), Style.faint, Stroke(width: 0.75, isRound: false))
        for share in [0, 0.5, 1] {
            canvas.text(
                "\(Int(100 * share)) %", at: Point(bar.maxX + 6, bar.maxY - share * bar.height + 4),
                Style.tick,
                Style.faint)
        }
    }
}

extension ConfusionFigure: Figure {}
