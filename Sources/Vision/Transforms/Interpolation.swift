// SPDX-License-Identifier: Apache-2.0

/// How values between pixels are computed.
public enum Interpolation: String, Sendable, Codable {
    /// The pixel that the coordinate falls into.
    case nearest
    /// A triangle over the two nearest pixels, wider when the picture shrinks (antialiased).
    case bilinear
    /// Keys' cubic with a = -0.5 over the four nearest, wider when the picture shrinks.
    case bicubic

    var support: Double { self == .bicubic ? 2 : 1 }

    func weight(_ distance: Double) -> Double {
        let x = abs(distance)
        switch self {
        case .nearest: return x < 0.5 ? 1 : 0
        case .bilinear: return x < 1 ? 1 - x : 0
        case .bicubic:
            let a = -0.5
            if x < 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
            return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0
        }
    }
}
