// SPDX-License-Identifier: Apache-2.0

import TensorCore

/// A way for a tensor's elements to lie in memory that no operation may notice.
public enum Arrangement: String, CaseIterable, Sendable {
    case contiguous
    /// The channels of a pixel next to each other; tensors of other ranks than 4 stay contiguous.
    case channelsLast
    /// The first axis varies fastest.
    case reversed
    /// A part of a larger tensor, with NaN all around it.
    case part

    /// The same tensor, arranged so.
    public func callAsFunction(_ tensor: Tensor) -> Tensor {
        switch self {
        case .contiguous: return tensor
        case .channelsLast: return tensor.rank == 4 ? tensor.channelsLast() : tensor
        case .reversed:
            let axes = Array(tensor.shape.indices.reversed())
            return tensor.permuted(axes).contiguous().permuted(axes)
        case .part:
            guard tensor.scalarType == .float32 else { return tensor }
            return tensor.shape.indices.reduce(Self.surrounded(tensor)) { whole, axis in
                whole.slice(axis: axis, 1..<1 + tensor.shape[axis])
            }
        }
    }

    private static func surrounded(_ tensor: Tensor) -> Tensor {
        let shape = tensor.shape.map { $0 + 2 }
        var values = [Float](repeating: .nan, count: shape.reduce(1, *))
        for (index, value) in tensor.floats.enumerated() {
            var (rest, target, step) = (index, 0, 1)
            for axis in shape.indices.reversed() {
                target += (rest % tensor.shape[axis] + 1) * step
                rest /= tensor.shape[axis]
                step *= shape[axis]
            }
            values[target] = value
        }
        return Tensor(values, shape: shape)
    }
}
