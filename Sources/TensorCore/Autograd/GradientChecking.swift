// SPDX-License-Identifier: Apache-2.0

/// How far an operation's gradient is from the finite differences of its value.
public struct GradientCheck: Sendable, CustomStringConvertible {
    /// The largest difference, relative to the largest gradient (or 1, if that is smaller).
    public let worstError: Double
    public let description: String
}

/// Compares the gradients of `operation` with central differences, `(f(x + h) - f(x - h)) / 2h`.
///
/// The value is reduced to a number by a dot product with fixed weights, summed in float64. So a change in
/// any element of the value shows.
/// - Parameters:
///   - inputs: where to check; every element of each is moved up and down by `step`.
///   - step: small against the curvature, large against float32 rounding.
public func checkGradients(
    at inputs: [Tensor], step: Float = 1e-2, file: StaticString = #fileID, line: UInt = #line,
    _ operation: ([Tensor]) -> Tensor
) -> GradientCheck {
    let parameters = inputs.map { Parameter($0) }
    let value = operation(parameters.map(\.tensor))
    var generator = RandomGenerator(seed: 0x5EED)
    let weights = Tensor((0..<value.count).map { _ in 2 * generator.uniform() - 1 }, shape: value.shape)
    value.backward(gradient: weights, file: file, line: line)
    let weightValues = weights.floats.map(Double.init)

    func project(_ moved: [Tensor]) -> Double {
        let values = withoutRecording { operation(moved).floats }
        return zip(values, weightValues).reduce(0) { $0 + Double($1.0) * $1.1 }
    }

    var worst = (error: 0.0, text: "no element")
    for (index, parameter) in parameters.enumerated() {
        let analytic = (parameter.gradient ?? Tensor.zeros(parameter.shape)).floats
        let scale = Swift.max(1, analytic.map { Double(Swift.abs($0)) }.max() ?? 1)
        let original = inputs[index].floats
        for element in original.indices {
            var sides: [(position: Float, value: Double)] = []
            for direction: Float in [-1, 1] {
                var moved = original
                moved[element] += direction * step
                var arguments = inputs
                arguments[index] = Tensor(moved, shape: inputs[index].shape)
                sides.append((moved[element], project(arguments)))
            }
            let numeric = (sides[1].value - sides[0].value) / Double(sides[1].position - sides[0].position)
            let error = Swift.abs(numeric - Double(analytic[element])) / scale
            if error > worst.error || error.isNaN {
                worst = (
                    error,
                    "input \(index), element \(element): gradient \(analytic[element]), finite difference \(numeric)"
                )
            }
        }
    }
    return GradientCheck(worstError: worst.error, description: "\(worst.text), relative error \(worst.error)")
}

/// The value of a function and its gradient with respect to each input.
public func valueWithGradients(
    at inputs: [Tensor], file: StaticString = #fileID, line: UInt = #line,
    _ function: ([Tensor]) -> Tensor
) -> (value: Tensor, gradients: [Tensor]) {
    let parameters = inputs.map { Parameter($0) }
    let value = function(parameters.map(\.tensor))
    value.backward(file: file, line: line)
    return (value.detached, parameters.map { $0.gradient ?? Tensor.zeros($0.shape) })
}
