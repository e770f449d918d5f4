// SPDX-License-Identifier: Apache-2.0

/// Test-time augmentation: the crops of a photo that a trained classifier is applied to, mirrored or not. The
/// probabilities of several crops are averaged.
public struct TestTimeAugmentation: Sendable, Equatable {
    /// The kinds of test-time augmentation.
    public enum Kind: String, Sendable, CaseIterable {
        /// One crop: the middle of the photo. No augmentation.
        case middle
        /// The middle and its mirror image.
        case flip
        /// Ten crops: the corners and the middle of a larger square, and their mirror images. A. Krizhevsky
        /// et al., "ImageNet Classification with Deep Convolutional Neural Networks", 2012, section 4.1.
        case tenCrop = "ten-crop"
        /// Dense evaluation: the head is applied at every position of the feature map of a larger square, and
        /// of its mirror image. The logits of all positions are averaged. K. Simonyan and A. Zisserman, 2015,
        /// section 3.2.
        case dense
    }

    /// Which crops are taken.
    public var kind: Kind
    /// The side of the square that ten crops or dense evaluation cover, in pixels; nil for 8/7 of the model's
    /// image size.
    public var side: Int?

    /// - Parameter side: side of the larger square, for ten-crop and dense evaluation; from the model's image
    ///   size to 16384 pixels
    public init(_ kind: Kind, side: Int? = nil) {
        self.kind = kind
        self.side = side
    }

    /// One crop: the middle of the photo. No augmentation.
    public static let middle = TestTimeAugmentation(.middle)
    /// The middle of the photo and its mirror image.
    public static let flip = TestTimeAugmentation(.flip)
    /// Ten crops of a square of 8/7 of the model's image.
    public static let tenCrop = TestTimeAugmentation(.tenCrop)
    /// Dense evaluation of a square of 8/7 of the model's image.
    public static let dense = TestTimeAugmentation(.dense)
}

extension TestTimeAugmentation: CustomStringConvertible {
    public var description: String { kind.rawValue + (side.map { " of \($0)×\($0) pixels" } ?? "") }
}
