// SPDX-License-Identifier: Apache-2.0
// The network, written out from layers.

import VGGKit

/// An entry of the table: a 3×3 convolution with so many channels and its ReLU, or 2×2 max pooling.
enum Entry: ExpressibleByIntegerLiteral, Equatable {
    case convolution(Int)
    case pool

    init(integerLiteral channels: Int) { self = .convolution(channels) }
}

/// The features of the four networks, as the paper's table lists them.
let cfgs: [String: [Entry]] = [
    "vgg11": [64, .pool, 128, .pool, 256, 256, .pool, 512, 512, .pool, 512, 512, .pool],
    "vgg13": [64, 64, .pool, 128, 128, .pool, 256, 256, .pool, 512, 512, .pool, 512, 512, .pool],
    "vgg16": [
        64, 64, .pool, 128, 128, .pool, 256, 256, 256, .pool, 512, 512, 512, .pool, 512, 512, 512, .pool,
    ],
    "vgg19": [
        64, 64, .pool, 128, 128, .pool, 256, 256, 256, 256, .pool, 512, 512, 512, 512, .pool,
        512, 512, 512, 512, .pool,
    ],
]

/// Images `[N, 3, 224, 224]` → logits `[N, classCount]`. Parameters have torchvision's names:
/// `features.0.weight`, ….
struct VGG: Layer {
    let features: Sequential
    let classifier: Sequential

    /// - Parameter mapSide: the side of the map that the features make of an image; 224 is halved five times,
    ///   to 7
    init(_ cfg: [Entry], classCount: Int, mapSide: Int = 7, hiddenUnits: Int = 4096, dropout: Float = 0.5) {
        let xavier = Initializer.xavierUniform()
        var layers: [any Layer] = []
        var channels = 3
        for entry in cfg {
            switch entry {
            case .pool: layers.append(MaxPool2d(kernelSize: 2, stride: 2))
            case .convolution(let outChannels):
                layers += [
                    Conv2d(channels, outChannels, kernelSize: 3, padding: 1, initializer: xavier), ReLU(),
                ]
                channels = outChannels
            }
        }
        features = Sequential(layers)
        classifier = [
            Linear(channels * mapSide * mapSide, hiddenUnits, initializer: xavier), ReLU(),
            Dropout(rate: dropout),
            Linear(hiddenUnits, hiddenUnits, initializer: xavier), ReLU(), Dropout(rate: dropout),
            Linear(hiddenUnits, classCount, initializer: xavier),
        ]
        for (name, parameter) in namedParameters where name.hasSuffix("bias") {
            parameter.value = Tensor.zeros(parameter.shape)
        }
    }

    func callAsFunction(_ x: Tensor) -> Tensor { classifier(features(x).flattened(from: 1)) }
}
