// SPDX-License-Identifier: Apache-2.0

import Files

/// Why a model's decision could not be explained, or its features could not be found.
public enum ExplanationError: DescribedError, Equatable {
    /// The model has no such layer; `known` are the names of its layers.
    case noSuchLayer(String, known: [String])
    /// The layer is a part of the model, but its call was not observed. Only calls of the library's layers,
    /// of layers in a `Sequential`, and of `Sequential`s are observed.
    case notCalled(String)
    /// The layer's output is not `[N, C, H, W]`.
    case noMap(String, shape: [Int])
    /// The model has no convolution, so there is no map to explain.
    case noConvolution
    /// The model has neither a linear layer nor a convolution, so there is no embedding.
    case noFeatures
    case noSuchClass(Int, count: Int)

    public var description: String {
        switch self {
        case .noSuchLayer(let name, let known):
            "the model has no layer \(name); it has \(Self.shortened(known))"
        case .notCalled(let name):
            "the model's layer \(name) was not seen when the model ran: it was not called, or it is a layer of one's own "
                + "that is called by another one than a Sequential"
        case .noMap(let name, let shape):
            "layer \(name) makes \(shape), not a map [N, C, H, W]; choose a convolution or what follows it"
        case .noConvolution: "the model has no convolution whose map could be explained"
        case .noFeatures: "the model has neither a linear layer nor a convolution to take features from"
        case .noSuchClass(let index, let count): "there is no class \(index) among \(count)"
        }
    }

    private static func shortened(_ names: [String]) -> String {
        guard names.count > 40 else { return names.joined(separator: ", ") }
        return names.prefix(20).joined(separator: ", ") + " … " + names.suffix(20).joined(separator: ", ")
    }
}
