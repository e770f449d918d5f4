// SPDX-License-Identifier: Apache-2.0

/// The type of a tensor's elements. Arithmetic is done in `float32`; the others store, index and count.
public enum ScalarType: String, Sendable, CaseIterable, Codable {
    case float32, bfloat16, int32, uint8

    /// Bytes that one element takes.
    public var byteCount: Int {
        switch self {
        case .float32, .int32: 4
        case .bfloat16: 2
        case .uint8: 1
        }
    }
}

/// A Swift type that can be the element of a tensor: `Float`, `BFloat16`, `Int32`, `UInt8`.
public protocol Scalar: BitwiseCopyable, Sendable {
    /// The tensor's type for elements of this Swift type.
    static var scalarType: ScalarType { get }
    /// Converts a number. Floating-point types round to nearest; integers round towards zero and are clamped.
    init(converting value: Double)
    /// The same number in double precision, exactly.
    var doubleValue: Double { get }
}

extension Float: Scalar {
    public static var scalarType: ScalarType { .float32 }
    /// Rounds to the nearest `Float`, ties to even.
    public init(converting value: Double) { self = Float(value) }
    public var doubleValue: Double { Double(self) }
}

extension Int32: Scalar {
    public static var scalarType: ScalarType { .int32 }
    /// Rounds towards zero. Values outside the range become the nearest bound; NaN becomes 0.
    public init(converting value: Double) {
        self = value.isNaN ? 0 : Int32(Swift.max(Swift.min(value, Double(Int32.max)), Double(Int32.min)))
    }
    public var doubleValue: Double { Double(self) }
}

extension UInt8: Scalar {
    public static var scalarType: ScalarType { .uint8 }
    /// Rounds towards zero. Values outside the range become the nearest bound; NaN becomes 0.
    public init(converting value: Double) {
        self = value.isNaN ? 0 : UInt8(Swift.max(Swift.min(value, 255), 0))
    }
    public var doubleValue: Double { Double(self) }
}

/// The upper sixteen bits of a `Float`: its range, with eight bits of precision. For storage.
public struct BFloat16: Scalar, Hashable {
    /// Sign, eight bits of exponent, seven bits of fraction, from the highest bit down.
    public var bitPattern: UInt16

    /// The number whose bits these are.
    public init(bitPattern: UInt16) { self.bitPattern = bitPattern }

    /// Rounds to nearest, ties to even; NaN stays NaN.
    public init(_ value: Float) {
        let bits = value.bitPattern
        if value.isNaN {
            bitPattern = UInt16(bits >> 16) | 0x40
        } else {
            bitPattern = UInt16((UInt64(bits) + 0x7FFF + UInt64((bits >> 16) & 1)) >> 16)
        }
    }

    /// The same number as a `Float`, exactly.
    public var floatValue: Float { Float(bitPattern: UInt32(bitPattern) << 16) }

    public static var scalarType: ScalarType { .bfloat16 }
    /// Rounds to `Float` first, then to `bfloat16`, each time to nearest.
    public init(converting value: Double) { self.init(Float(value)) }
    public var doubleValue: Double { Double(floatValue) }
}
