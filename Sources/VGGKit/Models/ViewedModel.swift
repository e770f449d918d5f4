// SPDX-License-Identifier: Apache-2.0

import Checks
import Files

/// A classifier that looks at each image several times. It is a layer as the classifier is, so that whatever measures or
/// uses one takes the other.
///
/// Images `[N, C, S, S]`, as `preprocessing` makes them → the logarithm of the mean probabilities, `[N, classCount]`, of
/// which the softmax is these probabilities again.
public struct ViewedModel: Layer {
    public let model: any Layer
    public let views: TestViews
    /// The side of the square that the model sees.
    private let imageSize: Int
    private let card: ModelCard

    /// - Throws: `TestViewsError` where the model or its image does not allow these views
    public init(_ model: any Layer, card: ModelCard, views: TestViews) throws(TestViewsError) {
        self.model = model
        self.views = views
        imageSize = card.imageSize
        self.card = card
        if let side = views.side, side < imageSize || side > 1 << 14 {
            throw .side(side, smallest: imageSize)
        }
        guard views.kind == .dense else { return }
        guard let dense = model as? any DenseClassifier else { throw .notDense("\(type(of: model))") }
        if let problem = dense.densityProblem(imageSize: imageSize) { throw .notDense(problem) }
    }

    /// How photos become input: a square around the middle, larger than the model's for views that move in it.
    public var preprocessing: Compose {
        let side =
            switch views.kind {
            case .middle, .flip: imageSize
            case .tenCrop, .dense: views.side ?? card.resizedSide
            }
        return Compose(
            card.fit.transforms(side: side, of: max(card.resizedSide, side)), normalize: card.normalization)
    }

    public func callAsFunction(_ images: Tensor) -> Tensor {
        switch views.kind {
        case .middle: return model(images)
        case .flip: return mean(of: [images, images.flipped(axis: 3)], model.callAsFunction)
        case .tenCrop: return mean(of: crops(images) + crops(images.flipped(axis: 3)), model.callAsFunction)
        case .dense:
            let dense = model as! any DenseClassifier
            return mean(of: [images, images.flipped(axis: 3)], dense.forwardDensely)
        }
    }

    private func mean(of views: [Tensor], _ logits: (Tensor) -> Tensor) -> Tensor {
        let probabilities = stack(views.map { softmax(logits($0)) }).mean(axes: [0])
        return log(clamp(probabilities, Float.leastNormalMagnitude...1))
    }

    /// The four corners and the middle.
    private func crops(_ images: Tensor) -> [Tensor] {
        check(
            images.rank == 4 && images.shape[2] >= imageSize && images.shape[3] >= imageSize,
            "ViewedModel: takes images [N, C, H, W] of at least \(imageSize)×\(imageSize) pixels, not \(images.shape)"
        )
        let (bottom, right) = (images.shape[2] - imageSize, images.shape[3] - imageSize)
        return [(0, 0), (0, right), (bottom, 0), (bottom, right), (bottom / 2, right / 2)].map { y, x in
            images.square(y, x, side: imageSize)
        }
    }
}

/// Why a model cannot be shown a photo in that way.
public enum TestViewsError: DescribedError, Equatable {
    case side(Int, smallest: Int)
    case notDense(String)

    public var description: String {
        switch self {
        case .side(let side, let smallest):
            "views are taken from a square of \(side) pixels; it should have \(smallest), the model's own, to 16384"
        case .notDense(let reason):
            "the model cannot be applied at every place of an image: \(reason); ten-crop and flip are for any model"
        }
    }
}
