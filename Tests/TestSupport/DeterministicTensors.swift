// SPDX-License-Identifier: Apache-2.0

import TensorCore

/// Values that are a pure function of a seed and an index: Tests/Oracle/fixtures.py makes the same ones in
/// Python.
public enum Deterministic {
    /// The word at an index: SplitMix64's finalizer over seed and index.
    public static func word(seed: UInt64, _ index: Int) -> UInt64 {
        var z = (seed &+ 1) &* 0x9E37_79B9_7F4A_7C15 &+ UInt64(index) &* 0xD1B5_4A32_D192_ED03
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// A seed from names: the CRC-32 of them joined by slashes.
    public static func seed(_ names: [String]) -> UInt64 { UInt64(crc32(names.joined(separator: "/"))) }

    /// A multiple of 2⁻²³ in `-1 ..< 1`.
    public static func uniform(seed: UInt64, _ index: Int) -> Float {
        Float(word(seed: seed, index) >> 40) * 0x1p-23 - 1
    }

    /// A multiple of a quarter in `-1 ..< 1`: equal values are common.
    public static func coarse(seed: UInt64, _ index: Int) -> Float {
        (uniform(seed: seed, index) * 4).rounded(.down) / 4
    }

    /// An integer in `0 ..< bound`.
    public static func integer(seed: UInt64, _ index: Int, below bound: Int) -> Int {
        Int(word(seed: seed, index) >> 40) % bound
    }

    /// Multiples of 2⁻²³ in `-1 ..< 1`, times `scale`, plus `shift`.
    public static func tensor(_ shape: [Int], seed: UInt64, scale: Float = 1, shift: Float = 0) -> Tensor {
        tensor(shape) { uniform(seed: seed, $0) * scale + shift }
    }

    /// Integers in `0 ..< bound` as `int32`.
    public static func labels(_ shape: [Int], seed: UInt64, below bound: Int) -> Tensor {
        let count = shape.reduce(1, *)
        return Tensor((0..<count).map { Int32(integer(seed: seed, $0, below: bound)) }, shape: shape)
    }

    static func tensor(_ shape: [Int], _ value: (Int) -> Float) -> Tensor {
        let count = shape.reduce(1, *)
        return Tensor((0..<count).map(value), shape: shape)
    }
}
