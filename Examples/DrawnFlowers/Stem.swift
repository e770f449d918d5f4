// SPDX-License-Identifier: Apache-2.0

import Drawing
import TensorCore

/// What carries a flower: a curve from the ground to the head.
struct Stem {
    var root: Point
    var head: Point
    var width: Double
    var color: Color
    /// How far the middle is bent aside.
    var bend: Double

    private var controls: (Point, Point) {
        let step = head - root
        let aside = Point(-step.y, step.x)
        return (root.toward(head, 0.35) + bend * aside, root.toward(head, 0.7) + bend * aside)
    }

    /// The place a share of the way up.
    func place(_ share: Double) -> Point {
        let (a, b) = controls
        let (first, middle, last) = (root.toward(a, share), a.toward(b, share), b.toward(head, share))
        return first.toward(middle, share).toward(middle.toward(last, share), share)
    }

    func draw(on canvas: inout Canvas) {
        var path = Path(from: root)
        path.curve(to: head, controls.0, controls.1)
        canvas.stroke(path, color.darker(0.35), width: width)
        canvas.transformed(by: .translation(Point(-0.15 * width, 0))) { canvas in
            canvas.stroke(path, color.lighter(0.12), width: 0.5 * width)
        }
    }
}

/// Greens of stems and leaves, from yellowish to bluish.
enum Green {
    static func random(using generator: inout RandomGenerator) -> Color {
        Color(
            hue: generator.number(80...140), saturation: generator.number(0.35...0.7),
            value: generator.number(0.3...0.62))
    }
}
