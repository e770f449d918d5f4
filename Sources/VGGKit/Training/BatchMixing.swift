// SPDX-License-Identifier: Apache-2.0

import Checks
import Foundation

/// Blends each image of a batch with another one. The losses for the two labels are blended in the same
/// shares, so it works with any `Loss`. A model trained so is less overconfident.
public protocol BatchMixing: Sendable {
    /// Blends the images of a batch.
    /// - Parameter images: `[N, C, H, W]`
    /// - Returns: the blends of each image `i` with image `i - 1` (of the first with the last), and the share
    ///   of image `i`, 0 … 1
    func callAsFunction(
        _ images: Tensor, using generator: inout RandomGenerator
    ) -> (images: Tensor, share: Float)
}

/// Mixup: the weighted sum of two images, with a share drawn from Beta(α, α) for the batch. As
/// `torchvision.transforms.v2.MixUp`.
///
/// H. Zhang et al., "mixup: Beyond Empirical Risk Minimization", ICLR 2018. https://arxiv.org/abs/1710.09412
public struct MixUp: BatchMixing {
    /// α of the Beta distribution that shares are drawn from.
    public let alpha: Float

    /// - Parameter alpha: above 0; the smaller, the more often one of the images is nearly all of the blend
    public init(alpha: Float = 0.2, file: StaticString = #fileID, line: UInt = #line) {
        check(alpha > 0 && alpha.isFinite, "MixUp: alpha \(alpha) must be positive", file: file, line: line)
        self.alpha = alpha
    }

    public func callAsFunction(
        _ images: Tensor, using generator: inout RandomGenerator
    ) -> (images: Tensor, share: Float) {
        check(images.rank > 0, "MixUp: takes images [N, …], not \(images.shape)")
        let share = generator.beta(alpha)
        return (blended(images, share: share), share)
    }

    package func blended(_ images: Tensor, share: Float) -> Tensor {
        withoutRecording { images * share + images.rolled * (1 - share) }
    }
}

/// CutMix: a rectangle of one image is put into another. Its share of the area is drawn from Beta(α, α) for
/// the batch. As `torchvision.transforms.v2.CutMix`.
///
/// S. Yun et al., "CutMix: Regularization Strategy to Train Strong Classifiers with Localizable Features",
/// ICCV 2019. https://arxiv.org/abs/1905.04899
public struct CutMix: BatchMixing {
    /// α of the Beta distribution that areas are drawn from.
    public let alpha: Float

    /// - Parameter alpha: above 0; with 1 every area is as likely
    public init(alpha: Float = 1, file: StaticString = #fileID, line: UInt = #line) {
        check(alpha > 0 && alpha.isFinite, "CutMix: alpha \(alpha) must be positive", file: file, line: line)
        self.alpha = alpha
    }

    public func callAsFunction(
        _ images: Tensor, using generator: inout RandomGenerator
    ) -> (images: Tensor, share: Float) {
        check(
            images.rank == 4 && images.shape[2] > 0 && images.shape[3] > 0,
            "CutMix: takes images [N, C, H, W], not \(images.shape)")
        let share = generator.beta(alpha)
        let (height, width) = (images.shape[2], images.shape[3])
        let centerX = generator.index(below: width)
        let centerY = generator.index(below: height)
        let half = 0.5 * (1 - share).squareRoot()
        let (halfWidth, halfHeight) = (Int(half * Float(width)), Int(half * Float(height)))
        let columns = max(0, centerX - halfWidth)..<min(width, centerX + halfWidth)
        let rows = max(0, centerY - halfHeight)..<min(height, centerY + halfHeight)
        return patched(images, rows: rows, columns: columns)
    }

    package func patched(
        _ images: Tensor, rows: Range<Int>, columns: Range<Int>
    ) -> (images: Tensor, share: Float) {
        let (height, width) = (images.shape[2], images.shape[3])
        var own = [Float](repeating: 1, count: height * width)
        for row in rows {
            for column in columns { own[row * width + column] = 0 }
        }
        let mask = Tensor(own, shape: [1, 1, height, width])
        let mixed = withoutRecording { images * mask + images.rolled * (1 - mask) }
        return (mixed, 1 - Float(rows.count * columns.count) / Float(height * width))
    }
}

/// For each batch, one of several ways of mixing, at random, or none. As
/// `torchvision.transforms.v2.RandomChoice`.
public struct RandomMixing: BatchMixing {
    /// The ways of mixing, all equally probable.
    public let choices: [any BatchMixing]
    /// The probability that a batch is mixed, 0 … 1.
    public let probability: Float

    /// - Parameter probability: the probability that a batch is mixed, 0 … 1
    public init(
        _ choices: any BatchMixing..., probability: Float = 1, file: StaticString = #fileID,
        line: UInt = #line
    ) {
        check(
            !choices.isEmpty, "RandomMixing: takes at least one way of mixing, there is none", file: file,
            line: line)
        check(
            probability >= 0 && probability <= 1, "RandomMixing: \(probability) is not a probability",
            file: file, line: line)
        self.choices = choices
        self.probability = probability
    }

    public func callAsFunction(
        _ images: Tensor, using generator: inout RandomGenerator
    ) -> (images: Tensor, share: Float) {
        guard generator.uniform() < probability else { return (images, 1) }
        return choices[generator.index(below: choices.count)](images, using: &generator)
    }
}

extension Tensor {
    /// Shifts the rows by one: each replaces the next, the last replaces the first. As `torch.roll(x, 1, 0)`.
    package var rolled: Tensor {
        let count = shape[0]
        guard count > 1 else { return self }
        return concatenate([self[count - 1..<count], self[0..<count - 1]], axis: 0)
    }
}

extension RandomGenerator {
    /// A number from Beta(α, α): with two numbers from Gamma(α), the share of one in their sum.
    package mutating func beta(_ alpha: Float) -> Float {
        let (first, second) = (logGamma(Double(alpha)), logGamma(Double(alpha)))
        return Float(1 / (1 + exp(second - first)))
    }

    /// The logarithm of a number from Gamma(α, 1): for a small α the number itself may underflow to 0.
    ///
    /// G. Marsaglia, W. W. Tsang, "A Simple Method for Generating Gamma Variables", 2000.
    private mutating func logGamma(_ alpha: Double) -> Double {
        func positive() -> Double { Double(nextWord()) * 0x1p-32 + 0x1p-33 }
        guard alpha >= 1 else {
            let boost = log(positive()) / alpha
            return logGamma(alpha + 1) + boost
        }
        let d = alpha - 1.0 / 3
        while true {
            let x = Double(normal())
            let v = pow(1 + x / (9 * d).squareRoot(), 3)
            if v > 0, log(positive()) < x * x / 2 + d - d * v + d * log(v) { return log(d * v) }
        }
    }
}
