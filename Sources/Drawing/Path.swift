// SPDX-License-Identifier: Apache-2.0

import Checks

/// An outline of lines and Bézier curves.
public struct Path: Sendable, Equatable {
    enum Element: Sendable, Equatable {
        case move(Point)
        case line(Point)
        case curve(Point, Point, Point)
        case close
    }

    var elements: [Element] = []

    public init() {}

    public init(from start: Point) { move(to: start) }

    public mutating func move(to point: Point) { elements.append(.move(point)) }

    public mutating func line(to point: Point) { elements.append(.line(point)) }

    /// A cubic Bézier curve, which leaves toward `first` and arrives from `second`.
    public mutating func curve(to end: Point, _ first: Point, _ second: Point) {
        elements.append(.curve(first, second, end))
    }

    public mutating func close() { elements.append(.close) }

    /// Adds the outlines of another path.
    public mutating func append(_ other: Path) { elements += other.elements }

    public static func line(_ start: Point, _ end: Point) -> Path { .polyline([start, end]) }

    /// Straight lines through the points; nothing if there are none.
    public static func polyline(_ points: [Point]) -> Path {
        var path = Path()
        for (index, point) in points.enumerated() {
            if index == 0 { path.move(to: point) } else { path.line(to: point) }
        }
        return path
    }

    public static func polygon(_ points: [Point]) -> Path {
        var path = polyline(points)
        path.close()
        return path
    }

    public static func rectangle(_ bounds: Rectangle) -> Path {
        polygon([
            Point(bounds.x, bounds.y), Point(bounds.maxX, bounds.y), Point(bounds.maxX, bounds.maxY),
            Point(bounds.x, bounds.maxY),
        ])
    }

    public static func circle(_ center: Point, radius: Double) -> Path {
        ellipse(center, width: 2 * radius, height: 2 * radius)
    }

    /// Four Bézier curves, which are off the ellipse by 0.03 % of its radius at most.
    public static func ellipse(_ center: Point, width: Double, height: Double) -> Path {
        let (a, b) = (width / 2, height / 2)
        let (c, d) = (0.5522847 * a, 0.5522847 * b)
        func place(_ x: Double, _ y: Double) -> Point { center + Point(x, y) }
        var path = Path(from: place(a, 0))
        path.curve(to: place(0, b), place(a, d), place(c, b))
        path.curve(to: place(-a, 0), place(-c, b), place(-a, d))
        path.curve(to: place(0, -b), place(-a, -d), place(-c, -b))
        path.curve(to: place(a, 0), place(c, -b), place(a, -d))
        path.close()
        return path
    }

    /// A closed curve that runs smoothly through the points (Catmull–Rom).
    public static func smooth(closed points: [Point], file: StaticString = #fileID, line: UInt = #line)
        -> Path
    {
        check(
            points.count >= 3, "Path.smooth: a closed curve needs 3 points, not \(points.count)", file: file,
            line: line)
        let count = points.count
        var path = Path(from: points[0])
        for index in 0..<count {
            let (before, start) = (points[(index + count - 1) % count], points[index])
            let (end, after) = (points[(index + 1) % count], points[(index + 2) % count])
            path.curve(to: end, start + 1 / 6 * (end - before), end - 1 / 6 * (after - start))
        }
        path.close()
        return path
    }
}
