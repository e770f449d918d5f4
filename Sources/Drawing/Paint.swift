// SPDX-License-Identifier: Apache-2.0

import Checks

/// What an area or a line is filled with.
public enum Paint: Sendable, Equatable {
    case color(Color)
    /// Colours from one place to another; the last ones go on beyond.
    case linear(from: Point, to: Point, [Stop])
    /// Colours from a centre to a distance from it; the last one goes on beyond.
    case radial(center: Point, radius: Double, [Stop])

    /// A colour at a place on the way, which is 0 at the start and 1 at the end.
    public struct Stop: Sendable, Equatable {
        public var position: Double
        public var color: Color

        public init(_ position: Double, _ color: Color) {
            self.position = position
            self.color = color
        }
    }

    public static func linear(from start: Point, to end: Point, _ first: Color, _ last: Color) -> Paint {
        .linear(from: start, to: end, [Stop(0, first), Stop(1, last)])
    }

    public static func radial(center: Point, radius: Double, _ inner: Color, _ outer: Color) -> Paint {
        .radial(center: center, radius: radius, [Stop(0, inner), Stop(1, outer)])
    }
}

/// How a line is drawn.
public struct Stroke: Sendable, Equatable {
    public var width: Double
    /// Lengths of dashes and gaps in turn; none for a line without gaps.
    public var dashes: [Double]
    /// Round ends and corners, instead of cut ends and sharp corners.
    public var isRound: Bool

    public init(
        width: Double, dashes: [Double] = [], isRound: Bool = true, file: StaticString = #fileID,
        line: UInt = #line
    ) {
        check(
            width >= 0 && dashes.allSatisfy { $0 >= 0 } && (dashes.isEmpty || dashes.contains { $0 > 0 }),
            "Stroke: width \(width) and dashes \(dashes) must not be negative, nor all dashes 0",
            file: file, line: line)
        self.width = width
        self.dashes = dashes
        self.isRound = isRound
    }
}

/// A typeface that the system has, and its size.
public struct Font: Sendable, Equatable {
    public var size: Double
    public var isBold: Bool
    /// A family's name; the system takes another where it has none of that name.
    public var family: String

    public init(size: Double, isBold: Bool = false, family: String = "DejaVu Sans") {
        self.size = size
        self.isBold = isBold
        self.family = family
    }
}

/// Which point of a text is put at the place that is named.
public enum TextAnchor: Sendable {
    case leading, center, trailing
}
