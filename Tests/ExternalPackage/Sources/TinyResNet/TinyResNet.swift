// SPDX-License-Identifier: Apache-2.0

import Synchronization
import VGGKit

/// `x · σ(x)`
public func swish(_ input: Tensor) -> Tensor {
    differentiable(input) { x in
        let gate = sigmoid(x)
        let y = x * gate
        return (y, { gradient in gradient * (gate + y * (1 - gate)) })
    }
}

/// `x / (1 + |x|)`, written over the elements.
public func softsign(_ input: Tensor) -> Tensor {
    func map(_ tensor: Tensor, _ body: (Float) -> Float) -> Tensor {
        var result = tensor.contiguous()
        result.withMutableScalars(Float.self) { values in
            for index in values.indices { values[index] = body(values[index]) }
        }
        return result
    }
    return differentiable(input) { x in
        (
            map(x) { $0 / (1 + Swift.abs($0)) },
            { gradient in gradient * map(x) { 1 / ((1 + Swift.abs($0)) * (1 + Swift.abs($0))) } }
        )
    }
}

/// Two convolutions, each with its normalisation, beside a shortcut.
public struct Block: Layer {
    public let first, second: Conv2dNormActivation

    public init(_ channels: Int) {
        first = Conv2dNormActivation(channels, channels, kernelSize: 3, activation: .identity)
        second = Conv2dNormActivation(channels, channels, kernelSize: 3, activation: .identity)
    }

    public func callAsFunction(_ input: Tensor) -> Tensor {
        swish(input + second(softsign(first(input))))
    }
}

/// Counts the calls of batch normalisations.
public final class NormalizationCounter: LayerObserver {
    public let separatesLayers: Bool
    private let calls = Mutex(0)

    public init(separatesLayers: Bool) { self.separatesLayers = separatesLayers }

    public var count: Int { calls.withLock { $0 } }

    public func call(_ layer: any Layer, index: Int?, _ input: Tensor, _ body: () -> Tensor) -> Tensor {
        if layer is BatchNorm2d { calls.withLock { $0 += 1 } }
        return body()
    }
}

/// A residual network of a user's own.
public struct TinyResNet: Classifier {
    public let stem: Conv2d
    public let blocks: Sequential
    public let fc: Linear

    public struct Configuration: Network {
        public static let family = "tinyresnet"
        public var width = 8
        public var depth = 2
        public var classCount: Int
        public var lastLayer: String { "fc" }

        public init(classCount: Int) { self.classCount = classCount }

        public func makeModel() -> any Classifier { TinyResNet(self) }
    }

    public init(_ configuration: Configuration) {
        stem = Conv2d(3, configuration.width, kernelSize: 3, padding: 1)
        blocks = Sequential((0..<configuration.depth).map { _ in Block(configuration.width) })
        fc = Linear(configuration.width, configuration.classCount)
    }

    public var headName: String { "fc" }

    public func forwardFeatures(_ images: Tensor) -> Tensor { blocks(stem(images)).mean(axes: [2, 3]) }

    public func forwardHead(_ features: Tensor) -> Tensor { fc(features) }
}

/// Pictures that are brighter on the left, or on the right.
public func picture(isRight: Bool, seed: UInt64) -> Image {
    var generator = RandomGenerator(seed: seed)
    let pixels = (0..<16 * 16 * 3).map { index -> UInt8 in
        let isBright = (index / 3 % 16 >= 8) == isRight
        return UInt8((isBright ? 140 : 60) + 50 * generator.uniform())
    }
    return Image(width: 16, height: 16, channels: 3, pixels: pixels)
}
