// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import TestSupport
import VGGKit

/// Networks that are told apart by their weights, and described by cards.
@Suite struct ArchitectureTests {
    @Test(arguments: TorchvisionNetwork.allCases) func aNetworkIsRecognisedByItsWeights(
        network: TorchvisionNetwork
    ) {
        let model = network.makeModel(classCount: 3)
        let found = Architecture(recognizing: model.stateDictionary)
        #expect(found == .torchvision(network, classCount: 3))
    }

    @Test func otherWeightsAreNotRecognised() {
        let deeper =
            ResNet(.d34, classCount: 3).stateDictionary + [
                ("layer3.6.conv1.weight", Tensor.zeros([1]))
            ]
        #expect(Architecture(recognizing: deeper) == nil)
        #expect(Architecture(recognizing: [("weight", Tensor.zeros([2, 2]))]) == nil)
    }

    @Test(arguments: TorchvisionNetwork.allCases) func aFileWithoutACardIsUsedAsItIs(
        network: TorchvisionNetwork
    ) throws {
        let folder = TemporaryFolder()
        let file = folder.url.appending(path: "weights.safetensors")
        let model = network.makeModel(classCount: 3)
        try Checkpoint(tensors: model.stateDictionary).write(to: file)
        let classifier = try ImageClassifier(contentsOf: file, classes: ["a", "b", "c"])
        #expect(classifier.card.architecture == .torchvision(network, classCount: 3))
        #expect(classifier.card.normalization == (network == .googLeNet ? .half : .imageNet))
        #expect(same(classifier.model.stateDictionary, model.stateDictionary))
        #expect(throws: CheckpointError.self) { try ImageClassifier(contentsOf: file) }
    }

    @Test(arguments: [
        Architecture.vgg(.init(column: [4, .maxPool], classCount: 2, hiddenUnits: [3])),
        .torchvision(.squeezeNet11, classCount: 2),
    ]) func aCardTravelsInACheckpoint(architecture: Architecture) throws {
        let card = ModelCard(
            architecture: architecture, classes: ["a", "b"], imageSize: 40, normalization: .half)
        let read = try JSONDecoder().decode(ModelCard.self, from: JSONEncoder().encode(card))
        #expect(read == card)
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
        #expect(card.architecture == .vgg(configuration))
    }

    @Test func aNetworkIsItsFeaturesAndItsHead() {
        for network in [TorchvisionNetwork.alexNet, .squeezeNet11, .resNet18] {
            let model = network.makeModel(classCount: 2)
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
}
