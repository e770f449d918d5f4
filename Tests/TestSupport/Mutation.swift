// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Ways in which bytes break.
public enum Mutation {
    /// How often each fuzz test breaks each of its files: few unless `VGGKIT_FUZZ_MUTATIONS` says more.
    public static func count(unlessTold few: Int) -> Int {
        ProcessInfo.processInfo.environment["VGGKIT_FUZZ_MUTATIONS"].flatMap { Int($0) } ?? few
    }

    /// Numbers at their limits, of one, four and eight bytes.
    public static let limits: [[UInt8]] = [
        [0], [0xFF], [0x7F], [0x80], [0xFF, 0xFF, 0xFF, 0xFF], [0xFF, 0xFF, 0xFF, 0x7F],
        [UInt8](repeating: 0xFF, count: 8), [UInt8](repeating: 0xFF, count: 7) + [0x7F],
        [0, 0, 0, 0, 0, 0, 0, 0x40],
    ]

    /// Up to four changes: bits, bytes, pieces cut out, doubled, put in or written over.
    /// - Parameter pieces: what is put in
    public static func mutated(
        _ bytes: [UInt8], pieces: [[UInt8]], using generator: inout some RandomNumberGenerator
    ) -> [UInt8] {
        var bytes = bytes
        for _ in 0...Int.random(in: 0..<4, using: &generator) {
            guard !bytes.isEmpty else { return bytes }
            let position = Int.random(in: 0..<bytes.count, using: &generator)
            let end = min(bytes.count, position + Int.random(in: 0..<16, using: &generator))
            switch Int.random(in: 0..<6, using: &generator) {
            case 0: bytes[position] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
            case 1: bytes[position] = UInt8.random(in: 0...255, using: &generator)
            case 2: bytes.removeSubrange(position..<end)
            case 3: bytes.insert(contentsOf: pieces.randomElement(using: &generator)!, at: position)
            case 4:
                let piece = pieces.randomElement(using: &generator)!.prefix(bytes.count - position)
                bytes.replaceSubrange(position..<position + piece.count, with: piece)
            default:
                bytes.insert(
                    contentsOf: bytes[position..<end], at: Int.random(in: 0...bytes.count, using: &generator))
            }
        }
        return bytes
    }
}
