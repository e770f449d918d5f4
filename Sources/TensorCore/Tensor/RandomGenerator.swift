// SPDX-License-Identifier: Apache-2.0

import Checks
import Foundation

/// A counter-based random generator: Philox 4×32-10.
///
/// Its output is a pure function of `(seed, stream, position)`, so a run can be taken up again at any
/// position, and independent streams (one per image, per layer, per epoch) need no shared state and no order
/// among threads.
///
/// J. K. Salmon et al., "Parallel Random Numbers: As Easy as 1, 2, 3", SC 2011.
public struct RandomGenerator: RandomNumberGenerator, Sendable, Equatable {
    /// The key: equal seeds, streams and positions give equal numbers.
    public let seed: UInt64
    /// Which of the seed's independent sequences is drawn from.
    public let stream: UInt64
    /// The number of 32-bit words drawn so far.
    public private(set) var position: UInt64

    private var block = SIMD4<UInt32>()

    /// A generator at any position of its sequence, to continue where another one stopped.
    /// - Parameter position: number of 32-bit words that count as already drawn
    public init(seed: UInt64, stream: UInt64 = 0, position: UInt64 = 0) {
        self.seed = seed
        self.stream = stream
        self.position = position
        if position & 3 != 0 { block = Self.block(seed: seed, stream: stream, counter: position >> 2) }
    }

    /// A generator that is independent of this one and of those of other keys. The position of this one does
    /// not matter.
    public func forked(_ key: UInt64) -> RandomGenerator {
        let mixed = Self.block(seed: seed, stream: stream ^ 0x9E37_79B9_7F4A_7C15, counter: key)
        return RandomGenerator(
            seed: UInt64(mixed[0]) << 32 | UInt64(mixed[1]), stream: UInt64(mixed[2]) << 32 | UInt64(mixed[3])
        )
    }

    /// The next 32 random bits.
    public mutating func nextWord() -> UInt32 {
        let lane = Int(position & 3)
        if lane == 0 { block = Self.block(seed: seed, stream: stream, counter: position >> 2) }
        position &+= 1
        return block[lane]
    }

    public mutating func next() -> UInt64 {
        let high = UInt64(nextWord())
        return high << 32 | UInt64(nextWord())
    }

    /// A number in `0 ..< count`, all equally likely. Unlike the standard library's, it is the same in every
    /// version of Swift. Takes two words, seldom more.
    ///
    /// D. Lemire, "Fast Random Integer Generation in an Interval", 2019.
    package mutating func index(below count: Int) -> Int {
        check(count > 0, "RandomGenerator: an index below \(count)")
        let bound = UInt64(count)
        var product = next().multipliedFullWidth(by: bound)
        if product.low < bound {
            let least = (0 &- bound) % bound
            while product.low < least { product = next().multipliedFullWidth(by: bound) }
        }
        return Int(product.high)
    }

    /// A number in `0 ..< 1`, a multiple of 2⁻²⁴.
    public mutating func uniform() -> Float { Self.uniform(nextWord()) }

    static func uniform(_ word: UInt32) -> Float { Float(word >> 8) * 0x1p-24 }

    /// A number uniformly distributed over the range. Takes one word.
    public mutating func uniform(in range: ClosedRange<Float>) -> Float {
        range.lowerBound + (range.upperBound - range.lowerBound) * uniform()
    }

    /// A number from the standard normal distribution (Box–Muller).
    public mutating func normal() -> Float {
        let first = nextWord()
        return Self.normal(first, nextWord())
    }

    static func normal(_ first: UInt32, _ second: UInt32) -> Float {
        let radius = (-2 * Foundation.log(Double(first) * 0x1p-32 + 0x1p-33)).squareRoot()
        let angle = 2 * Double.pi * (Double(second) * 0x1p-32)
        return Float(radius * Foundation.cos(angle))
    }

    /// The four words that Philox gives for one counter value.
    public static func block(seed: UInt64, stream: UInt64, counter: UInt64) -> SIMD4<UInt32> {
        var c0 = UInt32(truncatingIfNeeded: counter)
        var c1 = UInt32(truncatingIfNeeded: counter >> 32)
        var c2 = UInt32(truncatingIfNeeded: stream)
        var c3 = UInt32(truncatingIfNeeded: stream >> 32)
        var k0 = UInt32(truncatingIfNeeded: seed)
        var k1 = UInt32(truncatingIfNeeded: seed >> 32)
        for _ in 0..<10 {
            let product0 = UInt64(c0) &* 0xD251_1F53
            let product1 = UInt64(c2) &* 0xCD9E_8D57
            (c0, c1, c2, c3) = (
                UInt32(truncatingIfNeeded: product1 >> 32) ^ c1 ^ k0, UInt32(truncatingIfNeeded: product1),
                UInt32(truncatingIfNeeded: product0 >> 32) ^ c3 ^ k1, UInt32(truncatingIfNeeded: product0)
            )
            k0 &+= 0x9E37_79B9
            k1 &+= 0xBB67_AE85
        }
        return SIMD4(c0, c1, c2, c3)
    }
}
