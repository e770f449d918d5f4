// SPDX-License-Identifier: Apache-2.0

/// An integer that does not fit 64 bits. Python's integers have no bounds; states of random number generators
/// use this.
public struct LargeInteger: Sendable, Hashable, CustomStringConvertible {
    /// Two's complement, least significant byte first, without redundant sign bytes.
    public let bytes: [UInt8]

    /// The most bytes that are read. Converting an integer to text takes time quadratic in its length.
    static let longest = 512
    private static let longestText = 1234

    /// - Parameter bytes: two's complement, least significant byte first
    public init(littleEndian bytes: some Sequence<UInt8>) {
        var bytes = Array(bytes)
        while bytes.count > 1, let last = bytes.last, last == (bytes[bytes.count - 2] >= 0x80 ? 0xFF : 0) {
            bytes.removeLast()
        }
        self.bytes = bytes
    }

    /// - Parameter text: digits, after a sign or none
    init?(decimal text: some StringProtocol) {
        let digits = text.first.map { "+-".contains($0) } ?? false ? text.dropFirst() : text[...]
        guard !digits.isEmpty, digits.utf8.count <= Self.longestText,
            digits.utf8.allSatisfy({ (0x30...0x39).contains($0) })
        else { return nil }
        var magnitude: [UInt8] = [0]
        for digit in digits.utf8 {
            var carry = Int(digit - 0x30)
            for index in magnitude.indices {
                let value = Int(magnitude[index]) * 10 + carry
                (magnitude[index], carry) = (UInt8(value & 0xFF), value >> 8)
            }
            if carry > 0 { magnitude.append(UInt8(carry)) }
        }
        magnitude.append(0)
        self.init(littleEndian: text.first == "-" ? Self.negated(magnitude) : magnitude)
    }

    private var isNegative: Bool { (bytes.last ?? 0) >= 0x80 }

    private static func negated(_ bytes: [UInt8]) -> [UInt8] {
        var carry = true
        return bytes.map { byte in
            let (value, overflow) = (~byte).addingReportingOverflow(carry ? 1 : 0)
            carry = overflow
            return value
        }
    }

    private var magnitude: [UInt8] { isNegative ? Self.negated(bytes + [0xFF]) : bytes }

    /// The nearest number, or infinity.
    public var double: Double {
        let value = magnitude.reversed().reduce(0.0) { $0 * 256 + Double($1) }
        return isNegative ? -value : value
    }

    /// Decimal digits.
    public var description: String {
        var (rest, groups): ([UInt8], [Int]) = (magnitude, [])
        while rest.last == 0 { rest.removeLast() }
        while !rest.isEmpty {
            var remainder = 0
            for index in rest.indices.reversed() {
                let value = remainder << 8 | Int(rest[index])
                (rest[index], remainder) = (UInt8(value / 1_000_000_000), value % 1_000_000_000)
            }
            while rest.last == 0 { rest.removeLast() }
            groups.append(remainder)
        }
        let text = groups.reversed().map { group in
            String(repeating: "0", count: 9 - "\(group)".count) + "\(group)"
        }.joined().drop { $0 == "0" }
        return (isNegative ? "-" : "") + (text.isEmpty ? "0" : text)
    }
}
