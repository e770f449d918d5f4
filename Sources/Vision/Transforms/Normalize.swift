// SPDX-License-Identifier: Apache-2.0

import CImages
import TensorCore

/// A picture as numbers from 0 to 1: `[C, H, W]`. As torchvision's `ToTensor`.
public struct ToTensor: Sendable {
    public init() {}
    public func callAsFunction(_ image: Image) -> Tensor { Normalize.none.tensor(of: image) }
}

/// `(x - mean) / deviation` for each channel. As torchvision's `Normalize`.
public struct Normalize: Sendable, Codable, Equatable {
    public let mean: [Float]
    public let deviation: [Float]

    public init(mean: [Float], deviation: [Float]) {
        precondition(
            mean.count == deviation.count && (mean.count == 1 || mean.count == 3)
                && deviation.allSatisfy { $0 > 0 },
            "Normalize: takes means and positive deviations for 1 or 3 channels, not \(mean) and \(deviation)"
        )
        self.mean = mean
        self.deviation = deviation
    }

    /// What torchvision's pretrained models are trained with.
    public static let imageNet = Normalize(mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225])
    /// To -1 … 1.
    public static let half = Normalize(mean: [0.5, 0.5, 0.5], deviation: [0.5, 0.5, 0.5])
    /// Leaves 0 … 1 as it is.
    public static let none = Normalize(mean: [0, 0, 0], deviation: [1, 1, 1])

    /// A tensor of pixels in 0 … 1, `[C, H, W]` or `[N, C, H, W]`, normalised.
    public func callAsFunction(_ pixels: Tensor) -> Tensor {
        let shape = [mean.count, 1, 1]
        return (pixels - Tensor(mean, shape: shape)) / Tensor(deviation, shape: shape)
    }

    /// `ToTensor` and `Normalize` in one pass over the pixels. The channels of a pixel stay neighbours in memory.
    func tensor(of image: Image) -> Tensor {
        var rows = Tensor(uninitialized: [image.height, image.width, image.channels])
        rows.withMutableScalars(Float.self) { write(image, to: $0) }
        return rows.permuted([2, 0, 1])
    }

    /// Writes a picture's numbers, row by row, the channels of a pixel side by side.
    func write(_ image: Image, to target: UnsafeMutableBufferPointer<Float>) {
        precondition(
            image.channels == mean.count || image.channels == 1 && isEqualInAllChannels
                || mean.count == 1,
            "Normalize: means \(mean) do not fit an image of \(image.channels) channels")
        precondition(
            target.count == image.pixels.count,
            "Normalize: \(image.pixels.count) numbers do not fit a place for \(target.count)")
        let tables = (0..<image.channels).flatMap { table(channel: min($0, mean.count - 1)) }
        ci_look_up(
            image.pixels, image.width * image.height, Int32(image.channels), tables, target.baseAddress)
    }

    private var isEqualInAllChannels: Bool {
        mean.allSatisfy { $0 == mean[0] } && deviation.allSatisfy { $0 == deviation[0] }
    }

    /// What each level becomes: torchvision's steps, so that the numbers are torchvision's to the bit.
    private func table(channel: Int) -> [Float] {
        (0...255).map { (Float($0) / 255 - mean[channel]) / deviation[channel] }
    }

    private enum CodingKeys: CodingKey { case mean, deviation }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        mean = try container.decode([Float].self, forKey: .mean)
        deviation = try container.decode([Float].self, forKey: .deviation)
        guard mean.count == deviation.count, mean.count == 1 || mean.count == 3,
            deviation.allSatisfy({ $0 > 0 })
        else {
            throw DecodingError.dataCorruptedError(
                forKey: .mean, in: container,
                debugDescription: "mean \(mean) and deviation \(deviation) do not fit")
        }
    }
}
