// SPDX-License-Identifier: Apache-2.0

import Checks

extension Tensor {
    /// The sum over the given axes (all, if none are named).
    public func sum(
        axes: [Int]? = nil, keepDimensions: Bool = false, file: StaticString = #fileID, line: UInt = #line
    ) -> Tensor {
        requireType(.float32, "sum", file: file, line: line)
        let reduced = reducedAxes(axes, "sum", file: file, line: line)
        let total = sum(over: reduced, dividedBy: 1)
        return keepDimensions ? total : total.reshaped(to: remaining(reduced))
    }

    /// The mean over the given axes (all, if none are named).
    public func mean(
        axes: [Int]? = nil, keepDimensions: Bool = false, file: StaticString = #fileID, line: UInt = #line
    ) -> Tensor {
        requireType(.float32, "mean", file: file, line: line)
        let reduced = reducedAxes(axes, "mean", file: file, line: line)
        let number = reduced.reduce(1) { $0 * shape[$1] }
        check(
            number > 0, "mean: shape \(shape) has no elements to average over axes \(reduced)", file: file,
            line: line)
        let mean = sum(over: reduced, dividedBy: Double(number))
        return keepDimensions ? mean : mean.reshaped(to: remaining(reduced))
    }

    /// The variance over the given axes; `unbiased` divides by one less than the number of elements. Its
    /// gradient is `2 (x - mean)` divided by the same.
    public func variance(
        axes: [Int]? = nil, unbiased: Bool = true, keepDimensions: Bool = false, file: StaticString = #fileID,
        line: UInt = #line
    ) -> Tensor {
        requireType(.float32, "variance", file: file, line: line)
        let reduced = reducedAxes(axes, "variance", file: file, line: line)
        let number = reduced.reduce(1) { $0 * shape[$1] }
        check(
            number > (unbiased ? 1 : 0),
            "variance: shape \(shape) has \(number) elements over axes \(reduced); it takes at least \(unbiased ? 2 : 1)",
            file: file, line: line)
        let divisor = Double(unbiased ? number - 1 : number)
        let variance = differentiable(self) { x in
            let (mean, variance) = Kernels.reduceVariance(x, axes: reduced, dividedBy: divisor)
            return (variance, { gradient in (x - mean) * (gradient * 2 / Float(divisor)) })
        }
        return keepDimensions ? variance : variance.reshaped(to: remaining(reduced))
    }

    /// The sum over axes, which keep length 1, divided by a number before it is rounded.
    func sum(over axes: [Int], dividedBy divisor: Double) -> Tensor {
        differentiable(self) { x in
            (
                Kernels.reduceSum(x, axes: axes, dividedBy: divisor),
                { [shape] gradient in
                    (divisor == 1 ? gradient : gradient / Float(divisor)).broadcast(to: shape)
                }
            )
        }
    }

    func reducedAxes(
        _ axes: [Int]?, _ operation: StaticString, file: StaticString = #fileID, line: UInt = #line
    ) -> [Int] {
        axes.map { Shape.axes($0, rank: rank, operation, file: file, line: line) } ?? Array(shape.indices)
    }

    func remaining(_ reduced: [Int]) -> [Int] {
        shape.indices.filter { !reduced.contains($0) }.map { shape[$0] }
    }
}
