// SPDX-License-Identifier: Apache-2.0

import Checks
import Files

/// A classifier with test-time augmentation. It is a layer, as the classifier is, so it can be evaluated and
/// used in the same way.
///
/// Images `[N, C, S, S]`, as `preprocessing` makes them → the logarithm of the mean probabilities, `[N,
/// classCount]`. Their softmax gives the mean probabilities.
public struct AugmentedModel: Layer {
    /// The model that is applied to each crop of an image.
    public let model: any Layer
    /// The crops that the model is applied to.
    public let augmentation: TestTimeAugmentation
    /// The side of the model's square input.
    private let imageSize: Int
    private let card: ModelCard

    /// - Throws: `TestTimeAugmentationError` if the model or its image size does not allow this augmentation
    public init(_ model: any Layer, card: ModelCard, augmentation: TestTimeAugmentation)
        throws(TestTimeAugmentationError)
    {
        self.model = model
        self.augmentation = augmentation
        imageSize = card.imageSize
        self.card = card
        if let side = augmentation.side, side < imageSize || side > 1 << 14 {
            throw .side(side, smallest: imageSize)
        }
        guard augmentation.kind == .dense else { return }
        guard let dense = model as? any DenseClassifier else { throw .notDense("\(type(of: model))") }
        if let problem = dense.densityProblem(imageSize: imageSize) { throw .notDense(problem) }
    }

    /// The preprocessing of photos: a square around the middle, larger than the model's input if crops of it
    /// are taken.
    public var preprocessing: Compose {
        let side =
            switch augmentation.kind {
            case .middle, .flip: imageSize
            case .tenCrop, .dense: augmentation.side ?? card.resizedSide
            }
        return Compose(
            card.fit.transforms(side: side, of: max(card.resizedSide, side)), normalize: card.normalization)
    }

    public func callAsFunction(_ images: Tensor) -> Tensor {
        switch augmentation.kind {
        case .middle: return model(images)
        case .flip: return mean(of: [images, images.flipped(axis: 3)], model.callAsFunction)
        case .tenCrop: return mean(of: crops(images) + crops(images.flipped(axis: 3)), model.callAsFunction)
        case .dense:
            let dense = model as! any DenseClassifier
            return mean(of: [images, images.flipped(axis: 3)], dense.forwardDensely)
        }
    }

    private func mean(of crops: [Tensor], _ logits: (Tensor) -> Tensor) -> Tensor {
        let probabilities = stack(crops.map { softmax(logits($0)) }).mean(axes: [0])
        return log(clamp(probabilities, Float.leastNormalMagnitude...1))
    }

    /// The four corners and the middle.
    private func crops(_ images: Tensor) -> [Tensor] {
        check(
            images.rank == 4 && images.shape[2] >= imageSize && images.shape[3] >= imageSize,
            "AugmentedModel: takes images [N, C, H, W] of at least \(imageSize)×\(imageSize) pixels, not \(images.shape)"
        )
        let (bottom, right) = (images.shape[2] - imageSize, images.shape[3] - imageSize)
        return [(0, 0), (0, right), (bottom, 0), (bottom, right), (bottom / 2, right / 2)].map { y, x in
            images.square(y, x, side: imageSize)
        }
    }
}

/// Why a test-time augmentation is not possible with a model.
public enum TestTimeAugmentationError: DescribedError, Equatable {
    case side(Int, smallest: Int)
    case notDense(String)

    public var description: String {
        switch self {
        case .side(let side, let smallest):
            "crops are taken from a square of \(side) pixels; it should have \(smallest), the model's own, to 16384"
        case .notDense(let reason):
            "the model does not allow dense evaluation: \(reason); ten-crop and flip work with any model"
        }
    }
}
