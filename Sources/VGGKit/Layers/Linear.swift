// SPDX-License-Identifier: Apache-2.0

import Checks

/// `y = x · weightᵀ + bias`: `[…, I]` → `[…, O]`. As `torch.nn.Linear`.
public struct Linear: Layer {
    /// The matrix that inputs are multiplied by, `[O, I]`.
    public let weight: Parameter
    /// The bias, `[O]`, which is added to each output; nil for none.
    public let bias: Parameter?

    /// - Parameter initializer: of the weight; the default is PyTorch's. The bias starts uniform in ±1/√(fan
    ///   in).
    public init(
        _ inFeatures: Int, _ outFeatures: Int, bias hasBias: Bool = true,
        initializer: Initializer = .pyTorchDefault, file: StaticString = #fileID, line: UInt = #line
    ) {
        check(
            inFeatures > 0 && outFeatures > 0,
            "Linear: \(inFeatures) inputs and \(outFeatures) outputs must be positive", file: file, line: line
        )
        var generator = RandomSource.current.next()
        weight = Parameter(
            initializer([outFeatures, inFeatures], using: &generator, file: file, line: line))
        bias =
            hasBias
            ? Parameter(
                Initializer.pyTorchBias(
                    weightShape: [outFeatures, inFeatures], using: &generator, file: file, line: line))
            : nil
    }

    public func callAsFunction(_ input: Tensor) -> Tensor { callAsFunction(input, activation: .identity) }
}

extension Linear: ActivationFusing, SummarizedLayer {
    package func callAsFunction(_ input: Tensor, activation: Activation) -> Tensor {
        observed(self, input, activation: activation) { activation in
            linear(input, weight: weight.tensor, bias: bias?.tensor, activation: activation)
        }
    }

    public var description: String { "Linear(\(weight.shape[1]), \(weight.shape[0]))" }

    public func multiplyAdds(input: [Int], output: [Int]) -> Int {
        output.reduce(1, *) * weight.shape[1]
    }
}
