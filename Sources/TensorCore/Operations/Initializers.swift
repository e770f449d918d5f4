// SPDX-License-Identifier: Apache-2.0

import Checks

/// How a weight is initialised: a value that makes tensors of any shape, as `torch.nn.init`.
///
/// ```swift
/// let weight = Initializer.kaimingNormal(mode: .fanOut)([64, 3, 3, 3], using: &generator)
/// ```
public enum Initializer: Sendable, Equatable {
    case constant(Float)
    /// Numbers from `lower ..< upper`.
    case uniform(from: Float, to: Float)
    case normal(mean: Float = 0, deviation: Float = 1)
    /// Uniform in ±gain √(6 / (fan in + fan out)): activations and gradients keep their variance through a
    /// linear layer. X. Glorot, Y. Bengio, "Understanding the difficulty of training deep feedforward neural
    /// networks", AISTATS 2010.
    case xavierUniform(gain: Float = 1)
    /// Normal with deviation gain √(2 / (fan in + fan out)).
    case xavierNormal(gain: Float = 1)
    /// Uniform in ±gain √(3 / fan): the variance is kept through a rectifier.
    /// K. He et al., "Delving Deep into Rectifiers", ICCV 2015.
    case kaimingUniform(mode: FanMode = .fanIn, nonlinearity: Nonlinearity = .relu)
    /// Normal with deviation gain / √fan.
    case kaimingNormal(mode: FanMode = .fanIn, nonlinearity: Nonlinearity = .relu)

    /// Which fan keeps its variance: `fanIn` that of the activations, `fanOut` that of the gradients.
    public enum FanMode: Sendable { case fanIn, fanOut }

    /// The nonlinearity that follows the layer. Its gain is that of `torch.nn.init.calculate_gain`.
    public enum Nonlinearity: Sendable, Equatable {
        case linear, sigmoid, tanh, relu, selu
        case leakyReLU(slope: Float = 0.01)

        /// The factor of a weight's standard deviation that compensates for the nonlinearity: 1 for linear,
        /// √2 for ReLU.
        public var gain: Float {
            switch self {
            case .linear, .sigmoid: 1
            case .tanh: 5.0 / 3
            case .relu: Float(2).squareRoot()
            case .selu: 0.75
            case .leakyReLU(let slope): (2 / (1 + slope * slope)).squareRoot()
            }
        }
    }

    /// The weights of PyTorch's `Conv2d` and `Linear`: `kaimingUniform` for a leaky ReLU of slope √5, which
    /// makes it uniform in ±1/√(fan in).
    public static let pyTorchDefault = Initializer.kaimingUniform(
        nonlinearity: .leakyReLU(slope: Float(5).squareRoot()))

    /// The bias of PyTorch's `Conv2d` and `Linear`: `[O]`, uniform in ±1/√(fan in of the weight).
    public static func pyTorchBias(
        weightShape: [Int], using generator: inout RandomGenerator, file: StaticString = #fileID,
        line: UInt = #line
    ) -> Tensor {
        let bound = 1 / Float(fans(weightShape, file: file, line: line).in).squareRoot()
        return Kernels.uniform([weightShape[0]], -bound, bound, &generator)
    }

    /// How many inputs an output of a weight `[O, I, …]` sees, and how many outputs an input reaches.
    public static func fans(_ shape: [Int], file: StaticString = #fileID, line: UInt = #line) -> (
        in: Int, out: Int
    ) {
        check(
            shape.count >= 2 && shape.allSatisfy { $0 > 0 } && Shape.isAddressable(shape),
            "Initializer: fans are those of a weight [O, I, …] of positive lengths, not of shape \(shape)",
            file: file, line: line)
        let field = shape[2...].reduce(1, *)
        return (shape[1] * field, shape[0] * field)
    }

    /// A tensor of the shape. Numbers are drawn in row-major order, whatever the memory order: that of a `[O,
    /// I, kH, kW]` weight is channels-last, as convolution wants it.
    public func callAsFunction(
        _ shape: [Int], using generator: inout RandomGenerator, file: StaticString = #fileID,
        line: UInt = #line
    ) -> Tensor {
        Shape.requireAddressable(shape, "Initializer", file: file, line: line)
        let tensor = draw(shape, &generator, file, line)
        return shape.count == 4 ? tensor.channelsLast() : tensor
    }

    private func draw(
        _ shape: [Int], _ generator: inout RandomGenerator, _ file: StaticString, _ line: UInt
    ) -> Tensor {
        func symmetric(_ bound: Float) -> Tensor { Kernels.uniform(shape, -bound, bound, &generator) }
        func normal(_ deviation: Float) -> Tensor { Kernels.normal(shape, 0, deviation, &generator) }
        func sum() -> Float {
            let fans = Self.fans(shape, file: file, line: line)
            return Float(fans.in + fans.out)
        }
        func fan(_ mode: FanMode) -> Float {
            let fans = Self.fans(shape, file: file, line: line)
            return Float(mode == .fanIn ? fans.in : fans.out)
        }
        switch self {
        case .constant(let value):
            // Only one number is in memory until the tensor is written to. So zeros that a checkpoint
            // replaces cost nothing.
            let number = Tensor(value)
            return Tensor(
                storage: number.storage, shape: shape, strides: shape.map { _ in 0 }, scalarType: .float32)
        case .uniform(let lower, let upper):
            check(
                lower <= upper, "Initializer: uniform from \(lower) to \(upper) is no range", file: file,
                line: line)
            return Kernels.uniform(shape, lower, upper, &generator)
        case .normal(let mean, let deviation):
            check(
                deviation >= 0, "Initializer: deviation \(deviation) must be 0 or more", file: file,
                line: line)
            return Kernels.normal(shape, mean, deviation, &generator)
        case .xavierUniform(let gain):
            return symmetric(gain * (6 / sum()).squareRoot())
        case .xavierNormal(let gain):
            return normal(gain * (2 / sum()).squareRoot())
        case .kaimingUniform(let mode, let nonlinearity):
            return symmetric(nonlinearity.gain * (3 / fan(mode)).squareRoot())
        case .kaimingNormal(let mode, let nonlinearity):
            return normal(nonlinearity.gain / fan(mode).squareRoot())
        }
    }
}
