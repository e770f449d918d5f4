// SPDX-License-Identifier: Apache-2.0

import Drawing
import TensorCore

/// How nature varies what it repeats.
extension RandomGenerator {
    mutating func number(_ range: ClosedRange<Double>) -> Double {
        range.lowerBound + (range.upperBound - range.lowerBound) * Double(uniform())
    }

    /// A number about `center`, off by `spread` at most.
    mutating func about(_ center: Double, _ spread: Double) -> Double {
        number(center - spread...center + spread)
    }

    mutating func angle() -> Double { number(0...2 * .pi) }

    mutating func chance(_ probability: Double) -> Bool { Double(uniform()) < probability }

    mutating func whole(_ range: ClosedRange<Int>) -> Int {
        range.lowerBound + min(Int(Double(uniform()) * Double(range.count)), range.count - 1)
    }

    mutating func choice<Element>(_ elements: [Element]) -> Element {
        elements[whole(0...elements.count - 1)]
    }

    /// A colour of a kind: most often one that is usual for it, else any that petals have.
    mutating func tint(usually usual: [Color]) -> Color {
        near(choice(chance(0.6) ? usual : Tint.all))
    }

    mutating func place(in area: Rectangle) -> Point {
        Point(number(area.x...area.maxX), number(area.y...area.maxY))
    }

    /// A colour that is nearly the given one.
    mutating func near(_ color: Color, _ spread: Double = 0.06) -> Color {
        let brightness = about(0, spread)
        return Color(
            color.red + brightness + about(0, spread / 2), color.green + brightness + about(0, spread / 2),
            color.blue + brightness + about(0, spread / 2), alpha: color.alpha)
    }
}

/// The colours that petals of several kinds share, so that no colour gives a kind away.
enum Tint {
    static let white = Color(hex: 0xF6F4EE)
    static let cream = Color(hex: 0xF5E9C0)
    static let yellow = Color(hex: 0xF6CC1B)
    static let gold = Color(hex: 0xEFA512)
    static let orange = Color(hex: 0xEC7A22)
    static let coral = Color(hex: 0xF07F68)
    static let pink = Color(hex: 0xEE96B4)
    static let rose = Color(hex: 0xD8447C)
    static let red = Color(hex: 0xC4202C)
    static let wine = Color(hex: 0x7C1830)
    static let lilac = Color(hex: 0xB48CD0)
    static let violet = Color(hex: 0x7A3E9C)

    static let all = [white, cream, yellow, gold, orange, coral, pink, rose, red, wine, lilac, violet]
}
