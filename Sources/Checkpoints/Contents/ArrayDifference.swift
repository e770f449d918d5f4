// SPDX-License-Identifier: Apache-2.0

import Files

/// How two arrays of files differ, in words; nil if they have the same type, shape and bits.
package struct ArrayDifference: CustomStringConvertible {
    package let description: String

    package init?(_ a: StoredArray, _ b: StoredArray) {
        guard a.type == b.type, a.shape == b.shape else {
            description = "\(a.type.rawValue) \(a.shape) and \(b.type.rawValue) \(b.shape)"
            return
        }
        let (first, second) = (Self.bytes(a), Self.bytes(b))
        guard first != second else { return nil }
        let width = a.type.byteCount
        var (count, largest, hasNumbers) = (0, 0.0, true)
        for index in 0..<a.count {
            let range = index * width..<(index + 1) * width
            guard first[range] != second[range] else { continue }
            count += 1
            let difference = abs(Self.value(first[range], a.type) - Self.value(second[range], a.type))
            if difference.isFinite { largest = max(largest, difference) } else { hasNumbers = false }
        }
        description =
            "\(count) of \(a.count) elements differ, by at most \(largest)"
            + (hasNumbers ? "" : ", and in some that are infinite or no numbers")
    }

    private static func bytes(_ array: StoredArray) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(array.byteCount)
        array.forEachPiece { bytes += $0.array }
        return bytes
    }

    private static func value(_ bytes: ArraySlice<UInt8>, _ type: StoredType) -> Double {
        let bits = bytes.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return switch type {
        case .float64: Double(bitPattern: bits)
        case .float32: Double(Float(bitPattern: UInt32(bits)))
        case .float16: Double(ElementConversion.float(half: UInt16(bits)))
        case .bfloat16: BFloat16(bitPattern: UInt16(bits)).doubleValue
        case .int64: Double(Int64(bitPattern: bits))
        case .int32: Double(Int32(truncatingIfNeeded: bits))
        case .int16: Double(Int16(truncatingIfNeeded: bits))
        case .int8: Double(Int8(truncatingIfNeeded: bits))
        case .uint64, .uint32, .uint16, .uint8, .boolean: Double(bits)
        }
    }
}
