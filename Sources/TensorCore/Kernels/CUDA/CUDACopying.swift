// SPDX-License-Identifier: Apache-2.0

import CCUDA

extension CUDAKernel {
    fileprivate static let copy1 = CUDAKernel(module: "copying", name: "copy_1")
    fileprivate static let copy2 = CUDAKernel(module: "copying", name: "copy_2")
    fileprivate static let copy4 = CUDAKernel(module: "copying", name: "copy_4")
    fileprivate static let fill1 = CUDAKernel(module: "copying", name: "fill_1")
    fileprivate static let fill2 = CUDAKernel(module: "copying", name: "fill_2")
    fileprivate static let fill4 = CUDAKernel(module: "copying", name: "fill_4")
    fileprivate static let gather1 = CUDAKernel(module: "copying", name: "gather_1")
    fileprivate static let gather2 = CUDAKernel(module: "copying", name: "gather_2")
    fileprivate static let gather4 = CUDAKernel(module: "copying", name: "gather_4")
    fileprivate static let convert = CUDAKernel(module: "copying", name: "convert")
    fileprivate static let compare = CUDAKernel(module: "copying", name: "compare")
    fileprivate static let compareNumber = CUDAKernel(module: "copying", name: "compare_number")
    fileprivate static let scatterRows = CUDAKernel(module: "copying", name: "scatter_rows")
    fileprivate static let scatterAlongRows = CUDAKernel(module: "copying", name: "scatter_along_rows")
}

extension CUDAKernels {
    /// Copies `source` into `target`, which may be a part of a larger tensor.
    func fill(_ target: Tensor, from source: Tensor) {
        let isWhole = target.storage.byteCount == target.byteCount
        forEach(
            .each(.copy1, .copy2, .copy4, target.scalarType),
            StridedLoop(shape: target.shape, strides: [target.strides, source.strides])
        ) {
            $0.add(reading: source)
            $0.add(target, isWhole ? .filling : .updating)
        }
    }

    func full(_ value: Double, _ shape: [Int], _ type: ScalarType) -> Tensor {
        let result = Tensor(uninitialized: shape, type)
        let bits: UInt32 =
            switch type {
            case .float32: Float(value).bitPattern
            case .bfloat16: UInt32(BFloat16(converting: value).bitPattern)
            case .int32: UInt32(bitPattern: Int32(converting: value))
            case .uint8: UInt32(UInt8(converting: value))
            }
        guard bits != 0 else {
            clear(result)
            return result
        }
        forEach(.each(.fill1, .fill2, .fill4, type), result.count) {
            $0.add(bits)
            $0.add(filling: result)
        }
        return result
    }

    /// Sets every byte of a new tensor to 0.
    func clear(_ tensor: Tensor) {
        context.clear(tensor.storage.address(on: context, .filling), tensor.byteCount)
        withExtendedLifetime(tensor) {}
    }

    func convert(_ x: Tensor, to type: ScalarType) -> Tensor {
        let result = Tensor(uninitialized: x.shape, strides: Kernels.resultStrides(x.shape, [x]), type)
        forEach(.convert, loop(over: result, x)) {
            $0.add(x.scalarType.code)
            $0.add(type.code)
            $0.add(reading: x)
            $0.add(filling: result)
        }
        return result
    }

    func compare(_ comparison: Comparison, _ a: Tensor, _ b: Tensor, _ shape: [Int]) -> Tensor {
        let result = Tensor(uninitialized: shape, strides: Kernels.resultStrides(shape, [a, b]), .uint8)
        forEach(.compare, loop(over: result, a, b)) {
            $0.add(comparison.code)
            $0.add(a.scalarType.code)
            $0.add(reading: a)
            $0.add(reading: b)
            $0.add(filling: result)
        }
        return result
    }

    func compare(_ comparison: Comparison, _ a: Tensor, with number: Double) -> Tensor {
        let result = Tensor(uninitialized: a.shape, strides: Kernels.resultStrides(a.shape, [a]), .uint8)
        forEach(.compareNumber, loop(over: result, a)) {
            $0.add(comparison.code)
            $0.add(a.scalarType.code)
            $0.add(number)
            $0.add(reading: a)
            $0.add(filling: result)
        }
        return result
    }

    func gatherRows(_ x: Tensor, _ indices: [Int]) -> Tensor {
        let result = Tensor(uninitialized: [indices.count] + x.shape.dropFirst(), x.scalarType)
        let width = Shape.count(Array(x.shape.dropFirst()))
        guard result.count > 0 else { return result }
        let rows = StridedLoop(
            shape: Array(x.shape.dropFirst()),
            strides: [Array(result.strides.dropFirst()), Array(x.strides.dropFirst())])
        let indices = Tensor(indices.map { Int32($0) })
        forEach(.each(.gather1, .gather2, .gather4, x.scalarType), rows, count: result.count) {
            $0.add(number(width))
            $0.add(Int64(x.strides[0]))
            $0.add(reading: indices)
            $0.add(reading: x)
            $0.add(filling: result)
        }
        return result
    }

    func scatterRows(_ x: Tensor, _ indices: [Int], shape: [Int]) -> Tensor {
        let result = Tensor(uninitialized: shape)
        let width = Shape.count(Array(shape.dropFirst()))
        let rows = Tensor(indices.map { Int32($0) })
        forEach(.scatterRows, result.count) {
            $0.add(number(width))
            $0.add(number(indices.count))
            $0.add(reading: rows)
            $0.add(reading: x)
            $0.add(filling: result)
        }
        return result
    }

    func scatterAlongRows(_ values: Tensor, _ indices: Tensor, shape: [Int]) -> Tensor {
        let result = full(0, shape, .float32)
        forEach(.scatterAlongRows, values.count) {
            $0.add(number(indices.shape[indices.rank - 1]))
            $0.add(number(shape[shape.count - 1]))
            $0.add(reading: indices)
            $0.add(reading: values)
            $0.add(updating: result)
        }
        return result
    }
}

extension Comparison {
    fileprivate var code: Int32 {
        switch self {
        case .equal: Int32(CC_EQUAL)
        case .notEqual: Int32(CC_NOT_EQUAL)
        case .less: Int32(CC_LESS)
        case .greater: Int32(CC_GREATER)
        case .lessOrEqual: Int32(CC_LESS_OR_EQUAL)
        case .greaterOrEqual: Int32(CC_GREATER_OR_EQUAL)
        case .same: Int32(CC_SAME)
        }
    }
}
