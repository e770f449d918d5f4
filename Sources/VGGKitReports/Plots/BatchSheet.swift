// SPDX-License-Identifier: Apache-2.0

import Checks
internal import Drawing
import Foundation
import VGGKit

/// A picture of a network's input: the images of a batch side by side, denormalised, each above its caption.
///
/// ```swift
/// let batches = training.batches(epoch: 0)
/// let sheet = BatchSheet(try batches.next()!, classes: photos.classes, normalize: .imageNet)
/// try sheet.image.write(to: URL(filePath: "batch.png"))
/// ```
public struct BatchSheet: Sendable {
    /// `[N, C, H, W]`, as the network takes them; C is 1 or 3.
    public var images: Tensor
    /// One caption for each image.
    public var captions: [String]
    /// The normalisation of the images, which is undone.
    public var normalize: Normalize
    /// The number of images in a row; if nil, about twice the number of rows.
    public var columns: Int?
    /// Small images are enlarged to at least this width; each pixel becomes a square.
    public var smallestSide = 96

    /// A sheet of any images.
    /// - Parameters:
    ///   - images: `[N, C, H, W]` with one image or more; C is 1 or 3
    ///   - captions: one for each image; shortened where they are wider than it
    ///   - normalize: the normalisation of the images
    public init(
        images: Tensor, captions: [String], normalize: Normalize, file: StaticString = #fileID,
        line: UInt = #line
    ) {
        check(
            images.rank == 4 && images.shape[0] > 0 && [1, 3].contains(images.shape[1])
                && images.shape[2] > 0 && images.shape[3] > 0,
            "BatchSheet: takes images [N, C, H, W] of 1 or 3 channels, not \(images.shape)", file: file,
            line: line)
        check(
            captions.count == images.shape[0],
            "BatchSheet: \(captions.count) captions for \(images.shape[0]) images", file: file, line: line)
        check(
            normalize.mean.count == 1 || normalize.mean.count == images.shape[1],
            "BatchSheet: means \(normalize.mean) do not fit images of \(images.shape[1]) channels",
            file: file, line: line)
        self.images = images
        self.captions = captions
        self.normalize = normalize
    }

    /// The images of a batch over the names of their classes.
    public init(
        _ batch: Batch, classes: [String], normalize: Normalize, file: StaticString = #fileID,
        line: UInt = #line
    ) {
        let labels = batch.labels.scalars(Int32.self).map(Int.init)
        check(
            labels.allSatisfy(classes.indices.contains),
            "BatchSheet: labels up to \(labels.max() ?? 0) for \(classes.count) classes", file: file,
            line: line)
        self.init(
            images: batch.images, captions: labels.map { classes[$0] }, normalize: normalize, file: file,
            line: line)
    }

    /// The sheet: images from left to right, row by row, on white.
    public var image: Image {
        let (count, height, width) = (images.shape[0], images.shape[2], images.shape[3])
        let scale = max(1, (smallestSide + width - 1) / width)
        let cell = (width: scale * width + Self.gap, height: scale * height + Self.caption)
        let across = min(count, max(1, columns ?? Int((2 * Double(count)).squareRoot().rounded(.up))))
        let rows = (count + across - 1) / across
        var sheet = Bitmap(width: across * cell.width + Self.gap, height: rows * cell.height + Self.gap) {
            canvas in
            for (index, caption) in captions.enumerated() {
                let left = Self.gap + index % across * cell.width
                let bottom = Self.gap + index / across * cell.height + scale * height
                let text = Self.shortened(caption, to: Double(scale * width), on: &canvas)
                canvas.text(text, at: Point(Double(left), Double(bottom) + 15), Style.label, Style.ink)
            }
        }
        let pixels = self.pixels
        for index in 0..<count {
            let (left, top) = (
                Self.gap + index % across * cell.width, Self.gap + index / across * cell.height
            )
            for y in 0..<scale * height {
                for x in 0..<scale * width {
                    let source = 3 * ((index * height + y / scale) * width + x / scale)
                    let target = 3 * ((top + y) * sheet.width + left + x)
                    for channel in 0..<3 { sheet.pixels[target + channel] = pixels[source + channel] }
                }
            }
        }
        return Image(width: sheet.width, height: sheet.height, channels: 3, pixels: sheet.pixels)
    }

    private static let gap = 8
    private static let caption = 28

    /// `[N, H, W, 3]`: the denormalised images. NaN becomes black.
    private var pixels: [UInt8] {
        let (channels, area) = (images.shape[1], images.shape[2] * images.shape[3])
        let values = images.floats
        return (0..<images.shape[0] * area * 3).map { index in
            let (pixel, channel) = (index / 3, min(index % 3, channels - 1))
            let value = values[(pixel / area * channels + channel) * area + pixel % area]
            let entry = min(channel, normalize.mean.count - 1)
            let level = 255 * (value * normalize.deviation[entry] + normalize.mean[entry])
            return level.isNaN ? 0 : UInt8(min(max(level, 0), 255).rounded())
        }
    }

    private static func shortened(_ text: String, to width: Double, on canvas: inout Canvas) -> String {
        guard canvas.width(of: text, Style.label) > width else { return text }
        var text = text
        while !text.isEmpty && canvas.width(of: text + "…", Style.label) > width { text.removeLast() }
        return text + "…"
    }
}
