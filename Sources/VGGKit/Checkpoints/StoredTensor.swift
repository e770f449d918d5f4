// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The element types of files, by the names that safetensors gives them.
enum StoredType: String, CaseIterable {
    case float64 = "F64"
    case float32 = "F32"
    case float16 = "F16"
    case bfloat16 = "BF16"
    case int64 = "I64"
    case int32 = "I32"
    case int16 = "I16"
    case int8 = "I8"
    case uint64 = "U64"
    case uint32 = "U32"
    case uint16 = "U16"
    case uint8 = "U8"
    case boolean = "BOOL"

    static var names: String { allCases.map(\.rawValue).joined(separator: ", ") }

    init(_ type: ScalarType) {
        switch type {
        case .float32: self = .float32
        case .bfloat16: self = .bfloat16
        case .int32: self = .int32
        case .uint8: self = .uint8
        }
    }

    var byteCount: Int {
        switch self {
        case .float64, .int64, .uint64: 8
        case .float32, .int32, .uint32: 4
        case .float16, .bfloat16, .int16, .uint16: 2
        case .int8, .uint8, .boolean: 1
        }
    }
}

/// The elements of one tensor in a file, and the types they become.
struct StoredTensor {
    private let entry: SafeTensorsHeader.Entry
    private let data: Data
    private let url: URL

    init(_ entry: SafeTensorsHeader.Entry, _ data: Data, _ url: URL) {
        self.entry = entry
        self.data = data
        self.url = url
    }

    func tensor() throws(CheckpointError) -> Tensor {
        switch entry.type {
        case .float32: copied(Float.self)
        case .bfloat16: copied(BFloat16.self)
        case .int32: copied(Int32.self)
        case .uint8, .boolean: copied(UInt8.self)
        case .float16: try converted { (bits: UInt16) in Self.float(half: bits) }
        case .float64:
            try converted { (value: Double) in
                let rounded = Float(value)
                return rounded.isFinite || !value.isFinite ? rounded : nil
            }
        case .int64: try converted { (value: Int64) in Int32(exactly: value) }
        case .int16: try converted { (value: Int16) in Int32(value) }
        case .int8: try converted { (value: Int8) in Int32(value) }
        case .uint64: try converted { (value: UInt64) in Int32(exactly: value) }
        case .uint32: try converted { (value: UInt32) in Int32(exactly: value) }
        case .uint16: try converted { (value: UInt16) in Int32(value) }
        }
    }

    private func copied<S: Scalar>(_ type: S.Type) -> Tensor {
        var tensor = Tensor(uninitialized: entry.shape, S.scalarType)
        tensor.withMutableScalars(S.self) { data.copyBytes(to: $0, from: entry.bytes) }
        return tensor
    }

    /// Converts the elements, a block at a time; nil says that one does not fit.
    private func converted<
        Stored: BitwiseCopyable & CustomStringConvertible & ExpressibleByIntegerLiteral, S: Scalar
    >(
        _ convert: (Stored) -> S?
    ) throws(CheckpointError) -> Tensor {
        var tensor = Tensor(uninitialized: entry.shape, S.scalarType)
        let width = entry.type.byteCount
        let misfit: (index: Int, value: Stored)? = tensor.withMutableScalars(S.self) { scalars in
            var block = [Stored](repeating: 0, count: 4096)
            for start in stride(from: 0, to: scalars.count, by: block.count) {
                let length = min(block.count, scalars.count - start)
                let first = entry.bytes.lowerBound + start * width
                block.withUnsafeMutableBufferPointer {
                    data.copyBytes(to: $0, from: first..<first + length * width)
                }
                for index in 0..<length {
                    guard let value = convert(block[index]) else { return (start + index, block[index]) }
                    scalars[start + index] = value
                }
            }
            return nil
        }
        if let misfit {
            throw .tensor(
                url, name: entry.name,
                found: "the \(entry.type.rawValue) value \(misfit.value) at element \(misfit.index)",
                expected: "values within \(S.scalarType)")
        }
        return tensor
    }

    /// The value of an IEEE 754 half-precision number.
    private static func float(half bits: UInt16) -> Float {
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
