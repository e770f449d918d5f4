// SPDX-License-Identifier: Apache-2.0

/// The SHA-256 digest of bytes that come in pieces. FIPS 180-4, https://doi.org/10.6028/NIST.FIPS.180-4
package struct SHA256 {
    private var state: [UInt32] = [
        0x6A09_E667, 0xBB67_AE85, 0x3C6E_F372, 0xA54F_F53A, 0x510E_527F, 0x9B05_688C, 0x1F83_D9AB,
        0x5BE0_CD19,
    ]
    /// Bytes that do not fill a block of 64 yet.
    private var rest: [UInt8] = []
    private var byteCount: UInt64 = 0
    private var schedule = [UInt32](repeating: 0, count: 64)

    package init() {}

    package mutating func add(_ bytes: [UInt8]) {
        byteCount += UInt64(bytes.count)
        rest += bytes
        let whole = rest.count / 64 * 64
        guard whole > 0 else { return }
        let blocks = rest
        blocks.withUnsafeBufferPointer { blocks in
            for start in stride(from: 0, to: whole, by: 64) { mix(blocks, at: start) }
        }
        rest.removeFirst(whole)
    }

    /// The digest in hexadecimal digits.
    package consuming func digest() -> String {
        let bits = byteCount * 8
        var padding: [UInt8] = [0x80]
        while (rest.count + padding.count) % 64 != 56 { padding.append(0) }
        padding += (0..<8).map { UInt8(truncatingIfNeeded: bits >> (56 - 8 * $0)) }
        add(padding)
        return state.map { word in
            let digits = String(word, radix: 16)
            return String(repeating: "0", count: 8 - digits.count) + digits
        }.joined()
    }

    private mutating func mix(_ bytes: UnsafeBufferPointer<UInt8>, at start: Int) {
        schedule.withUnsafeMutableBufferPointer { w in
            for index in 0..<16 {
                let position = start + 4 * index
                w[index] =
                    UInt32(bytes[position]) << 24 | UInt32(bytes[position + 1]) << 16 | UInt32(
                        bytes[position + 2])
                    << 8
                    | UInt32(bytes[position + 3])
            }
            for index in 16..<64 {
                let (a, b) = (w[index - 15], w[index - 2])
                let s0 = Self.turned(a, 7) ^ Self.turned(a, 18) ^ a >> 3
                let s1 = Self.turned(b, 17) ^ Self.turned(b, 19) ^ b >> 10
                w[index] = w[index - 16] &+ s0 &+ w[index - 7] &+ s1
            }
        }
        var (a, b, c, d) = (state[0], state[1], state[2], state[3])
        var (e, f, g, h) = (state[4], state[5], state[6], state[7])
        for index in 0..<64 {
            let s1 = Self.turned(e, 6) ^ Self.turned(e, 11) ^ Self.turned(e, 25)
            let first = h &+ s1 &+ (e & f ^ ~e & g) &+ Self.constants[index] &+ schedule[index]
            let s0 = Self.turned(a, 2) ^ Self.turned(a, 13) ^ Self.turned(a, 22)
            let second = s0 &+ (a & b ^ a & c ^ b & c)
            (h, g, f, e, d, c, b, a) = (g, f, e, d &+ first, c, b, a, first &+ second)
        }
        for (index, value) in [a, b, c, d, e, f, g, h].enumerated() { state[index] &+= value }
    }

    private static func turned(_ word: UInt32, _ by: UInt32) -> UInt32 { word >> by | word << (32 - by) }

    /// The fractional parts of the cube roots of the first 64 primes.
    private static let constants: [UInt32] = {
        let primes = (2..<312).filter { number in !(2..<number).contains { number % $0 == 0 } }
        return primes.prefix(64).map { prime in
            let root = Self.cubeRoot(prime)
            return UInt32(truncatingIfNeeded: root)
        }
    }()

    /// ⌊∛prime · 2³²⌋, found bit by bit: a product of three such numbers fits 128 bits.
    private static func cubeRoot(_ prime: Int) -> UInt64 {
        let target = UInt128(prime) << 96
        var root: UInt128 = 0
        for bit in (0..<35).reversed() {
            let candidate = root | 1 << UInt128(bit)
            if candidate * candidate * candidate <= target { root = candidate }
        }
        return UInt64(root)
    }
}
