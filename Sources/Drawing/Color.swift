// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A colour in sRGB; red, green, blue and alpha lie between 0 and 1.
public struct Color: Sendable, Equatable {
    public var red: Double
    public var green: Double
    public var blue: Double
    public var alpha: Double

    public init(_ red: Double, _ green: Double, _ blue: Double, alpha: Double = 1) {
        self.red = min(max(red, 0), 1)
        self.green = min(max(green, 0), 1)
        self.blue = min(max(blue, 0), 1)
        self.alpha = min(max(alpha, 0), 1)
    }

    /// - Parameter hex: red, green and blue, as `0xE69F00`
    public init(hex: UInt32) {
        self.init(Double(hex >> 16 & 255) / 255, Double(hex >> 8 & 255) / 255, Double(hex & 255) / 255)
    }

    /// - Parameters:
    ///   - hue: in degrees: 0 red, 120 green, 240 blue
    ///   - saturation: 0 grey … 1
    ///   - value: 0 black … 1
    public init(hue: Double, saturation: Double, value: Double) {
        func channel(_ offset: Double) -> Double {
            let sector = (offset + hue / 60).truncatingRemainder(dividingBy: 6)
            let position = sector < 0 ? sector + 6 : sector
            return value * (1 - saturation * max(0, min(position, 4 - position, 1)))
        }
        self.init(channel(5), channel(3), channel(1))
    }

    public static let white = Color(1, 1, 1)
    public static let black = Color(0, 0, 0)

    public static func grey(_ level: Double) -> Color { Color(level, level, level) }

    public func opacity(_ alpha: Double) -> Color { Color(red, green, blue, alpha: alpha) }

    /// This colour with a share of another stirred in.
    public func mixed(with other: Color, _ share: Double) -> Color {
        func mix(_ a: Double, _ b: Double) -> Double { a + share * (b - a) }
        return Color(
            mix(red, other.red), mix(green, other.green), mix(blue, other.blue),
            alpha: mix(alpha, other.alpha))
    }

    public func lighter(_ share: Double) -> Color { mixed(with: .white.opacity(alpha), share) }
    public func darker(_ share: Double) -> Color { mixed(with: .black.opacity(alpha), share) }
}
