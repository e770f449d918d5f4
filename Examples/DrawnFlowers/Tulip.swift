// SPDX-License-Identifier: Apache-2.0

import Drawing
import Foundation
import TensorCore

/// A cup of six petals on a straight stem, between two long blades.
struct Tulip: Flower {
    let color: Color
    /// The colour of flames and rims.
    let second: Color
    let openness: Double
    let green: Color

    init(using generator: inout RandomGenerator) {
        color = generator.tint(usually: [Tint.red, Tint.yellow, Tint.rose, Tint.violet])
        second = generator.chance(0.4) ? generator.near(generator.choice(Tint.all)) : color.lighter(0.25)
        openness = generator.number(0...1)
        green = Green.random(using: &generator).mixed(with: Color(hex: 0x6E9A86), 0.3)
    }

    func drawGreen(on canvas: inout Canvas, _ stance: Stance, using generator: inout RandomGenerator) {
        guard let stem = stem(stance, width: 0.15, color: green, using: &generator) else { return }
        let leaf = Leaf(shape: .blade, color: green)
        for side in [-1.0, 1] {
            guard generator.chance(0.85) else { continue }
            leaf.draw(
                on: &canvas, at: stem.place(generator.number(0...0.2)),
                angle: -.pi / 2 + side * generator.number(0.15...0.6),
                length: stance.radius * generator.number(2...3))
        }
        stem.draw(on: &canvas)
    }

    func drawHead(on canvas: inout Canvas, _ stance: Stance, using generator: inout RandomGenerator) {
        if stance.root == nil {
            canvas.transformed(by: stance.toPicture) { drawFromAbove(on: &$0, using: &generator) }
        } else {
            let tilt = generator.about(0, 0.3)
            canvas.transformed(by: .translation(stance.head).rotated(tilt).scaled(stance.radius)) { canvas in
                drawCup(on: &canvas)
            }
        }
    }

    /// The back petals, the two at the sides, the one in front.
    private func drawCup(on canvas: inout Canvas) {
        let mouth = 0.5 + 0.35 * openness
        for side in [-0.45, 0.45] {
            drawPetal(tip: Point(side * mouth, -0.98), belly: 0.5, shade: 0.4, on: &canvas)
        }
        drawPetal(tip: Point(-mouth, -0.9), belly: 0.62, shade: 0.18, on: &canvas)
        drawPetal(tip: Point(mouth, -0.9), belly: 0.62, shade: 0.22, on: &canvas)
        drawPetal(tip: Point(0, -0.74), belly: 0.66, shade: 0, on: &canvas)
    }

    /// A petal from the foot of the cup to its tip.
    private func drawPetal(tip: Point, belly: Double, shade: Double, on canvas: inout Canvas) {
        let foot = Point(0, 0.85)
        var outline = Path(from: foot)
        outline.curve(to: tip, Point(tip.x * 0.6 - belly * 1.25, 0.75), Point(tip.x - belly * 0.75, -0.35))
        outline.curve(to: foot, Point(tip.x + belly * 0.75, -0.35), Point(tip.x * 0.6 + belly * 1.25, 0.75))
        outline.close()
        let base = color.darker(shade)
        canvas.fill(
            outline,
            .linear(
                from: foot, to: tip,
                [
                    .init(0, base.mixed(with: Tint.cream, 0.25)), .init(0.35, base),
                    .init(1, second.darker(shade)),
                ]))
        canvas.stroke(outline, color.darker(0.55).opacity(0.6), width: 0.03)
        for offset in [-0.25, 0, 0.25] {
            var vein = Path(from: foot.toward(tip, 0.15))
            let middle = Point(tip.x * 0.6 + offset * belly * 1.6, 0.05)
            vein.curve(to: tip.toward(foot, 0.1), middle, middle)
            canvas.stroke(vein, color.darker(shade + 0.25).opacity(0.35), width: 0.025)
        }
    }

    /// Wide open: two whorls of three, a dark star in their middle, six stamens.
    private func drawFromAbove(on canvas: inout Canvas, using generator: inout RandomGenerator) {
        let start = generator.angle()
        let heart = generator.choice([Color(hex: 0x2A1A30), Color(hex: 0x3A4A1C)])
        for whorl in 0..<2 {
            let petal = Petal(
                length: 1 - 0.07 * Double(whorl), width: 0.78, tip: .pointed,
                base: color.darker(0.35 - 0.2 * Double(whorl)),
                rim: second)
            canvas.drawRing(
                of: petal, count: 3, from: start + Double(whorl) * .pi / 3, unevenness: 0.06,
                using: &generator)
        }
        for index in 0..<6 {
            canvas.transformed(by: .rotation(start + Double(index) * .pi / 3)) { canvas in
                canvas.fill(.ellipse(Point(0.16, 0), width: 0.36, height: 0.16), heart)
                canvas.fill(.ellipse(Point(0.24, 0.04), width: 0.16, height: 0.06), Color(hex: 0x3A2A1A))
            }
        }
        canvas.fill(.circle(.zero, radius: 0.08), Color(hex: 0xC8CC78))
    }
}
