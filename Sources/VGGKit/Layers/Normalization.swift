// SPDX-License-Identifier: Apache-2.0

import Checks

/// Batch normalisation over each channel of `[N, C, H, W]` (Ioffe & Szegedy, 2015). As
/// `torch.nn.BatchNorm2d`.
///
/// Training uses the batch's statistics and updates the running statistics by `momentum`. Inference uses the
/// running statistics. So does training if weight and bias are frozen, because other statistics would not fit
/// the frozen weights. (Keras does the same for `trainable = False`; in PyTorch one calls `eval()` on the
/// layer.)
public struct BatchNorm2d: Layer {
    /// The factor of each normalised channel, `[C]`; nil without `affine`.
    public let weight: Parameter?
    /// The bias of each channel, added after the multiplication, `[C]`; nil without `affine`.
    public let bias: Parameter?
    /// The mean of each channel that is used at inference, `[C]`.
    public let runningMean: Buffer
    /// The variance of each channel that is used at inference, `[C]`. It follows the unbiased variance of the
    /// batches.
    public let runningVar: Buffer
    /// The number of batches in the running statistics.
    public let numBatchesTracked: Buffer
    /// Added to the variance, so that a constant channel is not divided by 0.
    public let epsilon: Float
    /// The share of a new batch in the running statistics; nil for the plain average over all batches.
    public let momentum: Float?

    /// Creates the layer with weight 1, bias 0, running mean 0 and running variance 1.
    /// - Parameters:
    ///   - channels: C, the length of the input's second axis
    ///   - momentum: the share of a new batch in the running statistics; nil for the plain average over all
    ///     batches
    ///   - affine: whether there are a weight and a bias
    public init(
        _ channels: Int, epsilon: Float = 1e-5, momentum: Float? = 0.1, affine: Bool = true,
        file: StaticString = #fileID, line: UInt = #line
    ) {
        check(
            channels > 0, "BatchNorm2d: \(channels) channels; there must be at least one", file: file,
            line: line)
        weight = affine ? Parameter(Tensor.ones([channels])) : nil
        bias = affine ? Parameter(Tensor.zeros([channels])) : nil
        runningMean = Buffer(Tensor.zeros([channels]))
        runningVar = Buffer(Tensor.ones([channels]))
        numBatchesTracked = Buffer(Tensor.zeros([], .int32))
        self.epsilon = epsilon
        self.momentum = momentum
    }

    public func callAsFunction(_ input: Tensor) -> Tensor { callAsFunction(input, activation: .identity) }

    /// The normalisation at inference: a scale and a shift for each channel.
    var scaleAndShift: (scale: Tensor, shift: Tensor) {
        withoutRecording {
            let inverse = 1 / sqrt(runningVar.value + epsilon)
            let scale = weight.map { $0.value * inverse } ?? inverse
            let shift = -(runningMean.value * scale)
            return (scale, bias.map { $0.value + shift } ?? shift)
        }
    }

    /// These versions change whenever `scaleAndShift` may change.
    var versions: [Int] {
        [weight?.version ?? 0, bias?.version ?? 0, runningMean.version, runningVar.version]
    }

    /// Whether the running statistics are used in training too.
    var isFrozen: Bool {
        guard let weight, let bias else { return false }
        return !weight.isTrainable && !bias.isTrainable
    }

    private func track(mean: Tensor, variance: Tensor, count: Int) {
        let seen = numBatchesTracked.value.item(Int32.self)
        let batches = seen == .max ? seen : seen + 1
        numBatchesTracked.value = Tensor(batches)
        let share = momentum ?? Float(1 / Double(batches))
        // PyTorch tracks the unbiased variance.
        let unbiased = variance * (Float(count) / Float(count - 1))
        runningMean.value = runningMean.value * (1 - share) + mean * share
        runningVar.value = runningVar.value * (1 - share) + unbiased * share
    }
}

extension BatchNorm2d: ActivationFusing, SummarizedLayer {
    package func callAsFunction(_ input: Tensor, activation: Activation) -> Tensor {
        observed(self, input, activation: activation) { activation in
            guard Phase.current == .training, !isFrozen else {
                return batchNorm2d(
                    input, mean: runningMean.value, variance: runningVar.value, weight: weight?.tensor,
                    bias: bias?.tensor, epsilon: epsilon, activation: activation)
            }
            let (value, mean, variance, count) = batchNorm2d(
                input, weight: weight?.tensor, bias: bias?.tensor, epsilon: epsilon, activation: activation,
                exchange: SharedStatistics.exchange)
            track(mean: mean, variance: variance, count: count)
            return value
        }
    }

    public var description: String { "BatchNorm2d(\(runningMean.value.count))" }
}

/// Whether batch normalisation sees a part of a batch that ranks share, or all of it.
enum SharedStatistics {
    /// How the ranks of this task's run tell each other their statistics; nil if each normalises its own
    /// part.
    @TaskLocal static var exchange: StatisticsExchange?
}

/// Local response normalisation across channels (Krizhevsky, Sutskever & Hinton, 2012). As
/// `torch.nn.LocalResponseNorm`, whose `alpha` is divided by `size`; VGG's A-LRN has size 5, α 5 · 10⁻⁴, β
/// 0.75, k 2.
public struct LocalResponseNorm: SummarizedLayer {
    /// How many neighbouring channels the squares are summed over, with the channel itself.
    public let size: Int
    /// The factor of the sum of squares, which is divided by `size`.
    public let alpha: Float
    /// The exponent of the denominator.
    public let beta: Float
    /// The constant that is added to the scaled sum of squares.
    public let k: Float

    /// Creates `y = x / (k + alpha / size · Σ x²)^beta`, with PyTorch's default values.
    public init(
        size: Int, alpha: Float = 1e-4, beta: Float = 0.75, k: Float = 1, file: StaticString = #fileID,
        line: UInt = #line
    ) {
        check(size > 0, "LocalResponseNorm: size \(size) must be positive", file: file, line: line)
        self.size = size
        self.alpha = alpha
        self.beta = beta
        self.k = k
    }

    public func callAsFunction(_ input: Tensor) -> Tensor {
        observed(self, input) {
            localResponseNorm(input, size: size, alpha: alpha, beta: beta, k: k)
        }
    }

    public var description: String { "LocalResponseNorm(\(size))" }
}
