// SPDX-License-Identifier: Apache-2.0

/// How two elements are compared.
enum Comparison {
    case equal, notEqual, less, greater, lessOrEqual, greaterOrEqual
    /// Equal, or both NaN.
    case same

    /// The comparison that gives the same result with the operands exchanged.
    var exchanged: Comparison {
        switch self {
        case .less: .greater
        case .greater: .less
        case .lessOrEqual: .greaterOrEqual
        case .greaterOrEqual: .lessOrEqual
        case .equal, .notEqual, .same: self
        }
    }
}

/// Comparisons give `uint8` tensors of 0 and 1. Every element of every type is a `Double` exactly.
extension Kernels {
    /// Compares two tensors of one type, with broadcasting.
    static func compare(_ comparison: Comparison, _ a: Tensor, _ b: Tensor, _ name: StaticString) -> Tensor {
        b.requireType(a.scalarType, name)
        if let gpu { return gpu.compare(comparison, a, b, broadcastShape(a, b, name)) }
        // A loop for each comparison and type, so that the test is part of it.
        func compare<S: Scalar>(_ type: S.Type) -> Tensor {
            func loop(_ test: (Double, Double) -> Bool) -> Tensor {
                zipMap(a, b, name, S.self, UInt8.self) { test($0.doubleValue, $1.doubleValue) ? 1 : 0 }
            }
            return switch comparison {
            case .equal: loop { $0 == $1 }
            case .notEqual: loop { $0 != $1 }
            case .less: loop { $0 < $1 }
            case .greater: loop { $0 > $1 }
            case .lessOrEqual: loop { $0 <= $1 }
            case .greaterOrEqual: loop { $0 >= $1 }
            case .same: loop { $0 == $1 || ($0.isNaN && $1.isNaN) }
            }
        }
        return switch a.scalarType {
        case .float32: compare(Float.self)
        case .int32: compare(Int32.self)
        case .bfloat16: compare(BFloat16.self)
        case .uint8: compare(UInt8.self)
        }
    }

    /// Compares a tensor with a number. Integers are compared with the exact number: no integer equals 2.7.
    /// For the other types the number is first rounded to that type, so that a `float32` 0.1 equals 0.1.
    static func compare(_ comparison: Comparison, _ a: Tensor, with number: Double) -> Tensor {
        let number =
            switch a.scalarType {
            case .float32: Double(Float(number))
            case .bfloat16: BFloat16(converting: number).doubleValue
            case .int32, .uint8: number
            }
        if let gpu { return gpu.compare(comparison, a, with: number) }
        func compare<S: Scalar>(_ type: S.Type) -> Tensor {
            func loop(_ test: (Double) -> Bool) -> Tensor {
                map(a) { (value: S) -> UInt8 in test(value.doubleValue) ? 1 : 0 }
            }
            return switch comparison {
            case .equal: loop { $0 == number }
            case .notEqual: loop { $0 != number }
            case .less: loop { $0 < number }
            case .greater: loop { $0 > number }
            case .lessOrEqual: loop { $0 <= number }
            case .greaterOrEqual: loop { $0 >= number }
            case .same: loop { $0 == number || ($0.isNaN && number.isNaN) }
            }
        }
        return switch a.scalarType {
        case .float32: compare(Float.self)
        case .bfloat16: compare(BFloat16.self)
        case .int32: compare(Int32.self)
        case .uint8: compare(UInt8.self)
        }
    }
}
