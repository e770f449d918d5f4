// SPDX-License-Identifier: Apache-2.0

import Files

extension StoredArray {
    /// The array with every element negated, in new memory.
    func negated() -> StoredArray {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(byteCount)
        forEachPiece { bytes += $0.array }
        let width = type.byteCount
        switch type {
        case .float64, .float32, .float16, .bfloat16:
            for last in stride(from: width - 1, to: bytes.count, by: width) { bytes[last] ^= 0x80 }
        case .int64, .int32, .int16, .int8, .uint64, .uint32, .uint16, .uint8:
            for start in stride(from: 0, to: bytes.count, by: width) {
                var carry = true
                for index in start..<start + width {
                    let (value, overflow) = (~bytes[index]).addingReportingOverflow(carry ? 1 : 0)
                    (bytes[index], carry) = (value, overflow)
                }
            }
        case .boolean: break
        }
        let block = StoredBlock(ByteSlice.copying(bytes), type)
        // The elements lie one after the other, as many as the shape has.
        return StoredArray(block, shape: shape, strides: Shape.strides(shape))!
    }
}
