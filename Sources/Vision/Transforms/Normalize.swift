// SPDX-License-Identifier: Apache-2.0

import CImages
import Checks
import TensorCore

/// A picture as numbers from 0 to 1: `[C, H, W]`. As torchvision's `ToTensor`.
public struct ToTensor: Sendable {
    /// Creates the transform. It has no settings: 0 to 255 become 0 to 1.
    public init() {}
    /// The image's pixels as `[C, H, W]`, 0 … 1.
    public func callAsFunction(_ image: Image) -> Tensor {
        PixelNumbers(.none).tensor(of: .pixels(image))
    }
}

/// `(x - mean) / deviation` for each channel. As torchvision's `Normalize`.
public struct Normalize: Sendable, Codable, Equatable {
    /// Subtracted from each channel: one number for each, or one for all. Pixels are in 0 … 1.
    public let mean: [Float]
    /// Divides each channel after the mean is subtracted: as many numbers as `mean`, all positive.
    public let deviation: [Float]

    /// Takes one number for all channels or three for RGB. Traps unless every deviation is positive and all
    /// numbers are finite.
    public init(mean: [Float], deviation: [Float], file: StaticString = #fileID, line: UInt = #line) {
        check(
            mean.count == deviation.count && (mean.count == 1 || mean.count == 3)
                && deviation.allSatisfy { $0 > 0 } && (mean + deviation).allSatisfy(\.isFinite),
            "Normalize: takes finite means and positive deviations for 1 or 3 channels, not \(mean) and \(deviation)",
            file: file, line: line
        )
        self.mean = mean
        self.deviation = deviation
    }

    /// The mean and deviation of torchvision's pretrained models.
    public static let imageNet = Normalize(mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225])
    /// To -1 … 1.
    public static let half = Normalize(mean: [0.5, 0.5, 0.5], deviation: [0.5, 0.5, 0.5])
    /// Leaves 0 … 1 as it is.
    public static let none = Normalize(mean: [0, 0, 0], deviation: [1, 1, 1])

    /// A tensor of pixels in 0 … 1, `[C, H, W]` or `[N, C, H, W]`, normalised.
    public func callAsFunction(_ pixels: Tensor, file: StaticString = #fileID, line: UInt = #line)
        -> Tensor
    {
        check(
            (3...4).contains(pixels.rank) && (mean.count == 1 || pixels.shape[pixels.rank - 3] == mean.count),
            "Normalize: takes pixels [\(mean.count), H, W] or [N, \(mean.count), H, W], not \(pixels.shape)",
            file: file, line: line)
        pixels.requireType(.float32, "Normalize", file: file, line: line)
        let shape = [mean.count, 1, 1]
        return (pixels - Tensor(mean, shape: shape)) / Tensor(deviation, shape: shape)
    }

    private enum CodingKeys: CodingKey { case mean, deviation }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        mean = try container.decode([Float].self, forKey: .mean)
        deviation = try container.decode([Float].self, forKey: .deviation)
        guard mean.count == deviation.count, mean.count == 1 || mean.count == 3,
            deviation.allSatisfy({ $0 > 0 }), (mean + deviation).allSatisfy(\.isFinite)
        else {
            throw DecodingError.dataCorruptedError(
                forKey: .mean, in: container,
                debugDescription: "mean \(mean) and deviation \(deviation) do not fit")
        }
    }
}

/// `ToTensor` and `Normalize` in one step, by a table with the number for each level of each channel. The
/// table is computed in torchvision's steps, so that the numbers equal torchvision's to the bit.
struct PixelNumbers: Sendable {
    let normalize: Normalize
    private let tables: [Float]

    init(_ normalize: Normalize) {
        self.normalize = normalize
        tables = (0..<3).flatMap { channel in
            let channel = min(channel, normalize.mean.count - 1)
            return (0...255).map {
                (Float($0) / 255 - normalize.mean[channel]) / normalize.deviation[channel]
            }
        }
    }

    /// The channels of a pixel stay neighbours in memory.
    func tensor(of picture: Picture) -> Tensor {
        var rows = Tensor(uninitialized: [picture.size.height, picture.size.width, picture.channels])
        rows.withMutableScalars(Float.self) { picture.write(self, to: $0) }
        return rows.permuted([2, 0, 1])
    }

    /// Writes a picture's numbers, row by row, the channels of a pixel side by side.
    func write(_ image: Image, to target: UnsafeMutableBufferPointer<Float>) {
        check(
            target.count == image.pixels.count,
            "Normalize: \(image.pixels.count) numbers do not fit a buffer for \(target.count)")
        withTables(for: image.channels) { tables in
            ci_look_up(
                image.pixels, image.width * image.height, Int32(image.channels), tables, target.baseAddress)
        }
    }

    /// Calls `body` with 256 numbers for each channel.
    func withTables(for channels: Int, _ body: (UnsafePointer<Float>) -> Void) {
        normalize.requireFit(channels: channels)
        tables.withUnsafeBufferPointer { body($0.baseAddress!) }
    }
}

extension Normalize {
    /// The numbers of levels, `[N, C, H, W]` of `uint8`, computed by the task's device: the same bits as by
    /// `PixelNumbers`.
    func numbers(of levels: Tensor) -> Tensor {
        let channels = levels.shape[1]
        requireFit(channels: channels)
        func each(_ values: [Float]) -> Tensor {
            Tensor((0..<channels).map { values[min($0, values.count - 1)] }, shape: [channels, 1, 1])
        }
        return (levels.to(.float32) / 255 - each(mean)) / each(deviation)
    }

    fileprivate func requireFit(channels: Int) {
        check(
            channels == mean.count || mean.count == 1 || isEqualInAllChannels,
            "Normalize: means \(mean) do not fit an image of \(channels) channel\(channels == 1 ? "" : "s")")
    }

    fileprivate var isEqualInAllChannels: Bool {
        mean.allSatisfy { $0 == mean[0] } && deviation.allSatisfy { $0 == deviation[0] }
    }
}
