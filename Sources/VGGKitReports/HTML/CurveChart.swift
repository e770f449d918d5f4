// SPDX-License-Identifier: Apache-2.0

import VGGKit

/// Curves over epochs as SVG. The page's style sets the colours; each curve is labelled at its end.
struct CurveChart {
    struct Curve {
        var name: String
        /// One value per epoch, from the first on. The curve has a gap where a value is not finite.
        var values: [Double]
        /// The CSS class that sets the colour.
        var style: HTML
    }

    var title: String
    /// A description of the curves, shown below the title and read by screen readers.
    var remark: HTML
    var curves: [Curve]
    /// The range that the vertical axis shows at least.
    var yRange: ClosedRange<Double>?
    var unit = ""
    /// The epoch, counted from 1, that is ringed on the last curve.
    var ringed: Int?
    /// The text of a value beside its curve.
    var label: (Double) -> String

    /// The left margin is as wide as the longest number there.
    private var frame: ChartFrame {
        let longest = scales.y.ticks.map { (scales.y.label($0) + unit).count }.max() ?? 0
        return ChartFrame(
            width: 360, height: 236, left: max(44, 10 + 6.8 * Double(longest)), right: 78, top: 12, bottom: 34
        )
    }

    private typealias Scales = (x: AxisScale, y: AxisScale)

    var figure: HTML {
        let scales = self.scales
        return """
            <figure class="chart"><figcaption><h3>\(title)</h3><p>\(remark)</p></figcaption>
            <svg viewBox="0 0 \(frame.width, decimals: 0) \(frame.height, decimals: 0)" role="img" aria-label="\(title) over the epochs">
            \(axes(scales))\(curves.map { line($0, scales) })\(ring(scales))\(endLabels(scales))
            </svg></figure>
            """
    }

    private var scales: Scales {
        let count = max(1, curves.map(\.values.count).max() ?? 1)
        let values = curves.flatMap(\.values).filter(\.isFinite)
        var (low, high) = (values.min() ?? 0, values.max() ?? 1)
        if low > 0 && low < 0.6 * high { low = 0 }
        if let yRange { (low, high) = (min(low, yRange.lowerBound), max(high, yRange.upperBound)) }
        let margin = count == 1 ? 0.5 : 0
        return (
            AxisScale(whole: 1...count, margin: margin, ticks: 6),
            AxisScale(covering: low...high, ticks: 5)
        )
    }

    private func axes(_ scales: Scales) -> HTML {
        let rows = scales.y.ticks.map { tick -> HTML in
            let y = frame.y(scales.y.share(of: tick))
            return """
                <line class="grid" x1="\(frame.left)" y1="\(y)" x2="\(frame.maxX)" y2="\(y)"/>\
                <text class="tick end" x="\(frame.left - 7)" y="\(y + 4)">\(scales.y.label(tick))\(unit)</text>
                """
        }
        let columns = scales.x.ticks.map { tick -> HTML in
            let x = frame.x(scales.x.share(of: tick))
            return
                "<text class=\"tick middle\" x=\"\(x)\" y=\"\(frame.maxY + 17)\">\(scales.x.label(tick))</text>"
        }
        return """
            \(rows)\(columns)<line class="axis" x1="\(frame.left)" y1="\(frame.maxY)" x2="\(frame.maxX)" y2="\(frame.maxY)"/>\
            <text class="tick" x="\(frame.maxX + 20)" y="\(frame.maxY + 17)">epoch</text>
            """
    }

    private func position(_ index: Int, _ value: Double, _ scales: Scales) -> (x: Double, y: Double) {
        (frame.x(scales.x.share(of: Double(index + 1))), frame.y(scales.y.share(of: value)))
    }

    private func line(_ curve: Curve, _ scales: Scales) -> HTML {
        let runs = curve.values.indices.split { !curve.values[$0].isFinite }
        let lines = runs.map { run -> HTML in
            let points = run.map { index -> HTML in
                let point = position(index, curve.values[index], scales)
                return "\(point.x),\(point.y) "
            }
            return "<polyline points=\"\(points)\"/>"
        }
        return "<g class=\"curve \(curve.style)\">\(lines)\(dots(curve, runs.joined(), scales))</g>"
    }

    /// Dots that show their value under the pointer.
    private func dots(_ curve: Curve, _ indices: some Sequence<Int>, _ scales: Scales) -> [HTML] {
        let isSparse = curve.values.count <= 40
        return indices.map { index in
            let point = position(index, curve.values[index], scales)
            let dot: HTML = isSparse ? "<circle cx=\"\(point.x)\" cy=\"\(point.y)\" r=\"2.2\"/>" : ""
            let text = "epoch \(index + 1): \(curve.name) \(label(curve.values[index]))"
            return """
                \(dot)<circle class="target" cx="\(point.x)" cy="\(point.y)" r="7"><title>\(text)</title></circle>
                """
        }
    }

    private func ring(_ scales: Scales) -> HTML? {
        guard let ringed, let curve = curves.last, curve.values.indices.contains(ringed - 1),
            curve.values[ringed - 1].isFinite
        else { return nil }
        let point = position(ringed - 1, curve.values[ringed - 1], scales)
        return "<circle class=\"ring \(curve.style)\" cx=\"\(point.x)\" cy=\"\(point.y)\" r=\"5.5\"/>"
    }

    /// Names and last values beside the ends of the curves, moved so that they do not overlap.
    private func endLabels(_ scales: Scales) -> [HTML] {
        let ends = curves.compactMap { curve -> (curve: Curve, value: Double, y: Double)? in
            guard let index = curve.values.lastIndex(where: \.isFinite) else { return nil }
            return (curve, curve.values[index], position(index, curve.values[index], scales).y)
        }.sorted { $0.y < $1.y }
        let heights = frame.separated(ends.map(\.y), by: 34)
        return zip(ends, heights).map { end, y in
            """
            <text class="name \(end.curve.style)" x="\(frame.maxX + 10)" y="\(y - 2)">\(end.curve.name)</text>\
            <text class="value \(end.curve.style)" x="\(frame.maxX + 10)" y="\(y + 13)">\(label(end.value))</text>
            """
        }
    }
}

/// The position of a chart's axes within it.
struct ChartFrame {
    var width: Double
    var height: Double
    var left: Double
    var right: Double
    var top: Double
    var bottom: Double

    var maxX: Double { width - right }
    var maxY: Double { height - bottom }

    func x(_ share: Double) -> Double { left + share * (maxX - left) }
    func y(_ share: Double) -> Double { maxY - share * (maxY - top) }

    /// Heights near the given ones, which are in increasing order. They are at least `distance` from each
    /// other and, if possible, within the axes.
    func separated(_ heights: [Double], by distance: Double) -> [Double] {
        var result = heights
        let lowest = maxY - 13
        for index in result.indices.reversed() {
            let limit = index == result.indices.last ? lowest : result[index + 1] - distance
            result[index] = min(result[index], limit)
        }
        for index in result.indices {
            let limit = index == 0 ? top + 6 : result[index - 1] + distance
            result[index] = max(result[index], limit)
        }
        return result
    }
}
