// SPDX-License-Identifier: Apache-2.0

import Drawing
import TensorCore

/// A great disc of seeds in spirals, with a narrow flame of pointed petals.
struct Sunflower: Flower {
    let flame: Color
    let seeds: Color
    let count: Int
    let disc: Double
    let green: Color

    init(using generator: inout RandomGenerator) {
        flame = generator.tint(usually: [Tint.yellow, Tint.gold, Tint.orange])
        seeds = generator.near(
            generator.choice([0x3A2414, 0x57381C, 0x2A1C18, 0x8A5A20].map { Color(hex: $0) }))
        count = generator.whole(18...26)
        disc = generator.number(0.5...0.62)
        green = Green.random(using: &generator)
    }

    func drawGreen(on canvas: inout Canvas, _ stance: Stance, using generator: inout RandomGenerator) {
        guard let stem = stem(stance, width: 0.16, color: green, using: &generator) else { return }
        stem.draw(on: &canvas)
        for side in [-1.0, 1] {
            guard generator.chance(0.7) else { continue }
            Leaf(shape: .heart, color: green).draw(
                on: &canvas, at: stem.place(generator.number(0.15...0.6)),
                angle: -.pi / 2 + side * generator.number(0.7...1.6),
                length: stance.radius * generator.number(0.8...1.3))
        }
    }

    func drawHead(on canvas: inout Canvas, _ stance: Stance, using generator: inout RandomGenerator) {
        canvas.transformed(by: stance.toPicture) { canvas in
            let start = generator.angle()
            var petal = Petal(
                length: 1, width: 5.2 / Double(count), tip: .pointed, base: flame.darker(0.4),
                rim: flame.darker(0.1))
            canvas.drawRing(of: petal, count: count, from: start, unevenness: 0.12, using: &generator)
            (petal.length, petal.base, petal.rim) = (0.92, flame.darker(0.25), flame.lighter(0.05))
            canvas.drawRing(
                of: petal, count: count, from: start + .pi / Double(count), unevenness: 0.12,
                using: &generator)
            drawDisc(on: &canvas, using: &generator)
        }
    }

    /// Seed number n stands at n golden angles, √n away from the middle.
    ///
    /// H. Vogel, "A better way to construct the sunflower head", Mathematical Biosciences 44, 1979.
    private func drawDisc(on canvas: inout Canvas, using generator: inout RandomGenerator) {
        canvas.fill(
            .circle(.zero, radius: disc),
            .radial(
                center: Point(-0.05, -0.05), radius: disc,
                [.init(0, seeds.lighter(0.25)), .init(0.45, seeds.darker(0.3)), .init(1, seeds)]))
        let count = 150
        for index in 1...count {
            let share = (Double(index) / Double(count)).squareRoot()
            let place = Point(angle: Double(index) * 2.39996, length: disc * share * 0.97)
            let color = share > 0.72 ? seeds.mixed(with: flame, 0.45) : seeds.lighter(0.18)
            canvas.fill(.circle(place, radius: 0.024), generator.near(color, 0.08))
        }
    }
}
