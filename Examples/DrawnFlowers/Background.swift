// SPDX-License-Identifier: Apache-2.0

import Drawing
import TensorCore

/// What a flower stands before.
enum Background: CaseIterable {
    case meadow, sky, dusk, dark, bokeh, soil, table, wall, foliage

    func draw(on canvas: inout Canvas, using generator: inout RandomGenerator) {
        switch self {
        case .meadow: drawMeadow(on: &canvas, using: &generator)
        case .sky: drawSky(on: &canvas, Color(hex: 0x4A86C8), Color(hex: 0xCFE2F0), using: &generator)
        case .dusk: drawSky(on: &canvas, Color(hex: 0x5A4A7A), Color(hex: 0xF0A868), using: &generator)
        case .dark: drawGradient(on: &canvas, Color.grey(0.03), Color(hex: 0x2A2E34), using: &generator)
        case .bokeh: drawBokeh(on: &canvas, using: &generator)
        case .soil: drawSoil(on: &canvas, using: &generator)
        case .table: drawTable(on: &canvas, using: &generator)
        case .wall: drawGradient(on: &canvas, generator.choice(Tint.all), Color.grey(0.8), using: &generator)
        case .foliage: drawFoliage(on: &canvas, using: &generator)
        }
    }

    private func drawGradient(
        on canvas: inout Canvas, _ first: Color, _ second: Color, using generator: inout RandomGenerator
    ) {
        let way = Point(angle: generator.angle(), length: 0.7)
        let middle = Point(0.5, 0.5)
        canvas.fill(
            .linear(from: middle - way, to: middle + way, generator.near(first), generator.near(second)))
    }

    private func drawMeadow(on canvas: inout Canvas, using generator: inout RandomGenerator) {
        let green = Green.random(using: &generator)
        canvas.fill(
            .linear(
                from: Point(0, 0), to: Point(0, 1), green.lighter(generator.number(0...0.4)),
                green.darker(0.3)))
        for _ in 0..<90 {
            let foot = Point(generator.number(-0.1...1.1), generator.number(0.3...1.3))
            let tip = foot + Point(generator.about(0, 0.15), -generator.number(0.2...0.6))
            canvas.stroke(
                .line(foot, tip), generator.near(green, 0.18).opacity(0.8),
                width: generator.number(0.005...0.018))
        }
        let dots = generator.choice(Tint.all)
        for _ in 0..<generator.whole(0...12) {
            canvas.fill(
                .circle(generator.place(in: unit), radius: generator.number(0.01...0.03)),
                generator.near(dots).opacity(0.8))
        }
    }

    private func drawSky(
        on canvas: inout Canvas, _ zenith: Color, _ horizon: Color, using generator: inout RandomGenerator
    ) {
        canvas.fill(
            .linear(
                from: Point(0.5, 0), to: Point(0.5, 1), generator.near(zenith, 0.1), generator.near(horizon)))
        for _ in 0..<generator.whole(0...5) {
            let center = generator.place(in: unit)
            for _ in 0..<6 {
                let puff = center + Point(generator.about(0, 0.2), generator.about(0, 0.05))
                drawGlow(
                    at: puff, radius: generator.number(0.06...0.18), Color.white.opacity(0.45), on: &canvas)
            }
        }
        guard generator.chance(0.4) else { return }
        let hill = generator.number(0.6...0.9)
        let points = [
            Point(-0.1, 1.2), Point(-0.1, hill), Point(0.5, hill + generator.about(0, 0.08)),
            Point(1.1, hill), Point(1.1, 1.2),
        ]
        canvas.fill(.smooth(closed: points), Green.random(using: &generator).darker(0.2))
    }

    private func drawBokeh(on canvas: inout Canvas, using generator: inout RandomGenerator) {
        let ground = generator.choice([
            Green.random(using: &generator), Color(hex: 0x3A3A30), Color(hex: 0x2A4A5A),
        ])
        drawGradient(on: &canvas, ground.darker(0.4), ground, using: &generator)
        let colors = [generator.choice(Tint.all), ground.lighter(0.4), generator.choice(Tint.all)]
        for _ in 0..<generator.whole(10...30) {
            let color = generator.near(generator.choice(colors)).opacity(generator.number(0.15...0.45))
            canvas.fill(.circle(generator.place(in: unit), radius: generator.number(0.03...0.12)), color)
        }
    }

    private func drawSoil(on canvas: inout Canvas, using generator: inout RandomGenerator) {
        let earth = generator.near(
            generator.choice([0x5A4030, 0x7A6048, 0x3A2E26, 0x9A8A70].map { Color(hex: $0) }))
        canvas.fill(.color(earth))
        for _ in 0..<250 {
            let place = generator.place(in: unit)
            let size = generator.number(0.008...0.04)
            canvas.fill(
                .ellipse(place, width: size, height: size * generator.number(0.5...1)),
                generator.near(earth, 0.16).opacity(0.8))
        }
    }

    private func drawTable(on canvas: inout Canvas, using generator: inout RandomGenerator) {
        let wood = generator.near(
            generator.choice([0xA87848, 0x6A4428, 0xC8B090, 0xD8D4CC, 0x584C48].map { Color(hex: $0) }))
        canvas.fill(.color(wood))
        canvas.transformed(
            by: .translation(Point(0.5, 0.5)).rotated(generator.angle()).translated(Point(-1, -1)).scaled(2)
        ) {
            for plank in 0..<8 {
                let top = Double(plank) / 8
                $0.fill(
                    .rectangle(Rectangle(x: 0, y: top, width: 1, height: 0.125)), generator.near(wood, 0.07))
                for _ in 0..<6 {
                    let y = top + generator.number(0...0.125)
                    $0.stroke(
                        .line(Point(0, y), Point(1, y + generator.about(0, 0.01))),
                        wood.darker(0.25).opacity(0.4), width: 0.003)
                }
                $0.stroke(.line(Point(0, top), Point(1, top)), wood.darker(0.6), width: 0.006)
            }
        }
    }

    private func drawFoliage(on canvas: inout Canvas, using generator: inout RandomGenerator) {
        let green = Green.random(using: &generator).darker(0.25)
        canvas.fill(.color(green.darker(0.5)))
        let shape = generator.choice([Leaf.Shape.serrated, .heart, .blade, .spoon, .toothed])
        for _ in 0..<45 {
            let leaf = Leaf(shape: shape, color: generator.near(green, 0.12))
            leaf.draw(
                on: &canvas, at: generator.place(in: Rectangle(x: -0.1, y: -0.1, width: 1.2, height: 1.2)),
                angle: generator.angle(), length: generator.number(0.2...0.4))
        }
    }

    private func drawGlow(at center: Point, radius: Double, _ color: Color, on canvas: inout Canvas) {
        canvas.fill(
            .circle(center, radius: radius), .radial(center: center, radius: radius, color, color.opacity(0)))
    }

    private var unit: Rectangle { Rectangle(x: 0, y: 0, width: 1, height: 1) }
}
