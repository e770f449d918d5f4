// SPDX-License-Identifier: Apache-2.0

import Drawing
import Foundation
import TensorCore

/// One leaf, from its stalk at the origin to its tip on the x axis, 1 long.
struct Leaf {
    enum Shape {
        /// A tulip's: long, its edge smooth.
        case blade
        /// A dandelion's: teeth that point back to the stalk.
        case toothed
        /// A rose's leaflet: oval, finely serrated.
        case serrated
        /// A sunflower's.
        case heart
        /// A daisy's: narrow first, then round.
        case spoon
    }

    var shape: Shape
    var color: Color

    /// Half the width at each share of the length.
    private func halfWidth(_ x: Double) -> Double {
        switch shape {
        case .blade: 0.13 * sin(.pi * pow(x, 0.8))
        case .toothed:
            0.04 + 0.13 * x * (1 - pow(x, 6)) * (1 - 0.75 * (1 - (x * 5).truncatingRemainder(dividingBy: 1)))
        case .serrated:
            0.3 * pow(sin(.pi * pow(x, 0.85)), 0.8) * (1 - 0.12 * (x * 8).truncatingRemainder(dividingBy: 1))
        case .heart: 0.42 * pow(sin(.pi * pow(x, 0.6)), 0.9)
        case .spoon: 0.03 + 0.15 * pow(x, 2) * (1 - pow(x, 8)) * 1.6
        }
    }

    private var outline: Path {
        let steps = stride(from: 0.0, through: 1, by: 0.025)
        let upper = steps.map { Point($0, -halfWidth($0)) }
        let lower = steps.map { Point($0, halfWidth($0)) }
        return .polygon(upper + lower.reversed())
    }

    func draw(on canvas: inout Canvas, at place: Point, angle: Double, length: Double) {
        canvas.transformed(by: .translation(place).rotated(angle).scaled(length)) { canvas in
            canvas.fill(
                outline,
                .linear(from: Point(0, -0.2), to: Point(0, 0.2), color.lighter(0.12), color.darker(0.3)))
            canvas.stroke(.line(.zero, Point(0.95, 0)), color.lighter(0.25).opacity(0.7), width: 0.022)
            canvas.stroke(outline, color.darker(0.45).opacity(0.5), width: 0.012)
            guard shape == .serrated || shape == .heart else { return }
            for share in stride(from: 0.2, to: 0.8, by: 0.15) {
                for side in [-0.7, 0.7] {
                    let end = Point(share + 0.14, side * halfWidth(share + 0.1))
                    canvas.stroke(.line(Point(share, 0), end), color.lighter(0.2).opacity(0.5), width: 0.012)
                }
            }
        }
    }
}
