// SPDX-License-Identifier: Apache-2.0

import Foundation
import Vision

/// A PNG as a list of chunks, to be put together in other ways than writers do.
struct PNGFile {
    struct Chunk {
        var name: String
        var body: [UInt8]
        /// What the header says; nil for the true length.
        var claimedLength: UInt32?
        var hasChecksum = true

        init(_ name: String, _ body: [UInt8]) { (self.name, self.body) = (name, body) }

        var bytes: [UInt8] {
            let named = Array(name.utf8) + body
            return bigEndian(claimedLength ?? UInt32(body.count)) + named
                + (hasChecksum ? bigEndian(checksum(named)) : [])
        }
    }

    static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
    var chunks: [Chunk]

    init(_ chunks: [Chunk]) { self.chunks = chunks }

    init(_ image: Image) { self.init(image.pngData) }

    init(_ data: Data) {
        let bytes = Array(data)
        chunks = []
        var position = 8
        while position + 12 <= bytes.count {
            let length = bytes[position..<position + 4].reduce(0) { $0 << 8 | Int($1) }
            let start = position + 8
            chunks.append(
                Chunk(
                    String(decoding: bytes[start - 4..<start], as: UTF8.self),
                    Array(bytes[start..<start + length])))
            position = start + length + 4
        }
    }

    /// Of one row or more of a kind that writers here do not write; the pixels are stored, not compressed.
    init(width: UInt32, height: UInt32, depth: UInt8, kind: UInt8, rows: [UInt8]) {
        chunks = [
            Chunk("IHDR", bigEndian(width) + bigEndian(height) + [depth, kind, 0, 0, 0]),
            Chunk("IDAT", stored(rows)),
            Chunk("IEND", []),
        ]
    }

    mutating func insert(_ chunk: Chunk, before name: String) {
        chunks.insert(chunk, at: chunks.firstIndex { $0.name == name }!)
    }

    var data: Data { Data(Self.signature + chunks.flatMap(\.bytes)) }

    /// EXIF with an orientation and nothing else.
    static func exif(_ orientation: UInt8) -> [UInt8] {
        Array("MM".utf8)
            + [0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0]
    }
}

func bigEndian(_ value: UInt32) -> [UInt8] { [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) } }

/// CRC-32, as a chunk of PNG ends with.
func checksum(_ bytes: some Sequence<UInt8>) -> UInt32 {
    var register: UInt32 = ~0
    for byte in bytes {
        register ^= UInt32(byte)
        for _ in 0..<8 { register = register & 1 == 1 ? register >> 1 ^ 0xEDB8_8320 : register >> 1 }
    }
    return ~register
}

/// zlib's data of bytes that are not compressed.
func stored(_ bytes: [UInt8]) -> [UInt8] {
    let length = UInt16(bytes.count)
    var (a, b): (UInt32, UInt32) = (1, 0)
    for byte in bytes {
        a = (a + UInt32(byte)) % 65521
        b = (b + a) % 65521
    }
    let lengths = [UInt8(length & 255), UInt8(length >> 8), UInt8(~length & 255), UInt8(~length >> 8)]
    return [0x78, 1, 1] + lengths + bytes + bigEndian(b << 16 | a)
}
