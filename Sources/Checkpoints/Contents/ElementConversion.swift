// SPDX-License-Identifier: Apache-2.0

import Checks
import Files

/// Converts element types that tensors do not have: half precision to `float32`, exactly; double precision to
/// the nearest `float32`; other integers to `int32`, if all values fit.
enum ElementConversion {
    static func convert(_ bytes: ByteSlice, _ type: StoredType) throws(StoredBlock.Failure) -> Storage {
        switch type {
        case .float16: try map(bytes) { (bits: UInt16) in float(half: bits) }
        case .float64:
            try map(
                bytes, { Double(bitPattern: $0).description },
                { (bits: UInt64) in
                    let value = Double(bitPattern: bits)
                    let rounded = Float(value)
                    return rounded.isFinite || !value.isFinite ? rounded : nil
                })
        case .int64: try map(bytes) { (value: Int64) in Int32(exactly: value) }
        case .int16: try map(bytes) { (value: Int16) in Int32(value) }
        case .int8: try map(bytes) { (value: Int8) in Int32(value) }
        case .uint64: try map(bytes) { (value: UInt64) in Int32(exactly: value) }
        case .uint32: try map(bytes) { (value: UInt32) in Int32(exactly: value) }
        case .uint16: try map(bytes) { (value: UInt16) in Int32(value) }
        case .float32, .bfloat16, .int32, .uint8, .boolean:
            fail("\(type.rawValue) elements are read as they are")
        }
    }

    /// Converts element by element; the closure returns nil if an element does not fit.
    private static func map<Stored: FixedWidthInteger, S: Scalar>(
        _ bytes: ByteSlice, _ describe: (Stored) -> String = { $0.description }, _ convert: (Stored) -> S?
    ) throws(StoredBlock.Failure) -> Storage {
        let width = Stored.bitWidth / 8
        let count = bytes.count / width
        let storage = Storage(byteCount: count * S.scalarType.byteCount)
        let scalars = storage.mutableBytes.bindMemory(to: S.self, capacity: count)
        for index in 0..<count {
            let value: Stored = bytes.integer(at: index * width)
            guard let scalar = convert(value) else { throw .misfit(index: index, value: describe(value)) }
            scalars[index] = scalar
        }
        return storage
    }

    /// The value of an IEEE 754 half-precision number.
    static func float(half bits: UInt16) -> Float {
        let sign: Float = bits >> 15 == 0 ? 1 : -1
        let (exponent, fraction) = (Int(bits >> 10 & 0x1F), UInt32(bits & 0x3FF))
        switch exponent {
        case 0: return sign * Float(fraction) * 0x1p-24
        case 31: return Float(bitPattern: UInt32(bits >> 15) << 31 | 0x7F80_0000 | fraction << 13)
        default:
            return Float(bitPattern: UInt32(bits >> 15) << 31 | UInt32(exponent + 112) << 23 | fraction << 13)
        }
    }
}
