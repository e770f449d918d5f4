// SPDX-License-Identifier: Apache-2.0

import Drawing
import Foundation
import TensorCore

/// Where a picture is taken, and where its flowers stand. It knows nothing of their kind.
struct Scene {
    let background: Background
    let stances: [Stance]
    private let hasForeground: Bool

    init(using generator: inout RandomGenerator) {
        background = generator.choice(Background.allCases)
        let isFromAbove = generator.chance(0.2)
        let count = generator.chance(0.65) ? 1 : generator.whole(2...3)
        let sizes = count == 1 ? 0.3...0.42 : count == 2 ? 0.24...0.3 : 0.2...0.24
        var stances: [Stance] = []
        for _ in 0..<count {
            let radius = generator.number(sizes)
            // A few places are tried, so that no flower hides another.
            for _ in 0..<12 {
                let margin = 0.75 * radius
                let height = isFromAbove ? 1 - 2 * margin : 0.8 - 1.4 * margin
                let head = generator.place(
                    in: Rectangle(x: margin, y: margin + 0.04, width: 1 - 2 * margin, height: height))
                guard stances.allSatisfy({ ($0.head - head).length > 0.85 * ($0.radius + radius) }) else {
                    continue
                }
                stances.append(
                    Stance(
                        head: head, radius: radius,
                        root: isFromAbove
                            ? nil : Point(head.x + generator.about(0, 0.2), generator.number(1.02...1.2)),
                        facing: generator.number(isFromAbove ? 0.85...1 : 0.62...1), lean: generator.angle()))
                break
            }
        }
        // Who stands higher stands farther back.
        self.stances = stances.sorted { $0.head.y < $1.head.y }
        hasForeground = generator.chance(0.3)
    }

    /// What lies behind the flowers, mostly out of focus.
    func backdrop(size: Int, using generator: inout RandomGenerator) -> Bitmap {
        let bitmap = Bitmap(width: size, height: size) { canvas in
            canvas.transformed(by: .scale(Double(size))) { background.draw(on: &$0, using: &generator) }
        }
        return bitmap.blurred(radius: Double(size) * generator.number(0...0.03))
    }

    /// Blades of grass or a twig that hide a little of the flowers.
    func drawForeground(on canvas: inout Canvas, using generator: inout RandomGenerator) {
        guard hasForeground else { return }
        let color = generator.near(
            generator.choice([0x3F6A2A, 0x7A9A4A, 0x8A7A4A, 0x2A3A22].map { Color(hex: $0) }))
        for _ in 0..<generator.whole(1...4) {
            let foot = Point(generator.number(-0.1...1.1), 1.05)
            let tip = Point(foot.x + generator.about(0, 0.45), generator.number(0.1...0.6))
            let bend = foot.toward(tip, 0.5) + Point(generator.about(0, 0.12), 0)
            let half = generator.number(0.006...0.018)
            var blade = Path(from: foot - Point(half, 0))
            blade.curve(to: tip, bend - Point(half, 0), bend - Point(half, 0))
            blade.curve(to: foot + Point(half, 0), bend + Point(half, 0), bend + Point(half, 0))
            canvas.fill(blade, .linear(from: foot, to: tip, color.darker(0.3), color.lighter(0.15)))
        }
    }
}
