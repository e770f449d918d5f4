// SPDX-License-Identifier: Apache-2.0

import Checks

/// Two-dimensional convolution: `[N, C, H, W]` → `[N, O, H', W']`. As `torch.nn.Conv2d`.
public struct Conv2d: Layer {
    /// The filters, `[O, C / groups, kH, kW]`.
    public let weight: Parameter
    /// The bias, `[O]`, which is added to each output channel; nil for none.
    public let bias: Parameter?
    /// Distance in pixels between neighbouring windows, vertically and horizontally.
    public let stride: Extent
    /// Rows and columns of zeros that are added at each edge.
    public let padding: Extent
    /// Distance in pixels between neighbouring elements of a filter; 1 for filters without gaps.
    public let dilation: Extent
    /// The number of groups that the channels are split into. Outputs of a group see only its inputs.
    public let groups: Int
    private let prepared = PreparedFilterCache()

    /// Whether transformed filters are kept between calls at inference, from the second call on (the
    /// default). This takes four times the memory of the 3×3 filters, 235 MB for VGG-16, but they need not be
    /// transformed again for each batch.
    public static var keepsTransformedFilters: Bool {
        get { PreparedFilterCache.areKept.load(ordering: .relaxed) }
        set { PreparedFilterCache.areKept.store(newValue, ordering: .relaxed) }
    }

    /// - Parameter initializer: of the weight; the default is PyTorch's. The bias starts uniform in ±1/√(fan
    ///   in).
    public init(
        _ inChannels: Int, _ outChannels: Int, kernelSize: Extent, stride: Extent = 1, padding: Extent = 0,
        dilation: Extent = 1, groups: Int = 1, bias hasBias: Bool = true,
        initializer: Initializer = .pyTorchDefault, file: StaticString = #fileID, line: UInt = #line
    ) {
        check(
            groups > 0 && inChannels > 0 && outChannels > 0 && inChannels % groups == 0
                && outChannels % groups == 0,
            "Conv2d: \(inChannels) input and \(outChannels) output channels must be positive multiples of \(groups) groups",
            file: file, line: line
        )
        check(
            kernelSize.height > 0 && kernelSize.width > 0,
            "Conv2d: kernel size \(kernelSize) must be positive", file: file, line: line)
        var generator = RandomSource.current.next()
        let shape = [outChannels, inChannels / groups, kernelSize.height, kernelSize.width]
        weight = Parameter(initializer(shape, using: &generator, file: file, line: line).channelsLast())
        bias =
            hasBias
            ? Parameter(
                Initializer.pyTorchBias(weightShape: shape, using: &generator, file: file, line: line))
            : nil
        self.stride = stride
        self.padding = padding
        self.dilation = dilation
        self.groups = groups
    }

    public func callAsFunction(_ input: Tensor) -> Tensor { callAsFunction(input, activation: .identity) }
}

extension Conv2d: ActivationFusing, SummarizedLayer {
    package func callAsFunction(_ input: Tensor, activation: Activation) -> Tensor {
        observed(self, input, activation: activation) { activation in
            let (weight, bias) = (weight.tensor, bias?.tensor)
            if input.isRecorded || weight.isRecorded || bias?.isRecorded == true {
                prepared.drop()
                return conv2d(
                    input, weight: weight, bias: bias, stride: stride, padding: padding, dilation: dilation,
                    groups: groups, activation: activation)
            }
            return inferring(input, activation: activation)
        }
    }

    package var holdsPreparedFilters: Bool { prepared.areHeld }

    /// The convolution without recording. The filters are prepared once and used until a parameter changes.
    /// The layers after the convolution are fused: a batch normalisation with its running statistics, the
    /// activation, and 2×2 max pooling.
    func inferring(
        _ input: Tensor, normalization: BatchNorm2d? = nil, activation: Activation, pools: Bool = false
    ) -> Tensor {
        input.requireType(.float32, "conv2d")
        let geometry = ConvolutionGeometry(
            input: input.shape, weight: weight.shape, stride: stride, padding: padding, dilation: dilation,
            groups: groups)
        let versions = [weight.version, bias?.version ?? 0] + (normalization?.versions ?? [])
        let convolution = prepared.value(for: geometry, versions: versions) {
            PreparedConvolution(
                for: geometry, weight: weight.value, bias: bias?.value,
                normalization: normalization?.scaleAndShift)
        }
        return convolution(input, geometry, activation: activation, pools: pools)
    }

    public var description: String {
        let shape = weight.shape
        var text = "Conv2d(\(shape[1] * groups), \(shape[0]), kernel \(Extent(shape[2], shape[3]))"
        if stride != 1 { text += ", stride \(stride)" }
        if padding != 0 { text += ", padding \(padding)" }
        if dilation != 1 { text += ", dilation \(dilation)" }
        if groups != 1 { text += ", groups \(groups)" }
        return text + ")"
    }

    public func multiplyAdds(input: [Int], output: [Int]) -> Int {
        output.reduce(1, *) * weight.shape.dropFirst().reduce(1, *)
    }
}
