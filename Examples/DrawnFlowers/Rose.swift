// SPDX-License-Identifier: Apache-2.0

import Drawing
import Foundation
import TensorCore

/// Petal folded about petal, wound into a spiral.
struct Rose: Flower {
    let color: Color
    let green: Color
    let isFull: Bool

    init(using generator: inout RandomGenerator) {
        color = generator.tint(usually: [Tint.red, Tint.pink, Tint.wine, Tint.white])
        green = Green.random(using: &generator)
        isFull = generator.chance(0.65)
    }

    func drawGreen(on canvas: inout Canvas, _ stance: Stance, using generator: inout RandomGenerator) {
        let leaf = Leaf(shape: .serrated, color: green.darker(0.15))
        guard let stem = stem(stance, width: 0.1, color: green, using: &generator) else {
            for _ in 0..<generator.whole(2...5) {
                let angle = generator.angle()
                leaf.draw(
                    on: &canvas, at: stance.head + Point(angle: angle, length: 0.7 * stance.radius),
                    angle: angle,
                    length: stance.radius * generator.number(0.7...1.1))
            }
            return
        }
        stem.draw(on: &canvas)
        for _ in 0..<generator.whole(1...3) {
            // Leaflets stand in threes.
            let place = stem.place(generator.number(0.2...0.75))
            let angle = generator.chance(0.5) ? generator.about(-0.5, 0.5) : generator.about(.pi + 0.5, 0.5)
            for offset in [-0.8, 0.8, 0] {
                leaf.draw(
                    on: &canvas, at: place, angle: angle + offset,
                    length: stance.radius * generator.number(0.6...0.9))
            }
        }
    }

    func drawHead(on canvas: inout Canvas, _ stance: Stance, using generator: inout RandomGenerator) {
        if stance.root == nil || isFull {
            canvas.transformed(by: stance.toPicture) { canvas in
                drawWhorls(on: &canvas, using: &generator)
            }
        } else {
            canvas.transformed(
                by: .translation(stance.head).rotated(generator.about(0, 0.35)).scaled(stance.radius)
            ) {
                drawGoblet(on: &$0, using: &generator)
            }
        }
    }

    /// From above: whorl within whorl, each smaller and set between the petals of the one around it.
    private func drawWhorls(on canvas: inout Canvas, using generator: inout RandomGenerator) {
        var start = generator.angle()
        for (count, reach) in [(6, 1.0), (5, 0.8), (5, 0.62), (4, 0.45), (3, 0.3)] {
            for index in 0..<count {
                let angle = start + 2 * .pi * (Double(index) + generator.about(0, 0.12)) / Double(count)
                canvas.transformed(by: .rotation(angle)) { canvas in
                    drawShell(reach * generator.about(1, 0.06), on: &canvas, using: &generator)
                }
            }
            start += 2.4
        }
        drawSpiral(radius: 0.22, on: &canvas)
    }

    /// A broad petal seen from within: dark where it comes out, its rim rolled outwards and bright.
    private func drawShell(_ reach: Double, on canvas: inout Canvas, using generator: inout RandomGenerator) {
        let w = reach * generator.number(0.58...0.7)
        let outline = Path.smooth(closed: [
            Point(0, 0), Point(0.35 * reach, -0.85 * w), Point(0.8 * reach, -0.8 * w),
            Point(0.98 * reach, -0.25 * w),
            Point(reach, 0.2 * w), Point(0.82 * reach, 0.78 * w), Point(0.35 * reach, 0.85 * w),
        ])
        let shade = color.darker(0.55)
        canvas.fill(
            outline,
            .radial(
                center: .zero, radius: reach,
                [
                    .init(0, shade), .init(0.55, color.darker(0.3)), .init(0.88, color),
                    .init(1, color.lighter(0.25)),
                ]))
        canvas.stroke(outline, shade.opacity(0.6), width: 0.022)
    }

    private func drawSpiral(radius: Double, on canvas: inout Canvas) {
        canvas.fill(
            .circle(.zero, radius: radius),
            .radial(center: .zero, radius: radius, color.darker(0.5), color.darker(0.12)))
        let points = stride(from: 0.0, through: 4.5 * .pi, by: 0.25).map {
            Point(angle: $0, length: radius * $0 / (4.5 * .pi))
        }
        canvas.stroke(.polyline(points), color.darker(0.6), width: 0.03)
    }

    /// From the side, half open: a bowl of overlapping petals, the whorls squeezed into its mouth, sepals
    /// below.
    private func drawGoblet(on canvas: inout Canvas, using generator: inout RandomGenerator) {
        for angle in [0.5, 1.2, 1.95, 2.65] {
            Leaf(shape: .blade, color: green).draw(
                on: &canvas, at: Point(0, 0.62), angle: angle + generator.about(0, 0.15), length: 0.6)
        }
        canvas.transformed(by: .translation(Point(0, -0.3)).scaled(0.82, 0.6)) { canvas in
            drawWhorls(on: &canvas, using: &generator)
        }
        for side in [-1.0, 1] {
            var petal = Path(from: Point(0, 0.8))
            petal.curve(to: Point(side * 0.85, -0.32), Point(side * 0.75, 0.75), Point(side * 0.95, 0.25))
            petal.curve(to: Point(side * -0.12, 0.02), Point(side * 0.6, -0.05), Point(side * 0.25, 0.05))
            petal.curve(to: Point(0, 0.8), Point(side * -0.3, 0.4), Point(side * -0.2, 0.7))
            canvas.fill(
                petal,
                .linear(
                    from: Point(side * 0.7, -0.3), to: Point(0, 0.8), color.lighter(0.14), color.darker(0.45))
            )
            canvas.stroke(petal, color.darker(0.6).opacity(0.6), width: 0.025)
        }
    }
}
