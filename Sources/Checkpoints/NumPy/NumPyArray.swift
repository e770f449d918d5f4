// SPDX-License-Identifier: Apache-2.0

import Files

/// NumPy's format of one array: a magic number, a version, a header, and the elements.
/// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
enum NumPyArray {
    static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)
    private static let alignment = 64

    /// - Throws: `CheckpointError.unsupported` for types that tensors do not have
    static func read(_ bytes: ByteSlice, _ part: FilePart) throws(CheckpointError) -> StoredArray {
        let (header, start) = try header(bytes, part)
        guard let type = header.type else {
            throw .unsupported(part.url, name: part.entry ?? "its array", reason: header.reason)
        }
        let byteCount = try byteCount(header, type, part)
        let data = bytes[start..<bytes.count]
        guard byteCount == data.count else {
            throw part.malformed(
                start, found: "\(data.count) bytes of elements",
                expected: "\(byteCount) for the shape \(header.shape)")
        }
        let strides =
            header.isFortranOrder
            ? Array(Shape.strides(header.shape.reversed()).reversed()) : Shape.strides(header.shape)
        let block = StoredBlock(data, type.stored, isBigEndian: type.isBigEndian)
        guard let array = StoredArray(block, shape: header.shape, strides: strides) else {
            throw part.invalid("its shape \(header.shape) does not fit its elements")
        }
        return array
    }

    /// How many bytes the elements take.
    static func byteCount(
        _ header: NumPyHeader, _ type: NumPyType, _ part: FilePart
    ) throws(CheckpointError) -> Int {
        guard
            StoredArray.fits(
                .max, offset: 0, shape: header.shape, strides: header.shape.map { _ in 0 })
        else { throw part.invalid("its shape \(header.shape) has more elements than 63 bits can count") }
        return Shape.count(header.shape) * type.stored.byteCount
    }

    /// The header, and where the elements begin.
    static func header(
        _ bytes: ByteSlice, _ part: FilePart
    ) throws(CheckpointError) -> (NumPyHeader, dataStart: Int) {
        var cursor = ByteCursor(bytes, part)
        guard try cursor.take(magic.count, "the magic number").array == magic else {
            throw part.malformed(0, found: "no magic number", expected: "\\x93NUMPY")
        }
        let version = try cursor.byte("a version")
        _ = try cursor.byte("a version")
        guard (1...3).contains(version) else {
            throw part.malformed(magic.count, found: "version \(version)", expected: "1, 2 or 3")
        }
        let length =
            version == 1
            ? Int(try cursor.integer(UInt16.self, "the header's length"))
            : Int(try cursor.integer(UInt32.self, "the header's length"))
        let start = cursor.offset
        let header = try NumPyHeader(try cursor.take(length, "the header"), part, start: start)
        return (header, cursor.position)
    }

    /// The bytes before the elements, a multiple of 64 of them.
    static func header(_ array: StoredArray) -> [UInt8] {
        let shape = array.shape.map(String.init).joined(separator: ", ")
        let tuple = array.shape.count == 1 ? "(\(shape),)" : "(\(shape))"
        let name = NumPyType.name(of: array.type)!
        var text = Array("{'descr': '\(name)', 'fortran_order': False, 'shape': \(tuple), }".utf8)
        while (magic.count + 4 + text.count + 1) % alignment != 0 { text.append(0x20) }
        text.append(0x0A)
        var header = magic + [1, 0]
        header.append(little: UInt16(text.count))
        return header + text
    }

    /// NumPy has no bfloat16: it is written as float32, which has all its values.
    static func representable(_ array: StoredArray) -> StoredArray {
        guard array.type == .bfloat16 else { return array }
        var bits: [UInt8] = []
        array.forEachPiece { piece in
            for index in stride(from: 0, to: piece.count, by: 2) {
                bits += [0, 0, piece[index], piece[index + 1]]
            }
        }
        let block = StoredBlock(ByteSlice.copying(bits), .float32)
        return StoredArray(block, shape: array.shape, strides: Shape.strides(array.shape))!
    }
}
