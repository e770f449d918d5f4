// SPDX-License-Identifier: Apache-2.0

/// How a photo of any proportion becomes the square input of a model.
public enum ImageFit: String, Sendable, Codable, CaseIterable {
    /// The middle of the photo, after its shorter side was resized. As torchvision's `Resize(256)` and
    /// `CenterCrop(224)`.
    case crop
    /// The whole photo, both sides resized, whatever the proportion was. As torchvision's `Resize((224,
    /// 224))`.
    case squeeze

    /// - Parameters:
    ///   - side: side of the square, in pixels
    ///   - resized: length of the photo's shorter side before the crop
    func transforms(side: Int, of resized: Int) -> [any Transform] {
        switch self {
        case .crop: [Resize(resized), CenterCrop(side)]
        case .squeeze: [Resize(height: side, width: side)]
        }
    }
}
