// SPDX-License-Identifier: Apache-2.0

/// Multiplies each channel by a number from 0 to 1 that depends on the means of all channels. As
/// torchvision's `SqueezeExcitation`.
///
/// `[N, C, H, W]` → `[N, C, H, W]`
///
/// J. Hu et al., "Squeeze-and-Excitation Networks", CVPR 2018. https://arxiv.org/abs/1709.01507
public struct SqueezeExcitation: Layer {
    /// The mean of each channel over the map.
    public let avgpool: AdaptiveAvgPool2d
    /// 1×1 convolution of the means to few channels.
    public let fc1: Conv2d
    /// 1×1 convolution back to the input's channels.
    public let fc2: Conv2d
    /// The activation after `fc1`.
    public let activation: Activation
    /// The function after `fc2`.
    public let gate: Gate

    /// The function whose results multiply the channels.
    public enum Gate: Sendable {
        case sigmoid
        /// MobileNetV3's cheaper one, which is made of three straight lines.
        case hardsigmoid
    }

    /// Creates the layer with new weights, as in torchvision's networks: Kaiming normal over fan-out, and
    /// biases of 0.
    /// - Parameters:
    ///   - channels: of the input and of the output
    ///   - squeezed: output channels of `fc1`
    ///   - activation: after `fc1`
    ///   - gate: the function after `fc2`
    public init(
        _ channels: Int, squeezed: Int, activation: Activation = .relu, gate: Gate = .sigmoid,
        file: StaticString = #fileID, line: UInt = #line
    ) {
        func convolution(_ inChannels: Int, _ outChannels: Int) -> Conv2d {
            let layer = Conv2d(
                inChannels, outChannels, kernelSize: 1, initializer: .kaimingNormal(mode: .fanOut),
                file: file, line: line)
            layer.bias!.value = Tensor.zeros([outChannels])
            return layer
        }
        avgpool = AdaptiveAvgPool2d(outputSize: 1)
        fc1 = convolution(channels, squeezed)
        fc2 = convolution(squeezed, channels)
        self.activation = activation
        self.gate = gate
    }

    public func callAsFunction(_ input: Tensor) -> Tensor {
        observed(self, input) {
            let excited = fc2(fc1(avgpool(input), activation: activation))
            return switch gate {
            case .sigmoid: input * sigmoid(excited)
            case .hardsigmoid: input * hardsigmoid(excited)
            }
        }
    }
}
