// SPDX-License-Identifier: Apache-2.0

import CImages
import TensorCore

/// Reads a PNG's chunks for the properties of its picture. Other chunks are skipped, whatever length they
/// claim; metadata may also come after the pixels.
///
/// Specification: https://www.w3.org/TR/png-3/
struct PNGHeader: Sendable, Equatable {
    let size: Extent
    /// Channels after decoding: 1 for grey, 3 for RGB.
    let channels: Int
    private let bitsPerPixel: Int
    private(set) var tags = OrientationTags()
    /// Whether the file ends within a chunk, or before the last one.
    private(set) var isCut = false

    /// Deflate makes at most 1032 bytes of one.
    var leastByteCount: Int {
        Int(Double(size.height) * Double(size.width) * Double(bitsPerPixel) / (8 * 1032))
    }

    /// Longer metadata is skipped.
    private static let longestMetadata = 16 << 20

    private struct Chunk {
        let name: String
        let length: Int
        let start: Int
        var end: Int { start + length + 4 }
    }

    /// - Throws: `ImageError`
    init(_ bytes: inout ByteWindow, source: String) throws(ImageError) {
        guard let first = try Self.chunk(at: 8, &bytes) else {
            throw .truncated(source: source, reason: "it has \(bytes.count) bytes")
        }
        guard first.name != "CgBI" else {
            throw .unsupported(
                source: source, reason: "it is a PNG of Apple's own kind (CgBI), as apps hold them")
        }
        guard first.name == "IHDR", first.length == 13 else {
            throw .corrupt(source: source, reason: "it begins with another chunk than IHDR")
        }
        guard let fields = try Self.body(of: first, &bytes) else {
            guard bytes.count >= first.end else {
                throw .truncated(source: source, reason: "it ends within IHDR")
            }
            throw .corrupt(source: source, reason: "IHDR: CRC error")
        }
        let (width, height) = (Self.number(fields.prefix(4)), Self.number(fields[4..<8]))
        guard width > 0, height > 0, max(width, height) <= Int(Int32.max) else {
            throw .corrupt(source: source, reason: "it has \(width)×\(height) pixels")
        }
        size = Extent(height, width)
        let (depth, kind) = (Int(fields[8]), Int(fields[9]))
        guard let samples = Self.samples(kind, depth: depth), fields[10] == 0, fields[11] == 0, fields[12] < 2
        else {
            throw .corrupt(
                source: source,
                reason: "there is no PNG of \(depth) bits and colour type \(kind) that is stored so")
        }
        bitsPerPixel = samples * depth
        channels = kind == 0 || kind == 4 ? 1 : 3
        try readRest(from: first.end, &bytes, source)
    }

    private mutating func readRest(
        from start: Int, _ bytes: inout ByteWindow, _ source: String
    ) throws(ImageError) {
        var (position, holdsPixels) = (start, false)
        while let chunk = try Self.chunk(at: position, &bytes) {
            position = chunk.end
            switch chunk.name {
            case "IDAT": holdsPixels = true
            case "eXIf", "tEXt", "zTXt", "iTXt":
                if chunk.length <= Self.longestMetadata, let body = try Self.body(of: chunk, &bytes) {
                    tags.addPNG(chunk.name, body)
                }
            case "IEND":
                guard holdsPixels else { throw .corrupt(source: source, reason: "it holds no pixels") }
                return
            default: break
            }
            guard holdsPixels || position <= bytes.count else {
                throw .truncated(
                    source: source,
                    reason:
                        "its chunk \(chunk.name) claims \(chunk.length) bytes, \(bytes.count - chunk.start) are there"
                )
            }
        }
        guard holdsPixels else { throw .truncated(source: source, reason: "it holds no pixels") }
        isCut = true
    }

    /// How many numbers a pixel is stored as; nil where the format has no such depth.
    private static func samples(_ kind: Int, depth: Int) -> Int? {
        let kinds: [Int: (samples: Int, depths: [Int])] = [
            0: (1, [1, 2, 4, 8, 16]), 2: (3, [8, 16]), 3: (1, [1, 2, 4, 8]), 4: (2, [8, 16]),
            6: (4, [8, 16]),
        ]
        guard let found = kinds[kind], found.depths.contains(depth) else { return nil }
        return found.samples
    }

    private static func chunk(at position: Int, _ bytes: inout ByteWindow) throws(ImageError) -> Chunk? {
        let head = try bytes.slice(position, 8)
        guard head.count == 8 else { return nil }
        return Chunk(
            name: String(decoding: head.suffix(4), as: UTF8.self), length: number(head.prefix(4)),
            start: position + 8)
    }

    /// Nil where it is not there as a whole, or its checksum is wrong.
    private static func body(of chunk: Chunk, _ bytes: inout ByteWindow) throws(ImageError) -> [UInt8]? {
        let all = Array(try bytes.slice(chunk.start - 4, chunk.length + 8))
        guard all.count == chunk.length + 8, Int(ci_checksum(all, all.count - 4)) == number(all.suffix(4))
        else {
            return nil
        }
        return Array(all[4..<(all.count - 4)])
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> Int { bytes.reduce(0) { $0 << 8 | Int($1) } }
}
