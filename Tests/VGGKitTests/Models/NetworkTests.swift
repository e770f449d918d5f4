// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing
import VGGKit

/// Networks that are told apart by their weights, and described by cards.
@Suite struct NetworkTests {
    private static let neighbours = [
        "alexnet", "squeezenet1_0", "squeezenet1_1", "resnet18", "resnet34", "resnet50", "resnet101",
        "googlenet", "mobilenet_v2", "mobilenet_v3_small", "mobilenet_v3_large", "efficientnet_b0",
        "efficientnet_lite0",
    ]

    private func network(_ name: String, classCount: Int) throws -> any Network {
        try #require(Zoo.network(named: name, classCount: classCount))
    }

    private func equal(_ a: (any Network)?, _ b: any Network) -> Bool {
        func equal<N: Network>(_ b: N) -> Bool { a as? N == b }
        return equal(b)
    }

    @Test func theZooHasItsNames() {
        #expect(
            Zoo.names == ["vgg11", "vgg11-lrn", "vgg13", "vgg16-c", "vgg16", "vgg19"] + Self.neighbours)
        #expect(Zoo.network(named: "vgg99") == nil)
    }

    @Test(arguments: neighbours) func aNetworkIsRecognisedByItsWeights(name: String) throws {
        let network = try network(name, classCount: 3)
        let model = network.makeModel()
        #expect(equal(Zoo.network(recognizing: model.stateDictionary), network))
        #expect(model.stateDictionary.contains { $0.name == network.lastLayer + ".weight" })
        let pretrained = try #require(network.imageNetWeights)
        let hasAddress = name != "efficientnet_lite0"
        #expect((pretrained.address != nil) == hasAddress)
        if let address = pretrained.address {
            #expect(address.absoluteString.hasPrefix("https://download.pytorch.org/models/"))
        }
    }

    @Test func otherWeightsAreNotRecognised() {
        let deeper =
            ResNet(.d34, classCount: 3).stateDictionary + [
                ("layer3.6.conv1.weight", Tensor.zeros([1]))
            ]
        #expect(Zoo.network(recognizing: deeper) == nil)
        let wide = ResNet(.d50, classCount: 3).stateDictionary.map { name, tensor in
            (name: name, tensor: name == "layer1.0.conv1.weight" ? Tensor.zeros([128, 64, 1, 1]) : tensor)
        }
        #expect(Zoo.network(recognizing: wide) == nil)
        #expect(Zoo.network(recognizing: [("weight", Tensor.zeros([2, 2]))]) == nil)
    }

    @Test(arguments: neighbours) func aFileWithoutACardIsUsedAsItIs(name: String) throws {
        let network = try network(name, classCount: 3)
        let folder = TemporaryFolder()
        let file = folder.url.appending(path: "weights.safetensors")
        let model = network.makeModel()
        try Checkpoint(tensors: model.stateDictionary).write(to: file)
        let classifier = try ImageClassifier(contentsOf: file, classes: ["a", "b", "c"])
        #expect(equal(classifier.card.network, network))
        #expect(classifier.card.normalization == network.imageNetWeights?.normalization)
        #expect(
            (classifier.card.normalization == .imageNet) == !["googlenet", "efficientnet_lite0"].contains(
                name))
        #expect(same(classifier.model.stateDictionary, model.stateDictionary))
        #expect(throws: CheckpointError.self) { try ImageClassifier(contentsOf: file) }
    }

    @Test(arguments: [
        VGG.Configuration(column: [4, .maxPool], classCount: 2, hiddenUnits: [3]) as any Network,
        SqueezeNet.Configuration(.version11, classCount: 2), GoogLeNet.Configuration(classCount: 2),
    ]) func aCardTravelsInACheckpoint(network: any Network) throws {
        let card = ModelCard(network: network, classes: ["a", "b"], imageSize: 40, normalization: .half)
        let read = try JSONDecoder().decode(ModelCard.self, from: JSONEncoder().encode(card))
        #expect(read == card)
    }

    /// As files have named the networks from the beginning.
    @Test func theNamesInFilesStay() throws {
        let card = ModelCard(
            network: ResNet.Configuration(.d34, classCount: 2), classes: ["a", "b"], imageSize: 40,
            normalization: .half)
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let text = String(decoding: try encoder.encode(card), as: UTF8.self)
        #expect(
            text
                == #"{"classes":["a","b"],"imageSize":40,"network":"resnet34","normalization":{"deviation":[0.5,0.5,0.5],"mean":[0.5,0.5,0.5]}}"#
        )
        #expect(try JSONDecoder().decode(ModelCard.self, from: encoder.encode(card)) == card)
    }

    /// A family that a program has, as others' programs have theirs.
    private struct Tiny: Classifier {
        let conv = Conv2d(3, 4, kernelSize: 3, padding: 1)
        let fc: Linear

        struct Configuration: Network {
            static let family = "tiny-of-the-tests"
            var classCount = 2
            var width = 4
            var lastLayer: String { "fc" }
            func makeModel() -> any Classifier { Tiny(fc: Linear(width, classCount)) }
        }

        var headName: String { "fc" }
        func forwardFeatures(_ images: Tensor) -> Tensor { relu(conv(images)).mean(axes: [2, 3]) }
        func forwardHead(_ features: Tensor) -> Tensor { fc(features) }
    }

    @Test func aNetworkOfOnesOwnIsOpenedOnceItIsRegistered() throws {
        let folder = TemporaryFolder()
        let file = folder.url.appending(path: "weights.safetensors")
        let model = Tiny.Configuration().makeModel()
        let card = ModelCard(
            network: Tiny.Configuration(), classes: ["a", "b"], imageSize: 8, normalization: .half)
        try Checkpoint(tensors: model.stateDictionary, metadata: card.metadata).write(to: file)
        let error = #expect(throws: CheckpointError.self) { try ImageClassifier(contentsOf: file) }
        #expect(
            "\(error!)".contains("tiny-of-the-tests") && "\(error!)".contains("Zoo.register"), "\(error!)")
        Zoo.register(Tiny.Configuration.self)
        Zoo.register(Tiny.Configuration.self)
        let classifier = try ImageClassifier(contentsOf: file)
        #expect(classifier.card == card)
        #expect(same(classifier.model.stateDictionary, model.stateDictionary))
    }

    @Test func cardsOfEarlierVersionsRead() throws {
        let text = """
            {"classes":["a","b"],"configuration":{"batchNormalization":true,"classCount":2,"column":["4","M"],\
            "dropout":0.5,"hiddenUnits":[8],"inputChannels":3,"pooledSize":2},"imageSize":32,\
            "normalization":{"mean":[0.5,0.5,0.5],"deviation":[0.5,0.5,0.5]}}
            """
        let configuration = VGG.Configuration(
            column: [4, .maxPool], batchNormalization: true, classCount: 2, pooledSize: 2, hiddenUnits: [8])
        let card = try JSONDecoder().decode(ModelCard.self, from: Data(text.utf8))
        #expect(card.network as? VGG.Configuration == configuration)
    }

    @Test func aNetworkIsItsFeaturesAndItsHead() throws {
        for name in ["alexnet", "squeezenet1_1", "resnet18"] {
            let network = try network(name, classCount: 2)
            let model = network.makeModel()
            let images = Tensor.ones([2, 3, 64, 64])
            let features = model.forwardFeatures(images)
            #expect(features.shape[0] == 2)
            #expect(model.forwardHead(features).floats == model(images).floats)
            #expect(model.headParameters.allSatisfy { $0.name.hasPrefix(model.headName + ".") })
            #expect(
                Set(model.headParameters.map(\.name)).isDisjoint(with: model.featureParameters.map(\.name)))
            #expect(
                model.headParameters.count + model.featureParameters.count == model.namedParameters.count)
            #expect(model.headParameters.contains { $0.name.hasPrefix(network.lastLayer + ".") })
        }
    }

    private func same(
        _ left: [(name: String, tensor: Tensor)], _ right: [(name: String, tensor: Tensor)]
    ) -> Bool {
        left.count == right.count
            && zip(left, right).allSatisfy {
                $0.name == $1.name && $0.tensor.shape == $1.tensor.shape
                    && $0.tensor.to(.float32).floats == $1.tensor.to(.float32).floats
            }
    }

    /// A state dictionary of a network of the zoo whose last layer has no outputs.
    @Test func aFileOfANetworkThatCannotBeBuiltIsRefused() throws {
        let folder = TemporaryFolder()
        for name in ["alexnet", "resnet18", "squeezenet1_1", "vgg11"] {
            let network = try #require(Zoo.network(named: name, classCount: 1))
            var state = network.makeModelToLoad().stateDictionary
            for index in state.indices where state[index].name.hasPrefix(network.lastLayer + ".") {
                state[index].tensor = Tensor.zeros([0] + state[index].tensor.shape.dropFirst())
            }
            let url = folder.url.appending(path: "\(name).pth")
            try Checkpoint(tensors: state).write(to: url)
            #expect(throws: CheckpointError.self) { try ImageClassifier(contentsOf: url) }
        }
    }
}
