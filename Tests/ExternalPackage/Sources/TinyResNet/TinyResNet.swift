// SPDX-License-Identifier: Apache-2.0

import VGGKit

/// `x · σ(x)`
public func swish(_ input: Tensor) -> Tensor {
    differentiable(input) { x in
        let gate = sigmoid(x)
        let y = x * gate
        return (y, { gradient in gradient * (gate + y * (1 - gate)) })
    }
}

/// Two convolutions beside a shortcut.
public struct Block: Layer {
    public let conv1, conv2: Conv2d
    public let norm1, norm2: BatchNorm2d

    public init(_ channels: Int) {
        conv1 = Conv2d(channels, channels, kernelSize: 3, padding: 1, bias: false)
        conv2 = Conv2d(channels, channels, kernelSize: 3, padding: 1, bias: false)
        norm1 = BatchNorm2d(channels)
        norm2 = BatchNorm2d(channels)
    }

    public func callAsFunction(_ input: Tensor) -> Tensor {
        swish(input + norm2(conv2(swish(norm1(conv1(input))))))
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
