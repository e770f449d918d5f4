// SPDX-License-Identifier: Apache-2.0

import TensorCore

/// One example: an image as a model takes it, `[C, H, W]`, and its class.
public struct Sample: Sendable {
    public var image: Tensor
    public var label: Int

    public init(image: Tensor, label: Int) {
        self.image = image
        self.label = label
    }
}

/// Examples by number. `sample` is called from several threads at once; what is random in it comes from the generator.
public protocol Dataset: Sendable {
    var count: Int { get }
    func sample(at index: Int, using generator: inout RandomGenerator) throws -> Sample

    /// Whether a sample that cannot be read is left out and reported, or ends the run.
    var skipsUnreadable: Bool { get }
}

extension Dataset {
    public var skipsUnreadable: Bool { false }
}

/// Examples that are in memory: images `[N, C, H, W]` and `int32` labels `[N]`.
public struct TensorDataset: Dataset {
    public let images: Tensor
    private let labels: [Int32]

    public init(images: Tensor, labels: Tensor) {
        precondition(
            images.rank >= 1 && labels.shape == [images.shape[0]],
            "TensorDataset: takes images [N, …] and labels [N], not \(images.shape) and \(labels.shape)")
        self.images = images.detached
        self.labels = labels.scalars(Int32.self)
    }

    public var count: Int { labels.count }

    public func sample(at index: Int, using generator: inout RandomGenerator) -> Sample {
        Sample(image: images[index], label: Int(labels[index]))
    }
}

/// Some of the examples of another data set, in an order of one's own.
public struct Subset<Base: Dataset>: Dataset {
    public let base: Base
    public let indices: [Int]

    public init(_ base: Base, indices: [Int]) {
        precondition(
            indices.allSatisfy { $0 >= 0 && $0 < base.count }, "Subset: an index is outside 0..<\(base.count)"
        )
        self.base = base
        self.indices = indices
    }

    public var count: Int { indices.count }
    public var skipsUnreadable: Bool { base.skipsUnreadable }

    public func sample(at index: Int, using generator: inout RandomGenerator) throws -> Sample {
        try base.sample(at: indices[index], using: &generator)
    }
}
