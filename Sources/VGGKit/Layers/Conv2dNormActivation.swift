// SPDX-License-Identifier: Apache-2.0

extension Conv2d {
    /// The convolution with the normalisation after it, and an activation:
    /// `activation(normalization(self(input)))`. At inference this is one pass, with the normalisation folded
    /// into the filters; in training the steps are separate.
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

    /// Whether the layers after a convolution may be fused into it.
    static var canFuse: Bool { !Recording.isEnabled && Phase.current == .inference }

    /// Whether a normalisation fits this convolution's output.
    func canFold(_ normalization: BatchNorm2d) -> Bool {
        normalization.runningMean.value.count == weight.shape[0]
    }
}

/// A convolution without bias, batch normalisation and an activation: the block that most networks since 2015
/// are made of. As torchvision's `Conv2dNormActivation`. At inference it is one convolution.
///
/// `[N, C, H, W]` → `[N, O, H', W']`
public struct Conv2dNormActivation: Layer {
    /// The convolution. It has no bias: the normalisation has one.
    public let convolution: Conv2d
    /// The batch normalisation of the convolution's output.
    public let normalization: BatchNorm2d
    /// The activation of the normalised output; `.identity` for none.
    public let activation: Activation
    private let names: (convolution: String, normalization: String)

    /// - Parameters:
    ///   - padding: zeros at each edge; nil for half of the kernel size, which keeps an image's size where
    ///     the kernel is odd and the stride is 1
    ///   - epsilon: of the normalisation
    ///   - momentum: of the normalisation: how much of a batch's statistics goes into the running ones
    ///   - initializer: of the convolution's weight
    ///   - names: the two layers' names in a state dictionary; torchvision's by default
    public init(
        _ inChannels: Int, _ outChannels: Int, kernelSize: Extent, stride: Extent = 1, padding: Extent? = nil,
        groups: Int = 1, epsilon: Float = 1e-5, momentum: Float = 0.1, activation: Activation = .relu,
        initializer: Initializer = .pyTorchDefault,
        names: (convolution: String, normalization: String) = ("0", "1"), file: StaticString = #fileID,
        line: UInt = #line
    ) {
        convolution = Conv2d(
            inChannels, outChannels, kernelSize: kernelSize, stride: stride,
            padding: padding ?? Extent(kernelSize.height / 2, kernelSize.width / 2), groups: groups,
            bias: false,
            initializer: initializer, file: file, line: line)
        normalization = BatchNorm2d(
            outChannels, epsilon: epsilon, momentum: momentum, file: file, line: line)
        self.activation = activation
        self.names = names
    }

    public func callAsFunction(_ input: Tensor) -> Tensor {
        observed(self, input) { convolution(input, normalization: normalization, activation: activation) }
    }
}

extension Conv2dNormActivation: CustomReflectable {
    /// The convolution and the normalisation under the names that they have in a state dictionary.
    public var customMirror: Mirror {
        Mirror(
            self,
            children: [
                (label: names.convolution as String?, value: convolution as Any),
                (label: names.normalization as String?, value: normalization as Any),
            ])
    }
}
