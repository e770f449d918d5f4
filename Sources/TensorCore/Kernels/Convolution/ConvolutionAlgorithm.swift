// SPDX-License-Identifier: Apache-2.0

/// One way to compute a convolution. Activations, filters and their gradients are channels-last in memory.
///
/// The input gradient of a convolution with stride 1 is itself a convolution, of the output's gradient with
/// turned filters (`ConvolutionGeometry.flipped`). `supports` and `cost` are asked about that convolution.
protocol ConvolutionAlgorithm {
    /// Whether it can compute this convolution.
    static func supports(_ geometry: ConvolutionGeometry) -> Bool

    /// How long it takes, as a multiple of one matrix product with as many multiply-adds as the convolution
    /// has.
    static func cost(_ geometry: ConvolutionGeometry) -> Double

    /// Why it is a good choice for this convolution, in a few words.
    static func reason(_ geometry: ConvolutionGeometry) -> String

    /// The weight `[O, C / groups, kH, kW]` in the form that `forward` reads. With `turned` it is the weight
    /// of the input gradient's convolution: `[C, O, kH, kW]`, each filter rotated by 180°.
    static func filters(_ weight: Tensor, turned: Bool) -> Tensor

    /// Whether `forward` can write the largest value of each 2×2 window in place of its output.
    static func canPool(_ geometry: ConvolutionGeometry) -> Bool

    /// Whether `forward` can apply the activation.
    static func canApply(_ activation: Activation) -> Bool

    /// `[N, C, H, W]` → `[N, O, H', W']`
    static func forward(
        _ input: inout MaskedTensor, filters: Tensor, _ geometry: ConvolutionGeometry,
        _ epilogue: ConvolutionEpilogue
    ) -> Tensor

    /// The gradient with respect to the weight, and the bias's where the algorithm computes it as a
    /// by-product.
    static func filterGradient(
        _ gradient: inout MaskedTensor, _ input: Tensor, _ geometry: ConvolutionGeometry
    ) -> (weight: Tensor, bias: Tensor?)
}

extension ConvolutionAlgorithm {
    static func canPool(_ geometry: ConvolutionGeometry) -> Bool { false }

    static func canApply(_ activation: Activation) -> Bool { activation.hasGradientFromOutput }

    static func filters(_ weight: Tensor, turned: Bool) -> Tensor { plainFilters(weight, turned: turned) }

    /// The filters as they are, channels-last.
    static func plainFilters(_ weight: Tensor, turned: Bool) -> Tensor {
        guard turned else { return weight }
        let (kh, kw) = (weight.shape[2], weight.shape[3])
        let view = Tensor(
            storage: weight.storage,
            offset: weight.offset + (kh - 1) * weight.strides[2] + (kw - 1) * weight.strides[3],
            shape: [weight.shape[1], weight.shape[0], kh, kw],
            strides: [weight.strides[1], weight.strides[0], -weight.strides[2], -weight.strides[3]],
            scalarType: .float32)
        return Kernels.copy(view, strides: Shape.strides(view.shape, order: .channelsLast))
    }
}

/// Steps that a convolution applies to its output before it writes it.
struct ConvolutionEpilogue {
    /// `[O]`
    var bias: Tensor?
    var activation = Activation.identity
    /// Write only the largest value of each 2×2 window.
    var pools = false
}

/// A tensor that counts as 0 where its mask, of the same shape, is 0 or less: the gradient of a ReLU's
/// output. Algorithms that read it once apply the mask as they go; for the others it is applied once.
struct MaskedTensor {
    private(set) var tensor: Tensor
    private(set) var mask: Tensor?

    init(_ tensor: Tensor, mask: Tensor? = nil) { (self.tensor, self.mask) = (tensor, mask) }

    mutating func applied() -> Tensor {
        if let mask {
            tensor = Kernels.pullback(.relu, tensor, at: mask)
            self.mask = nil
        }
        return tensor
    }
}
