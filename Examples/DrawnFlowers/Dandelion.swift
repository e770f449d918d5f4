// SPDX-License-Identifier: Apache-2.0

import Drawing
import Foundation
import TensorCore

/// First a dense mop of tongues without any button; later a sphere of parachutes.
struct Dandelion: Flower {
    let isClock: Bool
    let color: Color
    let green: Color

    init(using generator: inout RandomGenerator) {
        isClock = generator.chance(0.45)
        color = generator.tint(
            usually: isClock ? [Tint.white, Tint.cream, Tint.lilac] : [Tint.yellow, Tint.gold, Tint.orange])
        green = Green.random(using: &generator)
    }

    func drawGreen(on canvas: inout Canvas, _ stance: Stance, using generator: inout RandomGenerator) {
        let reddish = green.mixed(with: Color(hex: 0xA0705C), generator.number(0...0.6))
        guard let stem = stem(stance, width: 0.1, color: reddish.lighter(0.15), using: &generator) else {
            return
        }
        for _ in 0..<generator.whole(0...4) {
            Leaf(shape: .toothed, color: green).draw(
                on: &canvas, at: stem.place(0), angle: generator.about(-.pi / 2, 1.3),
                length: stance.radius * generator.number(1...1.8))
        }
        stem.draw(on: &canvas)
    }

    func drawHead(on canvas: inout Canvas, _ stance: Stance, using generator: inout RandomGenerator) {
        if isClock {
            // A sphere looks the same from everywhere.
            canvas.transformed(by: .translation(stance.head).scaled(stance.radius)) { canvas in
                drawClock(on: &canvas, using: &generator)
            }
        } else {
            canvas.transformed(by: stance.toPicture) { drawMop(on: &$0, using: &generator) }
        }
    }

    private func drawMop(on canvas: inout Canvas, using generator: inout RandomGenerator) {
        let layers = 7
        for layer in 0..<layers {
            let share = Double(layer) / Double(layers)
            let tongue = Petal(
                length: 1 - 0.82 * share, width: 0.075, tip: .toothed,
                base: color.darker(0.45 - 0.1 * share),
                rim: color.mixed(with: Tint.gold, 0.3 * share).lighter(0.1))
            canvas.drawRing(
                of: tongue, count: 38 - 3 * layer, from: generator.angle(), unevenness: 0.16,
                using: &generator)
        }
    }

    private func drawClock(on canvas: inout Canvas, using generator: inout RandomGenerator) {
        let lost = generator.angle()
        let loss = generator.chance(0.3) ? generator.number(0.3...1.2) : 0
        if loss == 0 {
            canvas.fill(
                .circle(.zero, radius: 1),
                .radial(center: .zero, radius: 1, color.opacity(0.45), color.opacity(0.16)))
        }
        let count = generator.whole(90...140)
        for index in 0..<count {
            // Evenly over the half of the sphere that is seen: the golden angle.
            let height = (Double(index) + 0.5) / Double(count)
            let place = Point(
                angle: Double(index) * 2.39996, length: (1 - height * height).squareRoot() * 0.9)
            let away = abs(atan2(sin(place.angle - lost), cos(place.angle - lost)))
            guard away > loss else { continue }
            drawParachute(at: place, on: &canvas, using: &generator)
        }
        canvas.fill(
            .circle(.zero, radius: 0.17),
            .radial(center: Point(-0.04, -0.04), radius: 0.2, Color(hex: 0x9A7B4A), Color(hex: 0x4A3822)))
    }

    private func drawParachute(
        at place: Point, on canvas: inout Canvas, using generator: inout RandomGenerator
    ) {
        canvas.stroke(.line(0.15 * place, place), color.opacity(0.55), width: 0.014)
        canvas.fill(.circle(0.22 * place, radius: 0.02), Color(hex: 0x5A4026))
        let start = generator.angle()
        var star = Path()
        for arm in 0..<7 {
            star.append(
                .line(
                    place,
                    place + Point(angle: start + Double(arm) * 0.898, length: generator.number(0.09...0.16))))
        }
        canvas.stroke(star, color.opacity(0.9), width: 0.018)
    }
}
