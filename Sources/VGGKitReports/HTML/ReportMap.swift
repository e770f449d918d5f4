// SPDX-License-Identifier: Apache-2.0

import Checks
import Foundation
import VGGKit

/// Photos as points of a plane, near each other where the model finds them alike.
public struct PhotoMap: Sendable {
    /// One photo on the map.
    public struct Point: Sendable {
        /// Horizontal coordinate, in any unit: the map is scaled to fit all points.
        public var x: Double
        /// Vertical coordinate, upwards, in any unit: the map is scaled to fit all points.
        public var y: Double
        /// Index of its class in `classes`.
        public var label: Int
        /// The text that is shown under the pointer.
        public var name: String
        /// The photo, small. At most 90 are shown, and none that would cover another.
        public var thumbnail: Image?

        /// A photo of the class `label`. It is drawn in the middle if its coordinates are not finite.
        public init(x: Double, y: Double, label: Int, name: String, thumbnail: Image? = nil) {
            self.x = x
            self.y = y
            self.label = label
            self.name = name
            self.thumbnail = thumbnail
        }
    }

    /// The photos; where thumbnails would cover each other, the earlier ones are shown.
    public var points: [Point]
    /// Names of the classes: `label` of a point is an index into them.
    public var classes: [String]
    /// A sentence about how the plane was computed.
    public var remark: String

    /// A map of photos. Traps where a point's label is no index of `classes`.
    public init(
        points: [Point], classes: [String], remark: String, file: StaticString = #fileID, line: UInt = #line
    ) {
        for point in points {
            check(
                classes.indices.contains(point.label),
                "PhotoMap: label \(point.label) of \(point.name) is outside 0..<\(classes.count)", file: file,
                line: line)
        }
        self.points = points
        self.classes = classes
        self.remark = remark
    }
}

extension HTMLReport {
    var mapSection: Section? {
        guard let map, !map.points.isEmpty else { return nil }
        return Section(
            id: "map", name: "Map", title: "A map of the photos",
            body: "<p class=\"remark\">\(map.remark)</p>\(MapChart(map).figure)")
    }
}

/// A name on the map, above a point.
private struct PlacedName {
    let label: Int
    let text: String
    let x: Double
    let y: Double
    private let width: Double
    private let height: Double

    /// - Parameter size: the font size; the width of the letters is estimated.
    init(
        _ label: Int, _ text: String, beside point: (x: Double, y: Double), size: Double,
        in frame: (width: Double, height: Double)
    ) {
        (self.label, self.text) = (label, text)
        (width, height) = (0.62 * size * Double(text.count), 1.2 * size)
        x = min(max(point.x, width / 2), max(frame.width - width / 2, width / 2))
        y = min(max(point.y - 8, height), frame.height - 4)
    }

    func meets(_ other: PlacedName) -> Bool {
        abs(x - other.x) < (width + other.width) / 2 && abs(y - other.y) < (height + other.height) / 2
    }
}

/// Points in the colours of their classes, some of them as photos, each class named where it is densest.
private struct MapChart {
    let map: PhotoMap
    /// The size on a desktop. On a phone everything is smaller, except points and names.
    private let width = 960.0
    private let height = 640.0
    private let margin = 34.0
    private let positions: [(x: Double, y: Double)]
    static let colorCount = 10

    init(_ map: PhotoMap) {
        self.map = map
        let finite = map.points.filter { $0.x.isFinite && $0.y.isFinite }
        func range(_ values: [Double]) -> (low: Double, size: Double) {
            let (low, high) = (values.min() ?? 0, values.max() ?? 1)
            return (low, max(high - low, .leastNormalMagnitude))
        }
        let (x, y) = (range(finite.map(\.x)), range(finite.map(\.y)))
        let (w, h, m) = (width, height, margin)
        positions = map.points.map { point in
            guard point.x.isFinite && point.y.isFinite else { return (w / 2, h / 2) }
            return (
                m + (w - 2 * m) * (point.x - x.low) / x.size, h - m - (h - 2 * m) * (point.y - y.low) / y.size
            )
        }
    }

    var figure: HTML {
        """
        <figure class="chart map">
        <svg viewBox="0 0 \(width, decimals: 0) \(height, decimals: 0)" role="img" aria-label="\(map.points.count) photos as points of a plane">
        \(map.points.indices.map(dot))\(shown.map(photo))\(names(letters: 17, "desk"))\(names(letters: 36, "phone"))
        </svg><figcaption><ul class="legend">\(legend)</ul></figcaption></figure>
        """
    }

    private func color(_ label: Int) -> HTML { "class-\(label % Self.colorCount)" }

    private func dot(_ index: Int) -> HTML {
        let (point, position) = (map.points[index], positions[index])
        return """
            <circle class="point \(color(point.label))" cx="\(position.x)" cy="\(position.y)" r="4"><title>\(point.name)</title></circle>
            """
    }

    /// Photos that do not cover each other, in the order of the points.
    private var shown: [Int] {
        var found: [Int] = []
        for index in map.points.indices where map.points[index].thumbnail != nil {
            let position = positions[index]
            let isFree = found.allSatisfy {
                max(abs(positions[$0].x - position.x), abs(positions[$0].y - position.y)) > 58
            }
            if isFree { found.append(index) }
            if found.count == 90 { break }
        }
        return found
    }

    private func photo(_ index: Int) -> HTML {
        let (point, position, side) = (map.points[index], positions[index], 44.0)
        let data = HTML(
            stringLiteral: "data:image/jpeg;base64,"
                + point.thumbnail!.jpegData(quality: 80).base64EncodedString())
        return """
            <g class="thumbnail"><image href="\(data)" x="\(position.x - side / 2)" y="\(position.y - side / 2)" width="\(side)" height="\(side)" preserveAspectRatio="xMidYMid slice"/>\
            <rect class="frame \(color(point.label))" x="\(position.x - side / 2)" y="\(position.y - side / 2)" width="\(side)" height="\(side)" rx="2"/>\
            <title>\(point.name)</title></g>
            """
    }

    /// Each class's name, where its points are densest, without overlaps. With many classes only the legend
    /// names them. On a phone letters are larger relative to the map, so the names have other positions.
    private func names(letters size: Double, _ screen: HTML) -> HTML? {
        guard map.classes.count <= Self.colorCount else { return nil }
        var taken: [PlacedName] = []
        for label in map.classes.indices {
            let candidates = positions(of: label).map {
                PlacedName(label, map.classes[label], beside: $0, size: size, in: (width, height))
            }
            guard let first = candidates.first else { continue }
            taken.append(
                candidates.first { candidate in !taken.contains { $0.meets(candidate) } } ?? first)
        }
        let texts = taken.map { name -> HTML in
            """
            <text class="place middle \(color(name.label))" x="\(name.x)" y="\(name.y)">\(name.text)</text>
            """
        }
        return "<g class=\"names \(screen)\">\(texts)</g>"
    }

    /// The positions of a class's points. Points with the most neighbours of their own class, and the fewest
    /// of others, come first.
    private func positions(of label: Int) -> [(x: Double, y: Double)] {
        let reach = 60.0
        let own = map.points.indices.filter { map.points[$0].label == label }
        let scores = own.map { index in
            positions.indices.reduce(0.0) { sum, other in
                let distance = hypot(
                    positions[other].x - positions[index].x, positions[other].y - positions[index].y)
                guard distance < reach else { return sum }
                return sum + (map.points[other].label == label ? 1 : -0.5)
            }
        }
        return own.indices.sorted { (scores[$1], $0) < (scores[$0], $1) }.map { positions[own[$0]] }
    }

    private var legend: [HTML] {
        map.classes.indices.map { label in
            """
            <li><svg class="swatch" viewBox="0 0 10 10" aria-hidden="true"><circle class="point \(color(label))" cx="5" cy="5" r="4.5"/></svg>\
            \(HTML.name(map.classes[label]))</li>
            """
        }
    }
}
