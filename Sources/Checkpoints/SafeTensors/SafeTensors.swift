// SPDX-License-Identifier: Apache-2.0

import Checks
import Files
import Foundation

/// The safetensors format: eight bytes with the header's length, a JSON header with each tensor's type, shape
/// and offsets, and the elements, row-major and little-endian. https://huggingface.co/docs/safetensors
enum SafeTensors {
    /// Whether a file begins with a header length that fits its size, followed by JSON. (The first bytes of
    /// the length alone may equal those of any other format.)
    static func isBeginning(of bytes: ByteSlice) -> Bool {
        guard bytes.count > 8 else { return false }
        let length: UInt64 = bytes.integer(at: 0)
        return length <= UInt64(bytes.count - 8) && bytes[8] == UInt8(ascii: "{")
    }

    /// The tensors of a mapped file, and its texts.
    static func read(
        _ bytes: ByteSlice, _ url: URL
    ) throws(CheckpointError) -> (
        arrays: [(name: String, tensor: StoredArray)], [UnsupportedEntry], metadata: [String: String]
    ) {
        let header = try SafeTensorsHeader(bytes, url)
        var arrays: [(name: String, tensor: StoredArray)] = []
        var unsupported: [UnsupportedEntry] = []
        for entry in header.entries {
            guard case .stored(let type) = entry.type else {
                unsupported.append(.init(name: entry.name, reason: "its elements are \(entry.type.name)"))
                continue
            }
            let block = StoredBlock(bytes[entry.bytes], type)
            guard let array = StoredArray(block, shape: entry.shape, strides: Shape.strides(entry.shape))
            else {
                throw .tensor(
                    url, name: entry.name, found: "the shape \(entry.shape)",
                    expected: "at most \(StoredArray.maximumRank) axes")
            }
            arrays.append((entry.name, array))
        }
        return (arrays, unsupported, header.metadata)
    }

    /// Writes header and tensors one after the other: only a tensor that is not row-major is copied, piece by
    /// piece.
    ///
    /// The header lists the tensors in the given order. In the data, tensors of wider elements come first, so
    /// that each is aligned.
    static func write(
        _ arrays: [(name: String, tensor: StoredArray)], metadata: [String: String], to url: URL
    ) throws(FileError) {
        let order = arrays.indices.sorted {
            let widths = (arrays[$0].tensor.type.byteCount, arrays[$1].tensor.type.byteCount)
            return widths.0 == widths.1 ? $0 < $1 : widths.0 > widths.1
        }
        let header = header(of: arrays, metadata, order)
        try writeAtomically(to: url) { (file) throws(FileError) in
            try file.write(header)
            for index in order {
                try arrays[index].tensor.forEachPiece { (piece) throws(FileError) in try file.write(piece) }
            }
        }
    }

    /// - Parameter order: the tensors' indices as they follow each other in the data.
    private static func header(
        of arrays: [(name: String, tensor: StoredArray)], _ metadata: [String: String], _ order: [Int]
    ) -> Data {
        var ranges = [Range<Int>](repeating: 0..<0, count: order.count)
        var end = 0
        for index in order {
            ranges[index] = end..<end + arrays[index].tensor.byteCount
            end = ranges[index].upperBound
        }
        var names: Set<String> = [SafeTensorsHeader.metadataKey]
        var members: [String] = []
        if !metadata.isEmpty {
            let texts = metadata.sorted { $0.key < $1.key }.map {
                "\(quoted($0.key)):\(quoted($0.value))"
            }
            members.append("\(quoted(SafeTensorsHeader.metadataKey)):{\(texts.joined(separator: ","))}")
        }
        for ((name, tensor), range) in zip(arrays, ranges) {
            check(
                names.insert(name).inserted,
                "Checkpoint: the name \(name) is taken; each tensor needs its own")
            let shape = tensor.shape.map(String.init).joined(separator: ",")
            members.append(
                "\(quoted(name)):{\"dtype\":\"\(tensor.type.rawValue)\",\"shape\":[\(shape)],"
                    + "\"data_offsets\":[\(range.lowerBound),\(range.upperBound)]}")
        }
        var text = Array("{\(members.joined(separator: ","))}".utf8)
        while text.count % 8 != 0 { text.append(UInt8(ascii: " ")) }
        return Data((0..<8).map { UInt8(truncatingIfNeeded: text.count >> (8 * $0)) } + text)
    }

    private static func quoted(_ text: String) -> String {
        let escaped = text.unicodeScalars.map { scalar in
            switch scalar {
            case "\"": "\\\""
            case "\\": "\\\\"
            case "\u{0}"..<" ": String(format: "\\u%04x", scalar.value)
            default: String(scalar)
            }
        }
        return "\"\(escaped.joined())\""
    }
}
