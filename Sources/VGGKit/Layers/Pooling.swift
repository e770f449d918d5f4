// SPDX-License-Identifier: Apache-2.0

/// The largest value of each window: `[N, C, H, W]` → `[N, C, H', W']`. As `torch.nn.MaxPool2d`.
public struct MaxPool2d: SummarizedLayer {
    /// Height and width of a window.
    public let kernelSize: Extent
    /// Distance in pixels between neighbouring windows, vertically and horizontally.
    public let stride: Extent
    /// Rows and columns that are added at each edge. They are never the largest value.
    public let padding: Extent
    /// Distance in pixels between neighbouring elements of a window; 1 for windows without gaps.
    public let dilation: Extent
    /// Whether a last window may reach beyond the end, so that the output size is rounded up.
    public let ceilMode: Bool

    /// - Parameters:
    ///   - stride: nil for the kernel size, so that windows do not overlap
    ///   - padding: at most half of the window
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
    /// Height and width of a window.
    public let kernelSize: Extent
    /// Distance in pixels between neighbouring windows, vertically and horizontally.
    public let stride: Extent
    /// Rows and columns of zeros that are added at each edge.
    public let padding: Extent
    /// Whether a last window may reach beyond the end, so that the output size is rounded up.
    public let ceilMode: Bool
    /// Whether the padding's zeros count as elements of the mean. As PyTorch's `count_include_pad`.
    public let countIncludesPadding: Bool

    /// - Parameters:
    ///   - stride: nil for the kernel size, so that windows do not overlap
    ///   - padding: at most half of the window
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

/// Means over windows chosen so that the result has the given size: `[N, C, H, W]` → `[N, C, outputSize]`. As
/// `torch.nn.AdaptiveAvgPool2d`.
public struct AdaptiveAvgPool2d: SummarizedLayer {
    /// Height and width of the result, whatever the input's are.
    public let outputSize: Extent

    /// - Parameter outputSize: 1 gives the mean over all positions of an image
    public init(outputSize: Extent) { self.outputSize = outputSize }

    public func callAsFunction(_ input: Tensor) -> Tensor {
        observed(self, input) { adaptiveAvgPool2d(input, outputSize: outputSize) }
    }

    public var description: String { "AdaptiveAvgPool2d(\(outputSize))" }
}
