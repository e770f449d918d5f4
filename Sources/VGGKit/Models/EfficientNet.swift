// SPDX-License-Identifier: Apache-2.0

import Checks

/// EfficientNet, with torchvision's names and shapes of parameters: a network that was found by a search, and
/// made wider and deeper by two factors.
///
/// M. Tan and Q. V. Le, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks", ICML
/// 2019. https://arxiv.org/abs/1905.11946
///
/// Images `[N, 3, H, W]` → logits `[N, classCount]`.
public struct EfficientNet: Classifier {
    /// The first convolution, seven stages of blocks, and a 1×1 convolution: `[N, 3, H, W]` → `[N, 1280, H /
    /// 32, W / 32]`.
    public let features: Sequential
    /// The mean of each channel over the map.
    public let avgpool: AdaptiveAvgPool2d
    /// The head: dropout and a linear layer, `[N, 1280]` → `[N, classCount]`.
    public let classifier: Sequential

    /// How much wider and deeper a network is than B0.
    public struct Size: Sendable, Hashable, Codable {
        /// The factor of B0's channels.
        public let width: Double
        /// The factor of B0's numbers of blocks.
        public let depth: Double
        /// The dropout rate before the last layer.
        public let dropout: Float

        private init(width: Double, depth: Double, dropout: Float) {
            (self.width, self.depth, self.dropout) = (width, depth, dropout)
        }

        /// The network that the search found, for images of 224×224.
        public static let b0 = Size(width: 1, depth: 1, dropout: 0.2)

        /// Names and weights of torchvision. Each row adds a network to the zoo.
        static let table: [(name: String, size: Size, weights: String)] = [
            ("efficientnet_b0", .b0, "efficientnet_b0_rwightman-7f5810bc")
        ]

        /// The channels where B0 has this number of them.
        func channels(_ channels: Int) -> Int { multipleOf8(nearest: width * Double(channels)) }

        /// The number of blocks of each stage.
        var blocks: [Int] {
            EfficientNet.stages.map { Int((depth * Double($0.blocks)).rounded(.up)) }
        }
    }

    /// The paper's table 1, of B0: the factor of the channels within a block, the kernel, the first block's
    /// stride, the output's channels, and how many blocks there are.
    static let stages: [(expansion: Int, kernel: Int, stride: Int, channels: Int, blocks: Int)] = [
        (1, 3, 1, 16, 1), (6, 3, 2, 24, 2), (6, 5, 2, 40, 2), (6, 3, 2, 80, 3), (6, 5, 1, 112, 3),
        (6, 5, 2, 192, 4), (6, 3, 1, 320, 1),
    ]

    /// Creates the network with new weights, as torchvision: Kaiming normal over fan-out for convolutions,
    /// uniform in ±1/√classCount for the linear layer, and biases of 0.
    /// - Parameters:
    ///   - classCount: 1 … 1,048,576
    ///   - dropout: dropout rate before the last layer, 0 … 1; nil for the size's own
    ///   - stochasticDepth: the probability that a block is skipped in training, 0 … 1. It rises linearly
    ///     with the block's index, from 0 to almost this value.
    public init(
        _ size: Size, classCount: Int = 1000, dropout: Float? = nil, stochasticDepth: Float = 0.2,
        file: StaticString = #fileID, line: UInt = #line
    ) {
        let dropout = dropout ?? size.dropout
        requireClasses(classCount, dropout: dropout, "EfficientNet", file: file, line: line)
        check(
            stochasticDepth >= 0 && stochasticDepth <= 1,
            "EfficientNet: stochastic depth \(stochasticDepth) is not a probability", file: file, line: line)
        let blockCount = size.blocks.reduce(0, +)
        var (channels, index) = (size.channels(32), 0)
        var layers: [any Layer] = [Self.convolution(3, channels, kernelSize: 3, stride: 2)]
        for (stage, count) in zip(Self.stages, size.blocks) {
            let outChannels = size.channels(stage.channels)
            let blocks = (0..<count).map { number -> any Layer in
                let expanded = stage.expansion * channels
                defer { (channels, index) = (outChannels, index + 1) }
                return MBConv(
                    channels, expanded: expanded, outChannels, kernelSize: stage.kernel,
                    stride: number == 0 ? stage.stride : 1, activation: .silu,
                    squeezeExcitation: SqueezeExcitation(
                        expanded, squeezed: max(1, channels / 4), activation: .silu),
                    stochasticDepth: stochasticDepth * Float(index) / Float(blockCount))
            }
            layers.append(Sequential(blocks))
        }
        let lastChannels = 4 * channels
        layers.append(Self.convolution(channels, lastChannels, kernelSize: 1))
        features = Sequential(layers)
        avgpool = AdaptiveAvgPool2d(outputSize: 1)
        classifier = [Dropout(rate: dropout), Self.linear(lastChannels, classCount)]
    }

    public var headName: String { "classifier" }

    /// → `[N, 1280]`
    public func forwardFeatures(_ images: Tensor) -> Tensor { avgpool(features(images)).flattened(from: 1) }

    public func forwardHead(_ features: Tensor) -> Tensor { classifier(features) }

    /// The last layer, with its initial weights.
    static func linear(_ inFeatures: Int, _ classCount: Int) -> Linear {
        let bound = 1 / Float(classCount).squareRoot()
        let layer = Linear(inFeatures, classCount, initializer: .uniform(from: -bound, to: bound))
        layer.bias!.value = Tensor.zeros([classCount])
        return layer
    }

    /// A convolution with its normalisation and SiLU. The padding keeps the size, except for the stride.
    private static func convolution(
        _ inChannels: Int, _ outChannels: Int, kernelSize: Int, stride: Int = 1
    ) -> Conv2dNormActivation {
        Conv2dNormActivation(
            inChannels, outChannels, kernelSize: Extent(kernelSize), stride: Extent(stride),
            activation: .silu, initializer: .kaimingNormal(mode: .fanOut))
    }
}

extension EfficientNet {
    /// The configuration of an EfficientNet: its size and the number of classes.
    public struct Configuration: Network {
        public static let family = "efficientnet"
        public static var variants: [(name: String, network: Self)] {
            Size.table.map { ($0.name, Self($0.size)) }
        }
        public static let firstWeight: String? = "features.0.0.weight"

        /// Which of the paper's networks it is.
        public var size: Size
        public var classCount: Int

        /// - Parameter classCount: 1 … 1,048,576
        public init(_ size: Size, classCount: Int = 1000) {
            (self.size, self.classCount) = (size, classCount)
        }

        /// Recognises the network by the key of its first squeeze-and-excitation, and the size by the number
        /// of blocks in each stage and the last convolution's channels; nil for other sizes than those of the
        /// zoo.
        public init?(recognizing shapes: [String: [Int]]) {
            guard shapes["features.1.0.block.1.fc1.weight"] != nil,
                let lastChannels = shapes["features.8.0.weight"]?.first,
                let last = shapes["classifier.1.weight"]?.first
            else { return nil }
            let blocks = (1...7).map { stage in
                (0...).first { shapes["features.\(stage).\($0).block.0.0.weight"] == nil }!
            }
            guard
                let row = Size.table.first(where: {
                    $0.size.blocks == blocks && 4 * $0.size.channels(320) == lastChannels
                })
            else { return nil }
            self.init(row.size, classCount: last)
        }

        public var lastLayer: String { "classifier.1" }
        public var problem: String? {
            Size.table.contains { $0.size == size }
                ? classCountProblem(classCount)
                : "there is no EfficientNet of width \(size.width) and depth \(size.depth)"
        }
        public var imageNetWeights: PretrainedWeights? {
            Size.table.first { $0.size == size }.map { .torchvision($0.weights) }
        }
        public func makeModel() -> any Classifier { EfficientNet(size, classCount: classCount) }
    }
}

extension EfficientNet: DenseClassifier {}
