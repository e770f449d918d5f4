// SPDX-License-Identifier: Apache-2.0

import Checks
import Foundation
import TensorCore

/// One example: an image as a model takes it, `[C, H, W]`, and its class.
public struct Sample: Sendable {
    enum Content: Sendable {
        case tensor(Tensor)
        /// Pixels that become numbers where the batch lies in memory, without a copy between.
        case picture(Picture, PixelNumbers)
    }

    var content: Content
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

    public init(image: Tensor, label: Int) {
        content = .tensor(image)
        self.label = label
    }

    /// A picture that becomes numbers when they are asked for.
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

/// Examples by number. `sample` is called from several threads at once; what is random in it comes from the generator.
public protocol Dataset: Sendable {
    var count: Int { get }
    func sample(at index: Int, using generator: inout RandomGenerator) throws -> Sample

    /// The class of each example, where it is known without reading the example.
    var labels: [Int]? { get }

    /// Whether a sample that cannot be read (an `ImageError` is thrown) is left out and reported, or ends the run.
    var skipsUnreadable: Bool { get }

    /// The folder that the examples are read from, in which a run must not write; nil if there is none.
    var sourceFolder: URL? { get }
}

extension Dataset {
    public var labels: [Int]? { nil }
    public var skipsUnreadable: Bool { false }
    public var sourceFolder: URL? { nil }
}

/// Traps where a data set has no such sample.
package func requireSample(_ index: Int, of dataset: some Dataset) {
    check(
        index >= 0 && index < dataset.count,
        "\(type(of: dataset)): sample \(index) is outside 0..<\(dataset.count)")
}

/// Examples that are in memory: images `[N, C, H, W]` and `int32` labels `[N]`.
public struct TensorDataset: Dataset {
    public let images: Tensor
    private let classes: [Int32]

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

/// Some of the examples of another data set, in an order of one's own.
public struct Subset<Base: Dataset>: Dataset {
    public let base: Base
    public let indices: [Int]

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
