// SPDX-License-Identifier: Apache-2.0

extension Conv2d {
    /// The convolution with the normalisation after it, and an activation: `activation(normalization(self(input)))`. At
    /// inference it is one pass, with the normalisation folded into the filters; in training it is what it says.
    ///
    /// ```swift
    /// let narrow = conv1(input, normalization: bn1, activation: .relu)
    /// ```
    public func callAsFunction(
        _ input: Tensor, normalization: BatchNorm2d, activation: Activation = .identity
    ) -> Tensor {
        guard Self.canFuse, !Observation.separatesLayers, canFold(normalization) else {
            return normalization(self(input), activation: activation)
        }
        return inferring(input, normalization: normalization, activation: activation)
    }

    /// Whether what follows a convolution may be part of it.
    static var canFuse: Bool { !Recording.isEnabled && Phase.current == .inference }

    /// Whether a normalisation is one of this convolution's output.
    func canFold(_ normalization: BatchNorm2d) -> Bool {
        normalization.runningMean.value.count == weight.shape[0]
    }
}

/// A convolution without bias, batch normalisation and an activation: the block that most networks since 2015 are made of. As
/// torchvision's `Conv2dNormActivation`. At inference it is one convolution.
///
/// `[N, C, H, W]` → `[N, O, H', W']`
public struct Conv2dNormActivation: Layer {
    public let convolution: Conv2d
    public let normalization: BatchNorm2d
    public let activation: Activation
    private let names: (convolution: String, normalization: String)

    /// - Parameters:
    ///   - padding: what keeps the size but for the stride, if nil
    ///   - epsilon: of the normalisation
    ///   - initializer: of the convolution's weight
    ///   - names: what the two are called in a state dictionary; torchvision's by default
    public init(
        _ inChannels: Int, _ outChannels: Int, kernelSize: Extent, stride: Extent = 1, padding: Extent? = nil,
        groups: Int = 1, epsilon: Float = 1e-5, activation: Activation = .relu,
        initializer: Initializer = .pyTorchDefault,
        names: (convolution: String, normalization: String) = ("0", "1"), file: StaticString = #fileID,
        line: UInt = #line
    ) {
        convolution = Conv2d(
            inChannels, outChannels, kernelSize: kernelSize, stride: stride,
            padding: padding ?? Extent(kernelSize.height / 2, kernelSize.width / 2), groups: groups,
            bias: false,
            initializer: initializer, file: file, line: line)
        normalization = BatchNorm2d(outChannels, epsilon: epsilon, file: file, line: line)
        self.activation = activation
        self.names = names
    }

    public func callAsFunction(_ input: Tensor) -> Tensor {
        observed(self, input) { convolution(input, normalization: normalization, activation: activation) }
    }
}

extension Conv2dNormActivation: CustomReflectable {
    public var customMirror: Mirror {
        Mirror(
            self,
            children: [
                (label: names.convolution as String?, value: convolution as Any),
                (label: names.normalization as String?, value: normalization as Any),
            ])
    }
}
