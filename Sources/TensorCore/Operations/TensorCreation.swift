// SPDX-License-Identifier: Apache-2.0

import Checks

extension Tensor {
    /// A vector.
    public init<S: Scalar>(_ scalars: [S]) { self.init(scalars, shape: [scalars.count]) }

    /// A scalar: a tensor of shape `[]`.
    public init<S: Scalar>(_ scalar: S) { self.init([scalar], shape: []) }

    /// A tensor whose elements all have the value. In an integer tensor the value is rounded towards zero and
    /// clamped to the type's range.
    public static func full(
        _ value: Float, _ shape: [Int], _ type: ScalarType = .float32, file: StaticString = #fileID,
        line: UInt = #line
    ) -> Tensor {
        Shape.requireAddressable(shape, "full", file: file, line: line)
        return Kernels.full(Double(value), shape, type)
    }

    /// The same for an integer, which `int32` holds exactly.
    public static func full(
        _ value: Int, _ shape: [Int], _ type: ScalarType = .float32, file: StaticString = #fileID,
        line: UInt = #line
    ) -> Tensor {
        Shape.requireAddressable(shape, "full", file: file, line: line)
        return Kernels.full(Double(value), shape, type)
    }

    /// A tensor that is 0 everywhere. As `torch.zeros`.
    public static func zeros(
        _ shape: [Int], _ type: ScalarType = .float32, file: StaticString = #fileID, line: UInt = #line
    ) -> Tensor {
        Shape.requireAddressable(shape, "zeros", file: file, line: line)
        return Kernels.full(0, shape, type)
    }

    /// A tensor that is 1 everywhere. As `torch.ones`.
    public static func ones(
        _ shape: [Int], _ type: ScalarType = .float32, file: StaticString = #fileID, line: UInt = #line
    ) -> Tensor {
        Shape.requireAddressable(shape, "ones", file: file, line: line)
        return Kernels.full(1, shape, type)
    }

    /// Zeros with the shape, type and memory order of another tensor.
    public static func zeros(like other: Tensor) -> Tensor { Kernels.zeros(like: other) }

    /// `0, 1, …, count - 1`, in `int32` exactly.
    public static func arange(
        _ count: Int, _ type: ScalarType = .float32, file: StaticString = #fileID, line: UInt = #line
    ) -> Tensor {
        check(count >= 0, "arange: count \(count) must be 0 or more", file: file, line: line)
        func numbers<S: Scalar>(_: S.Type) -> Tensor {
            Tensor((0..<count).map { S(converting: Double($0)) })
        }
        return switch type {
        case .float32: numbers(Float.self)
        case .int32: numbers(Int32.self)
        case .bfloat16: numbers(BFloat16.self)
        case .uint8: numbers(UInt8.self)
        }
    }

    /// `count` numbers from `start` to `end`, both included, at equal distances.
    public static func linspace(
        _ start: Float, _ end: Float, _ count: Int, file: StaticString = #fileID, line: UInt = #line
    ) -> Tensor {
        check(count >= 2, "linspace: takes at least two points, not \(count)", file: file, line: line)
        let step = (Double(end) - Double(start)) / Double(count - 1)
        return Tensor((0..<count).map { Float(Double(start) + Double($0) * step) })
    }

    /// Numbers from `lower ..< upper`, uniformly distributed.
    public static func uniform(
        _ shape: [Int], from lower: Float = 0, to upper: Float = 1, using generator: inout RandomGenerator,
        file: StaticString = #fileID, line: UInt = #line
    ) -> Tensor {
        Shape.requireAddressable(shape, "uniform", file: file, line: line)
        return Kernels.uniform(shape, lower, upper, &generator)
    }

    /// Numbers from a normal distribution.
    public static func normal(
        _ shape: [Int], mean: Float = 0, deviation: Float = 1, using generator: inout RandomGenerator,
        file: StaticString = #fileID, line: UInt = #line
    ) -> Tensor {
        Shape.requireAddressable(shape, "normal", file: file, line: line)
        return Kernels.normal(shape, mean, deviation, &generator)
    }

    /// The labels as rows that are 1 at the label and 0 elsewhere: `[N]` → `[N, classCount]`.
    public static func oneHot(
        _ labels: Tensor, classCount: Int, file: StaticString = #fileID, line: UInt = #line
    ) -> Tensor {
        labels.requireType(.int32, "oneHot", file: file, line: line)
        check(classCount >= 0, "oneHot: class count \(classCount) must be 0 or more", file: file, line: line)
        Shape.requireAddressable([labels.count, classCount], "oneHot", file: file, line: line)
        return Kernels.oneHot(labels, classCount: classCount, file: file, line: line)
    }
}

extension Tensor: ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral {
    public init(floatLiteral value: Float) { self.init(value) }
    public init(integerLiteral value: Int) { self.init(Float(value)) }
}
