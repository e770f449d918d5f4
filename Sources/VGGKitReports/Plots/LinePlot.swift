// SPDX-License-Identifier: Apache-2.0

package import Drawing
import Foundation
import VGGKit

/// Curves over whole numbers, such as measurements over epochs.
///
/// ```swift
/// try LinePlot(title: "Loss", xLabel: "epoch", yLabel: "cross entropy", series: [
///     LinePlot.Series("training", [1.4, 0.9, 0.6]), LinePlot.Series("validation", [1.2, 1.0, 0.8]),
/// ]).write(to: URL(filePath: "loss.svg"))
/// ```
public struct LinePlot: Sendable {
    /// One curve, with an entry in the legend.
    public struct Series: Sendable, Equatable {
        /// Shown in the legend.
        public var name: String
        /// One value for each whole number from `start` on. The curve has a gap where a value is not finite.
        public var values: [Double]
        /// The horizontal coordinate of the first value, such as the number of the first epoch.
        public var start: Int

        /// A curve of the values at `start`, `start + 1`, ….
        public init(_ name: String, _ values: [Double], start: Int = 1) {
            self.name = name
            self.values = values
            self.start = start
        }
    }

    /// A point of a curve that is marked by a ring, with a label beside the legend.
    public struct Mark: Sendable, Equatable {
        /// The curve's index in `series`.
        public var series: Int
        /// The value's index in `values`.
        public var index: Int
        /// Written at the top right, in the curve's colour.
        public var label: String

        /// Marks the value `values[index]` of the curve `series[series]`.
        public init(series: Int, index: Int, label: String) {
            self.series = series
            self.index = index
            self.label = label
        }
    }

    /// Written above the curves.
    public var title: String
    /// Written below the horizontal axis.
    public var xLabel: String
    /// Written along the vertical axis.
    public var yLabel: String
    /// The curves, in the order of the legend. Six colours repeat.
    public var series: [Series]
    /// Points that are marked by a ring, such as the best epoch.
    public var marks: [Mark] = []
    /// The range that the vertical axis shows at least.
    public var yRange: ClosedRange<Double>?
    /// Added to the labels of the vertical axis, such as " %".
    public var unit = ""
    /// Width of the whole figure in points; a PNG file has `scale` pixels for each.
    public var width = 640.0
    /// Height of the whole figure in points.
    public var height = 400.0

    /// A figure of the curves, without marks, 640×400 points large.
    public init(title: String, xLabel: String, yLabel: String, series: [Series]) {
        self.title = title
        self.xLabel = xLabel
        self.yLabel = yLabel
        self.series = series
    }

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
        let scales = self.scales
        let labels = scales.y.ticks.map { scales.y.label($0) + unit }
        let labelWidth = labels.map { canvas.width(of: $0, Style.tick) }.max() ?? 0
        let left = 42 + labelWidth
        let legend = legendOrigins(on: &canvas)
        let top = (legend.last?.y ?? 47) + 21
        let area = Rectangle(x: left, y: top, width: width - left - 24, height: height - top - 54)
        drawAxes(scales, labels, area, on: &canvas)
        for index in series.indices { drawCurve(index, scales, area, on: &canvas) }
        for mark in visibleMarks { draw(mark, scales, area, on: &canvas) }
        canvas.text(title, at: Point(24, 30), Style.title, Style.ink)
        drawLegend(at: legend, on: &canvas)
    }

    /// Colours that people with any colour vision can distinguish.
    ///
    /// M. Okabe and K. Ito, "Color Universal Design", 2008.
    static let colors: [Color] = [0x0072B2, 0xD55E00, 0x009E73, 0xCC79A7, 0xE69F00, 0x56B4E9].map {
        Color(hex: $0)
    }

    private func color(_ index: Int) -> Color { Self.colors[index % Self.colors.count] }

    private typealias Scales = (x: AxisScale, y: AxisScale)

    private var scales: Scales {
        let first = series.filter { !$0.values.isEmpty }.map(\.start).min() ?? 1
        let last = series.filter { !$0.values.isEmpty }.map { $0.start + $0.values.count - 1 }.max() ?? 1
        let margin = first == last ? 0.5 : 0.02 * Double(last - first)
        let values = series.flatMap(\.values).filter(\.isFinite)
        var (low, high) = (values.min() ?? 0, values.max() ?? 1)
        // Include zero, unless the curves are far from it.
        if low > 0 && low < 0.6 * high { low = 0 }
        if let yRange { (low, high) = (min(low, yRange.lowerBound), max(high, yRange.upperBound)) }
        return (
            AxisScale(whole: first...last, margin: margin, ticks: 10),
            AxisScale(covering: low...high, ticks: 6)
        )
    }

    private func drawAxes(_ scales: Scales, _ labels: [String], _ area: Rectangle, on canvas: inout Canvas) {
        for (tick, label) in zip(scales.y.ticks, labels) {
            let y = area.maxY - area.height * scales.y.share(of: tick)
            canvas.stroke(
                .line(Point(area.x, y), Point(area.maxX, y)), Style.grid, Stroke(width: 0.75, isRound: false))
            canvas.text(label, at: Point(area.x - 8, y + 4), Style.tick, Style.faint, anchor: .trailing)
        }
        canvas.stroke(
            .line(Point(area.x, area.maxY), Point(area.maxX, area.maxY)), Style.faint,
            Stroke(width: 1, isRound: false))
        for tick in scales.x.ticks {
            let x = area.x + area.width * scales.x.share(of: tick)
            canvas.stroke(
                .line(Point(x, area.maxY), Point(x, area.maxY + 4)), Style.faint,
                Stroke(width: 1, isRound: false))
            canvas.text(
                scales.x.label(tick), at: Point(x, area.maxY + 18), Style.tick, Style.faint, anchor: .center)
        }
        canvas.text(xLabel, at: Point(area.center.x, height - 14), Style.label, Style.ink, anchor: .center)
        canvas.transformed(by: .translation(Point(22, area.center.y)).rotated(-.pi / 2)) { canvas in
            canvas.text(yLabel, at: .zero, Style.label, Style.ink, anchor: .center)
        }
        if !series.contains(where: { $0.values.contains(where: \.isFinite) }) {
            canvas.text("no measurements", at: area.center, Style.label, Style.faint, anchor: .center)
        }
    }

    private func coordinates(_ series: Series, _ index: Int, _ scales: Scales, _ area: Rectangle) -> Point {
        Point(
            area.x + area.width * scales.x.share(of: Double(series.start + index)),
            area.maxY - area.height * scales.y.share(of: series.values[index]))
    }

    private func drawCurve(_ index: Int, _ scales: Scales, _ area: Rectangle, on canvas: inout Canvas) {
        let curve = series[index]
        let runs = curve.values.indices.split { !curve.values[$0].isFinite }
        for run in runs {
            let points = run.map { coordinates(curve, $0, scales, area) }
            canvas.stroke(.polyline(points), color(index), width: 2)
            // Draw dots for single measurements while there is enough space between them.
            guard points.count == 1 || curve.values.count <= 40 else { continue }
            for point in points {
                canvas.fill(.circle(point, radius: points.count == 1 ? 4 : 2.6), color(index))
            }
        }
    }

    /// The marks whose values are drawn.
    private var visibleMarks: [Mark] {
        marks.filter {
            series.indices.contains($0.series) && series[$0.series].values.indices.contains($0.index)
                && series[$0.series].values[$0.index].isFinite
        }
    }

    private func draw(_ mark: Mark, _ scales: Scales, _ area: Rectangle, on canvas: inout Canvas) {
        let point = coordinates(series[mark.series], mark.index, scales, area)
        canvas.fill(.circle(point, radius: 5.5), .white)
        canvas.stroke(.circle(point, radius: 5.5), color(mark.series), width: 2)
    }

    /// The origin of each curve's legend entry: side by side, in as many lines as necessary.
    private func legendOrigins(on canvas: inout Canvas) -> [Point] {
        var origin = Point(24, 47)
        return series.map { curve in
            let entryWidth = 27 + canvas.width(of: curve.name, Style.label)
            if origin.x > 24 && origin.x + entryWidth > width - 24 { origin = Point(24, origin.y + 18) }
            defer { origin = Point(origin.x + entryWidth + 22, origin.y) }
            return origin
        }
    }

    private func drawLegend(at origins: [Point], on canvas: inout Canvas) {
        for (index, origin) in origins.enumerated() {
            canvas.stroke(.line(origin, Point(origin.x + 20, origin.y)), color(index), width: 2)
            canvas.fill(.circle(Point(origin.x + 10, origin.y), radius: 3), color(index))
            canvas.text(series[index].name, at: Point(origin.x + 27, origin.y + 4), Style.label, Style.ink)
        }
        // Labels of marked points are up here, where no curve crosses them.
        for (index, mark) in visibleMarks.enumerated() {
            canvas.text(
                mark.label, at: Point(width - 24, 51 - 18 * Double(index)), Style.mark,
                color(mark.series).darker(0.15), anchor: .trailing)
        }
    }
}

/// The fonts and greys of all figures.
enum Style {
    static let title = Font(size: 16, isBold: true)
    static let label = Font(size: 12)
    static let mark = Font(size: 11.5, isBold: true)
    static let tick = Font(size: 11)
    static let ink = Color.grey(0.13)
    static let faint = Color.grey(0.38)
    static let grid = Color.grey(0.88)
}

extension LinePlot: Figure {}
