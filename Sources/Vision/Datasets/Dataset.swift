// SPDX-License-Identifier: Apache-2.0

import Checks
import Foundation
import TensorCore

/// One example: an image as a model takes it, `[C, H, W]`, and its class.
public struct Sample: Sendable {
    enum Content: Sendable {
        case tensor(Tensor)
        /// Pixels, which are converted to numbers directly into the batch's memory.
        case picture(Picture, PixelNumbers)
    }

    var content: Content
    /// Index of the class, from 0.
    public var label: Int

    /// `[C, H, W]`
    public var image: Tensor {
        get {
            switch content {
            case .tensor(let tensor): tensor
            case .picture(let picture, let numbers): numbers.tensor(of: picture)
            }
        }
        set { content = .tensor(newValue) }
    }

    /// An example whose image is a tensor already.
    /// - Parameters:
    ///   - image: `[C, H, W]`
    ///   - label: index of the class, from 0
    public init(image: Tensor, label: Int) {
        content = .tensor(image)
        self.label = label
    }

    /// An example whose picture is converted to numbers only when they are needed.
    public init(picture: Image, normalize: Normalize, label: Int) {
        self.init(picture: .pixels(picture), numbers: PixelNumbers(normalize), label: label)
    }

    init(picture: Picture, numbers: PixelNumbers, label: Int) {
        content = .picture(picture, numbers)
        self.label = label
    }

    /// The shape of `image`.
    var shape: [Int] {
        switch content {
        case .tensor(let tensor): tensor.shape
        case .picture(let picture, _): [picture.channels, picture.size.height, picture.size.width]
        }
    }
}

/// Examples by index. `sample` is called from several threads at once; all its randomness must come from the
/// generator.
public protocol Dataset: Sendable {
    /// Number of examples.
    var count: Int { get }
    /// Reads one example. All randomness must come from the generator.
    /// - Parameter index: in `0..<count`
    func sample(at index: Int, using generator: inout RandomGenerator) throws -> Sample

    /// The class of each example, where it is known without reading the example.
    var labels: [Int]? { get }

    /// Whether a sample that throws an `ImageError` is skipped and reported; otherwise it ends the run.
    var skipsUnreadable: Bool { get }

    /// The folder that the examples are read from, in which a run must not write; nil if there is none.
    var sourceFolder: URL? { get }

    /// The order in which a loader that shuffles reads the examples, for data sets that are slow where
    /// neighbours are far from one another on the disk; nil if any order will do. All examples in as many
    /// rows as there are processes that train together; each reads one.
    func shuffledRows(_ count: Int, using generator: inout RandomGenerator) -> [[Int]]?
}

extension Dataset {
    public func shuffledRows(_ count: Int, using generator: inout RandomGenerator) -> [[Int]]? { nil }
    public var labels: [Int]? { nil }
    public var skipsUnreadable: Bool { false }
    public var sourceFolder: URL? { nil }
}

/// Traps if the data set has no such sample.
package func requireSample(_ index: Int, of dataset: some Dataset) {
    check(
        index >= 0 && index < dataset.count,
        "\(type(of: dataset)): sample \(index) is outside 0..<\(dataset.count)")
}

/// Examples that are in memory: images `[N, C, H, W]` and `int32` labels `[N]`.
public struct TensorDataset: Dataset {
    /// `[N, …]`: the image of example `i` is `images[i]`.
    public let images: Tensor
    private let classes: [Int32]

    /// A data set of images that are tensors already. As `torch.utils.data.TensorDataset`.
    /// - Parameters:
    ///   - images: `[N, …]`, usually `[N, C, H, W]`
    ///   - labels: `[N]` of `int32`, the index of the class of each image
    public init(images: Tensor, labels: Tensor, file: StaticString = #fileID, line: UInt = #line) {
        check(
            images.rank >= 1 && labels.shape == [images.shape[0]],
            "TensorDataset: takes images [N, …] and labels [N], not \(images.shape) and \(labels.shape)",
            file: file, line: line)
        labels.requireType(.int32, "TensorDataset", file: file, line: line)
        self.images = images.detached
        classes = labels.scalars(Int32.self)
    }

    public var count: Int { classes.count }
    public var labels: [Int]? { classes.map { Int($0) } }

    public func sample(at index: Int, using generator: inout RandomGenerator) -> Sample {
        requireSample(index, of: self)
        return Sample(image: images[index], label: Int(classes[index]))
    }
}

/// Some examples of another data set, in any order.
public struct Subset<Base: Dataset>: Dataset {
    /// The data set from which examples are chosen.
    public let base: Base
    /// For each example of the subset, its index in `base`. An index may occur more than once.
    public let indices: [Int]

    /// The examples of `base` at the given indices, in their order. Traps where an index is outside `base`.
    public init(_ base: Base, indices: [Int], file: StaticString = #fileID, line: UInt = #line) {
        let count = base.count
        for index in indices {
            check(
                index >= 0 && index < count, "Subset: index \(index) is outside 0..<\(count)", file: file,
                line: line)
        }
        self.base = base
        self.indices = indices
    }

    public var count: Int { indices.count }
    public var labels: [Int]? { base.labels.map { labels in indices.map { labels[$0] } } }
    public var skipsUnreadable: Bool { base.skipsUnreadable }
    public var sourceFolder: URL? { base.sourceFolder }

    public func sample(at index: Int, using generator: inout RandomGenerator) throws -> Sample {
        requireSample(index, of: self)
        return try base.sample(at: indices[index], using: &generator)
    }
}
