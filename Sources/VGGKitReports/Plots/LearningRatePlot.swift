// SPDX-License-Identifier: Apache-2.0

package import Drawing
import Foundation
import VGGKit

/// The loss over the learning rate, on a logarithmic axis, with the suggested learning rates.
public struct LearningRatePlot: Sendable {
    /// The measurements: the loss of each batch is a thin curve, the smoothed loss a thick one.
    public var curve: LearningRateCurve
    /// Written above the curves.
    public var title = "Learning rate"
    /// Width of the whole figure in points; a PNG file has `scale` pixels for each.
    public var width = 640.0
    /// Height of the whole figure in points.
    public var height = 400.0

    /// The figure of the losses that `LearningRateCurve` has measured.
    public init(_ curve: LearningRateCurve) { self.curve = curve }

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
        canvas.text(title, at: Point(24, 30), Style.title, Style.ink)
        let scales = self.scales
        let labelWidth =
            scales.loss.ticks.map { canvas.width(of: scales.loss.label($0), Style.tick) }.max() ?? 0
        let left = 42 + labelWidth
        let area = Rectangle(x: left, y: 68, width: width - left - 24, height: height - 68 - 54)
        drawAxes(scales, area, on: &canvas)
        // A diverging loss may leave the picture.
        canvas.clipped(to: .rectangle(area)) { canvas in
            drawCurve(\.loss, scales, area, Style.grid.darker(0.2), width: 1.2, on: &canvas)
            drawCurve(\.smoothedLoss, scales, area, LinePlot.colors[0], width: 2.2, on: &canvas)
        }
        drawMarks(scales, area, on: &canvas)
    }

    /// The powers of ten that the axis shows, and the losses.
    private typealias Scales = (powers: ClosedRange<Double>, loss: AxisScale)

    private var scales: Scales {
        let rates = curve.measurements.map { log10($0.learningRate) }
        let (low, high) = (rates.min() ?? -7, rates.max() ?? 1)
        let smoothed = curve.measurements.map(\.smoothedLoss).filter(\.isFinite)
        let (bottom, first) = (smoothed.min() ?? 0, smoothed.first ?? 1)
        // A quarter of the drop to the lowest loss is added above the first: there the curve may leave.
        let top = first + max(0.25 * (first - bottom), 0.05 * abs(first), 1e-6)
        return (
            (high > low ? low...high : low - 0.5...low + 0.5),
            AxisScale(covering: min(bottom, top)...top, ticks: 6)
        )
    }

    private func x(_ rate: Double, _ scales: Scales, _ area: Rectangle) -> Double {
        let span = scales.powers.upperBound - scales.powers.lowerBound
        return area.x + area.width * (log10(rate) - scales.powers.lowerBound) / span
    }

    private func drawAxes(_ scales: Scales, _ area: Rectangle, on canvas: inout Canvas) {
        let thin = Stroke(width: 0.75, isRound: false)
        for tick in scales.loss.ticks {
            let y = area.maxY - area.height * scales.loss.share(of: tick)
            canvas.stroke(.line(Point(area.x, y), Point(area.maxX, y)), Style.grid, thin)
            canvas.text(
                scales.loss.label(tick), at: Point(area.x - 8, y + 4), Style.tick, Style.faint,
                anchor: .trailing)
        }
        for power in Int(
            scales.powers.lowerBound.rounded(.up))...max(
                Int(scales.powers.lowerBound.rounded(.up)), Int(scales.powers.upperBound.rounded(.down)))
        {
            let x = self.x(pow(10, Double(power)), scales, area)
            guard x >= area.x - 0.5 && x <= area.maxX + 0.5 else { continue }
            canvas.stroke(.line(Point(x, area.y), Point(x, area.maxY + 4)), Style.grid, thin)
            canvas.text(
                Self.label(power), at: Point(x, area.maxY + 18), Style.tick, Style.faint, anchor: .center)
        }
        canvas.stroke(
            .line(Point(area.x, area.maxY), Point(area.maxX, area.maxY)), Style.faint,
            Stroke(width: 1, isRound: false))
        canvas.text(
            "learning rate", at: Point(area.center.x, height - 14), Style.label, Style.ink, anchor: .center)
        canvas.transformed(by: .translation(Point(22, area.center.y)).rotated(-.pi / 2)) { canvas in
            canvas.text("loss", at: .zero, Style.label, Style.ink, anchor: .center)
        }
        if curve.measurements.isEmpty {
            canvas.text("no measurements", at: area.center, Style.label, Style.faint, anchor: .center)
        }
    }

    /// "0.01", and "1e-05" where that is shorter.
    private static func label(_ power: Int) -> String {
        power >= -3 && power <= 3 ? Decimals.short(pow(10, Double(power))) : "1e\(power)"
    }

    private func drawCurve(
        _ value: (LearningRateCurve.Measurement) -> Double, _ scales: Scales, _ area: Rectangle,
        _ color: Color, width: Double, on canvas: inout Canvas
    ) {
        let points = curve.measurements.prefix { value($0).isFinite }.map { measurement in
            // A diverging loss would exceed cairo's range of coordinates.
            let share = min(max(scales.loss.share(of: value(measurement)), -2), 3)
            return Point(x(measurement.learningRate, scales, area), area.maxY - area.height * share)
        }
        guard points.count > 1 else { return }
        canvas.stroke(.polyline(points), color, width: width)
    }

    /// Marks the suggested learning rates. Their labels are beside the title, in the same colours.
    private func drawMarks(_ scales: Scales, _ area: Rectangle, on canvas: inout Canvas) {
        let marks = [
            ("suggested", curve.suggestion), ("steepest", curve.steepest),
            ("lowest / 10", curve.minimumTenth),
        ]
        var end = width - 24
        for (index, mark) in marks.enumerated().reversed() {
            guard let rate = mark.1 else { continue }
            let color = LinePlot.colors[index + 1]
            let text = "\(mark.0): \(Decimals.short(rate, 2))"
            canvas.text(text, at: Point(end, 54), Style.mark, color.darker(0.15), anchor: .trailing)
            end -= canvas.width(of: text, Style.mark) + 20
            let x = self.x(rate, scales, area)
            guard x >= area.x && x <= area.maxX else { continue }
            canvas.stroke(
                .line(Point(x, area.y), Point(x, area.maxY)), color, Stroke(width: index == 0 ? 2 : 1.2))
        }
    }
}

extension LearningRateCurve {
    /// The loss over the learning rates, with the suggested ones.
    public var plot: LearningRatePlot { LearningRatePlot(self) }
}

extension LearningRatePlot: Figure {}
