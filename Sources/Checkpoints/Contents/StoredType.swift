// SPDX-License-Identifier: Apache-2.0

/// The element types of files, by the names that safetensors gives them.
package enum StoredType: String, CaseIterable, Sendable {
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

    package var byteCount: Int {
        switch self {
        case .float64, .int64, .uint64: 8
        case .float32, .int32, .uint32: 4
        case .float16, .bfloat16, .int16, .uint16: 2
        case .int8, .uint8, .boolean: 1
        }
    }

    /// The tensor type that the elements are converted to; `isSame` if the bits stay the same.
    var scalarType: (type: ScalarType, isSame: Bool) {
        switch self {
        case .float32: (.float32, true)
        case .bfloat16: (.bfloat16, true)
        case .int32: (.int32, true)
        case .uint8, .boolean: (.uint8, true)
        case .float16, .float64: (.float32, false)
        case .int64, .int16, .int8, .uint64, .uint32, .uint16: (.int32, false)
        }
    }
}
