// SPDX-License-Identifier: Apache-2.0

import Drawing
import TensorCore

/// One petal, from its base at the origin to its tip on the x axis.
struct Petal {
    enum Tip {
        case round, pointed, toothed
    }

    var length: Double
    var width: Double
    var tip: Tip
    var base: Color
    var rim: Color

    private var outline: Path {
        let (l, w) = (length, width / 2)
        var path = Path(from: .zero)
        switch tip {
        case .round:
            path.curve(to: Point(0.8 * l, -w), Point(0.25 * l, -0.5 * w), Point(0.5 * l, -w))
            path.curve(to: Point(0.8 * l, w), Point(1.07 * l, -w), Point(1.07 * l, w))
            path.curve(to: .zero, Point(0.5 * l, w), Point(0.25 * l, 0.5 * w))
        case .pointed:
            path.curve(to: Point(l, 0), Point(0.3 * l, -1.3 * w), Point(0.7 * l, -1.1 * w))
            path.curve(to: .zero, Point(0.7 * l, 1.1 * w), Point(0.3 * l, 1.3 * w))
        case .toothed:
            path.line(to: Point(0.97 * l, -w))
            path.line(to: Point(0.94 * l, -w / 3))
            path.line(to: Point(l, 0))
            path.line(to: Point(0.94 * l, w / 3))
            path.line(to: Point(0.97 * l, w))
        }
        path.close()
        return path
    }

    func draw(on canvas: inout Canvas) {
        canvas.fill(outline, .linear(from: .zero, to: Point(length, 0), base, rim))
        canvas.stroke(outline, base.darker(0.35).opacity(0.55), width: 0.035 * width + 0.004)
        guard tip != .toothed else { return }
        for side in [-0.22, 0.22] {
            canvas.stroke(
                .line(Point(0.3 * length, side * 0.6 * width), Point(0.85 * length, side * width)),
                base.darker(0.2).opacity(0.35), width: 0.05 * width)
        }
    }
}

extension Canvas {
    /// Petals all around the origin, no two alike.
    mutating func drawRing(
        of petal: Petal, count: Int, from start: Double, unevenness: Double,
        using generator: inout RandomGenerator
    ) {
        for index in 0..<count {
            var one = petal
            one.length *= generator.about(1, unevenness)
            one.width *= generator.about(1, unevenness)
            one.rim = generator.near(petal.rim, 0.03)
            let spread = unevenness * 2 * .pi / Double(count)
            let angle = start + 2 * .pi * Double(index) / Double(count) + generator.about(0, spread)
            transformed(by: .rotation(angle)) { one.draw(on: &$0) }
        }
    }
}
