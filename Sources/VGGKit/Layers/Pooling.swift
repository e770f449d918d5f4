// SPDX-License-Identifier: Apache-2.0

/// The largest value of each window: `[N, C, H, W]` → `[N, C, H', W']`. As `torch.nn.MaxPool2d`.
public struct MaxPool2d: SummarizedLayer {
    public let kernelSize: Extent
    public let stride: Extent
    public let padding: Extent
    public let dilation: Extent
    public let ceilMode: Bool

    public init(
        kernelSize: Extent, stride: Extent? = nil, padding: Extent = 0, dilation: Extent = 1,
        ceilMode: Bool = false
    ) {
        self.kernelSize = kernelSize
        self.stride = stride ?? kernelSize
        self.padding = padding
        self.dilation = dilation
        self.ceilMode = ceilMode
    }

    public func callAsFunction(_ input: Tensor) -> Tensor {
        observed(self, input) {
            maxPool2d(
                input, kernelSize: kernelSize, stride: stride, padding: padding, dilation: dilation,
                ceilMode: ceilMode)
        }
    }

    /// Windows of 2×2 next to each other, whole ones only.
    var isPlainHalving: Bool {
        kernelSize == 2 && stride == 2 && padding == 0 && dilation == 1 && !ceilMode
    }

    public var description: String { "MaxPool2d(kernel \(kernelSize), stride \(stride))" }
}

/// The mean of each window: `[N, C, H, W]` → `[N, C, H', W']`. As `torch.nn.AvgPool2d`.
public struct AvgPool2d: SummarizedLayer {
    public let kernelSize: Extent
    public let stride: Extent
    public let padding: Extent
    public let ceilMode: Bool
    public let countIncludesPadding: Bool

    public init(
        kernelSize: Extent, stride: Extent? = nil, padding: Extent = 0, ceilMode: Bool = false,
        countIncludesPadding: Bool = true
    ) {
        self.kernelSize = kernelSize
        self.stride = stride ?? kernelSize
        self.padding = padding
        self.ceilMode = ceilMode
        self.countIncludesPadding = countIncludesPadding
    }

    public func callAsFunction(_ input: Tensor) -> Tensor {
        observed(self, input) {
            avgPool2d(
                input, kernelSize: kernelSize, stride: stride, padding: padding, ceilMode: ceilMode,
                countIncludesPadding: countIncludesPadding)
        }
    }

    public var description: String { "AvgPool2d(kernel \(kernelSize), stride \(stride))" }
}

/// Means over windows laid so that the result has the given size: `[N, C, H, W]` → `[N, C, outputSize]`.
/// As `torch.nn.AdaptiveAvgPool2d`.
public struct AdaptiveAvgPool2d: SummarizedLayer {
    public let outputSize: Extent

    public init(outputSize: Extent) { self.outputSize = outputSize }

    public func callAsFunction(_ input: Tensor) -> Tensor {
        observed(self, input) { adaptiveAvgPool2d(input, outputSize: outputSize) }
    }

    public var description: String { "AdaptiveAvgPool2d(\(outputSize))" }
}
