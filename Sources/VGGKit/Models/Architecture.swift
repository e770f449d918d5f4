// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Which network a classifier is: all that it takes to build it, besides the weights.
public enum Architecture: Sendable, Equatable {
    case vgg(VGG.Configuration)
    case torchvision(TorchvisionNetwork, classCount: Int)

    public var classCount: Int {
        switch self {
        case .vgg(let configuration): configuration.classCount
        case .torchvision(_, let classCount): classCount
        }
    }

    public var inputChannels: Int {
        switch self {
        case .vgg(let configuration): configuration.inputChannels
        case .torchvision: 3
        }
    }

    /// The side of the smallest square image.
    public var smallestImageSize: Int {
        switch self {
        case .vgg(let configuration): 1 << configuration.column.count { $0 == .maxPool }
        case .torchvision(let network, _): network.smallestImageSize
        }
    }

    /// The last layer with weights: the one that is exchanged for other classes.
    public var lastLayer: String {
        switch self {
        case .vgg(let configuration): "classifier.\(3 * configuration.hiddenUnits.count)"
        case .torchvision(let network, _): network.lastLayer
        }
    }

    /// Why the network cannot be built, in words; nil if it can.
    public var problem: String? {
        switch self {
        case .vgg(let configuration): configuration.problem
        case .torchvision(_, let classCount):
            classCount > 0 && classCount <= 1 << 20 ? nil : "a class count of \(classCount)"
        }
    }

    /// torchvision's address of weights for ImageNet; nil if there are none for this network.
    public var imageNetAddress: URL? {
        switch self {
        case .vgg(let configuration):
            VGG.Column.allCases.first { $0.stages == configuration.column }.flatMap {
                VGG.Pretrained.imageNet.address($0, batchNormalization: configuration.batchNormalization)
            }
        case .torchvision(let network, _): network.imageNetAddress
        }
    }

    /// What torchvision's weights want of pixels.
    public var imageNetNormalization: Normalize {
        switch self {
        case .vgg: .imageNet
        case .torchvision(let network, _): network.imageNetNormalization
        }
    }

    /// The network that a state dictionary is of, told from its names and shapes; nil if it is none of the zoo's.
    public init?(recognizing state: [(name: String, tensor: Tensor)]) {
        let shapes = Dictionary(state.map { ($0.name, $0.tensor.shape) }, uniquingKeysWith: { $1 })
        if let network = TorchvisionNetwork(recognizing: shapes) {
            guard let classCount = shapes[network.lastLayer + ".weight"]?.first else { return nil }
            self = .torchvision(network, classCount: classCount)
        } else if let configuration = VGG.Configuration(recognizing: state) {
            self = .vgg(configuration)
        } else {
            return nil
        }
    }

    /// The network with new weights.
    /// - Parameter initialization: of a VGG; the others start as in torchvision.
    public func makeModel(
        initialization: VGG.Initialization = .kaiming, file: StaticString = #fileID, line: UInt = #line
    ) -> any Classifier {
        switch self {
        case .vgg(let configuration):
            VGG(configuration, initialization: initialization, file: file, line: line)
        case .torchvision(let network, let classCount):
            network.makeModel(classCount: classCount, file: file, line: line)
        }
    }
}

/// VGG's neighbours, by their names in torchvision.
public enum TorchvisionNetwork: String, Sendable, Codable, CaseIterable {
    case alexNet = "alexnet"
    case squeezeNet10 = "squeezenet1_0"
    case squeezeNet11 = "squeezenet1_1"
    case resNet18 = "resnet18"
    case resNet34 = "resnet34"
    case resNet50 = "resnet50"
    case googLeNet = "googlenet"

    public func makeModel(
        classCount: Int, file: StaticString = #fileID, line: UInt = #line
    ) -> any Classifier {
        switch self {
        case .alexNet: AlexNet(classCount: classCount, file: file, line: line)
        case .squeezeNet10: SqueezeNet(.version10, classCount: classCount, file: file, line: line)
        case .squeezeNet11: SqueezeNet(.version11, classCount: classCount, file: file, line: line)
        case .resNet18: ResNet(.d18, classCount: classCount, file: file, line: line)
        case .resNet34: ResNet(.d34, classCount: classCount, file: file, line: line)
        case .resNet50: ResNet(.d50, classCount: classCount, file: file, line: line)
        case .googLeNet: GoogLeNet(classCount: classCount, file: file, line: line)
        }
    }

    /// The last layer with weights: the one that is exchanged for other classes.
    public var lastLayer: String {
        switch self {
        case .alexNet: "classifier.6"
        case .squeezeNet10, .squeezeNet11: "classifier.1"
        case .resNet18, .resNet34, .resNet50, .googLeNet: "fc"
        }
    }

    /// The side of the smallest square image.
    public var smallestImageSize: Int {
        switch self {
        case .alexNet: 63
        case .squeezeNet10: 21
        case .squeezeNet11: 17
        case .resNet18, .resNet34, .resNet50: 1
        case .googLeNet: 15
        }
    }

    /// What torchvision's weights want of pixels. Those of GoogLeNet are a translation of TensorFlow's.
    public var imageNetNormalization: Normalize { self == .googLeNet ? .half : .imageNet }

    /// torchvision's address of the weights `IMAGENET1K_V1`: 1000 classes, images of 224×224.
    public var imageNetAddress: URL {
        let name =
            switch self {
            case .alexNet: "alexnet-owt-7be5be79"
            case .squeezeNet10: "squeezenet1_0-b66bff10"
            case .squeezeNet11: "squeezenet1_1-b8a52dc0"
            case .resNet18: "resnet18-f37072fd"
            case .resNet34: "resnet34-b627a593"
            case .resNet50: "resnet50-0676ba61"
            case .googLeNet: "googlenet-1378be20"
            }
        return URL(string: "https://download.pytorch.org/models/\(name).pth")!
    }

    /// The network that a state dictionary is of, told from its names and shapes; nil if it is none of these.
    init?(recognizing shapes: [String: [Int]]) {
        func shape(_ name: String) -> [Int]? { shapes[name + ".weight"] }
        if shape("features.0") == [64, 3, 11, 11] {
            self = .alexNet
        } else if shape("features.3.squeeze") != nil {
            self = shape("features.0")?.first == 96 ? .squeezeNet10 : .squeezeNet11
        } else if shape("inception3a.branch1.conv") != nil {
            self = .googLeNet
        } else if shape("layer1.0.conv1") != nil {
            let isBottleneck = shape("layer1.0.conv3") != nil
            let isDeep = shape("layer3.5.conv1") != nil
            guard !(isBottleneck && !isDeep), shape("layer3.6.conv1") == nil else { return nil }
            self = isBottleneck ? .resNet50 : isDeep ? .resNet34 : .resNet18
        } else {
            return nil
        }
    }
}
