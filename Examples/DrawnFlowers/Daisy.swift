// SPDX-License-Identifier: Apache-2.0

import Drawing
import TensorCore

/// A small button with a single ring of slender rays, loosely set.
struct Daisy: Flower {
    let rays: Color
    let button: Color
    let count: Int
    let slenderness: Double
    let green: Color

    init(using generator: inout RandomGenerator) {
        rays = generator.tint(usually: [Tint.white, Tint.white, Tint.cream, Tint.pink])
        button = generator.near(
            generator.choice([Tint.yellow, Tint.gold, Tint.orange]))
        count = generator.whole(12...20)
        slenderness = generator.number(0.9...1.15)
        green = Green.random(using: &generator)
    }

    func drawGreen(on canvas: inout Canvas, _ stance: Stance, using generator: inout RandomGenerator) {
        guard let stem = stem(stance, width: 0.09, color: green, using: &generator) else { return }
        stem.draw(on: &canvas)
        for _ in 0..<generator.whole(0...3) {
            Leaf(shape: .spoon, color: green).draw(
                on: &canvas, at: stem.place(generator.number(0...0.3)), angle: generator.about(-.pi / 2, 1.3),
                length: stance.radius * generator.number(0.6...1.1))
        }
    }

    func drawHead(on canvas: inout Canvas, _ stance: Stance, using generator: inout RandomGenerator) {
        canvas.transformed(by: stance.toPicture) { canvas in
            let petal = Petal(
                length: 1, width: slenderness * 4.6 / Double(count), tip: .round, base: rays.darker(0.22),
                rim: rays)
            canvas.drawRing(
                of: petal, count: count, from: generator.angle(), unevenness: 0.1, using: &generator)
            let radius = generator.number(0.24...0.3)
            canvas.fill(.circle(Point(0.02, 0.03), radius: radius * 1.08), rays.darker(0.6).opacity(0.4))
            canvas.fill(
                .circle(.zero, radius: radius),
                .radial(
                    center: Point(-0.08, -0.1), radius: 1.5 * radius, button.lighter(0.2), button.darker(0.35)
                ))
            for _ in 0..<24 {
                let place = Point(angle: generator.angle(), length: radius * generator.number(0...0.9))
                canvas.fill(.circle(place, radius: 0.025), button.lighter(generator.number(0...0.4)))
            }
        }
    }
}
