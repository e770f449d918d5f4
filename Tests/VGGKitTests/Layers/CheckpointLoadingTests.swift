// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing
import VGGKit

/// A file of `Tests/Fixtures/checkpoints`.
func checkpointFixture(_ file: String) -> URL { FixtureFile.folder.appending(path: "checkpoints/\(file)") }

/// Checkpoints into models: names, prefixes, patterns, shapes.
@Suite struct CheckpointLoadingTests {
    private func network(_ seed: UInt64 = 1, classes: Int = 4) -> Sequential {
        withRandomSource(RandomSource(seed: seed)) {
            Sequential(Conv2d(2, 3, kernelSize: 3), BatchNorm2d(3), ReLU(), Flatten(), Linear(12, classes))
        }
    }

    @Test(arguments: ["network.pth", "network-legacy.pth"])
    func aStateDictionaryOfPyTorchLoads(file: String) throws {
        let model = network()
        let report = try model.load(.init(contentsOf: checkpointFixture(file)), strict: true)
        #expect(report == LoadReport())
        let checkpoint = try Checkpoint(contentsOf: checkpointFixture(file))
        for (name, tensor) in model.stateDictionary {
            #expect(tensor.to(.float32).floats == checkpoint[name]!.to(.float32).floats, "\(name)")
        }
    }

    @Test(arguments: ["nested.pth", "nested-legacy.pth"])
    func prefixesAreFoundAndReported(file: String) throws {
        let report = try network().load(.init(contentsOf: checkpointFixture(file)))
        #expect(report == LoadReport(prefix: "state_dict.module."))
    }

    @Test func ofTwoEqualPartsOneMustBeChosen() throws {
        let model = network()
        let state = model.stateDictionary
        let both = Checkpoint(
            tensors: ["model.", "ema."].flatMap { prefix in state.map { (prefix + $0.name, $0.tensor) } })
        #expect(throws: StateError.ambiguous(prefixes: ["model.", "ema."])) { try model.load(both) }
        #expect(try model.load(both, prefix: "ema.") == LoadReport(prefix: "ema."))
    }

    @Test func namesAreDroppedAndRenamedByPattern() throws {
        let source = Checkpoint(tensors: network(2).stateDictionary)
            .renaming("0.*", to: "body.first.*").renaming("*.bias", to: "*.offset")
        #expect(source.tensors.map(\.name).prefix(2) == ["body.first.weight", "body.first.offset"])
        let model = network(3, classes: 7)
        let back = source.renaming("*.offset", to: "*.bias").renaming("body.first.*", to: "0.*")
        let error = StateError.shapeMismatch(name: "4.weight", found: [4, 12], expected: [7, 12])
        #expect(throws: error) { try model.load(back, strict: false) }
        #expect("\(error)" == "4.weight has shape [4, 12], the model expects [7, 12]")
        let report = try model.load(back.dropping("4.*"), strict: false)
        #expect(report.missing == ["4.weight", "4.bias"])
        #expect(report.unexpected == [])
    }

    @Test func patternsWithSeveralWildcardsKeepTheirParts() {
        let checkpoint = Checkpoint(tensors: [
            ("layers.3.conv.weight", Tensor(0)), ("head.weight", Tensor(0)),
        ])
        let names = checkpoint.renaming("layers.*.conv.*", to: "features.*.*").tensors.map(\.name)
        #expect(names == ["features.3.weight", "head.weight"])
    }

    @Test func missingNamesAreAnErrorWhereStrict() throws {
        let model = network()
        let checkpoint = Checkpoint(tensors: model.stateDictionary).dropping("0.bias")
        #expect(throws: StateError.names(LoadReport(missing: ["0.bias"]))) { try model.load(checkpoint) }
        #expect(try model.load(checkpoint, strict: false).missing == ["0.bias"])
    }

    @Test func filesWithoutBatchCountersLoadAsInPyTorch() throws {
        let model = network()
        let old = Checkpoint(tensors: model.stateDictionary).dropping("*.num_batches_tracked")
        #expect(try model.load(old) == LoadReport())
        #expect(throws: StateError.self) { try model.load(old.dropping("*.running_mean")) }
    }

    @Test func trainingALoadedModelLeavesTheFileAsItWas() throws {
        let folder = TemporaryFolder()
        let url = folder.url.appending(path: "model.pth")
        try Checkpoint(tensors: network(5).stateDictionary).write(to: url)
        let before = try Data(contentsOf: url)
        let model = network(6)
        let checkpoint = try Checkpoint(contentsOf: url)
        let weights = checkpoint["4.weight"]!.floats
        try model.load(checkpoint)
        let optimizer = SGD(model.parameters, learningRate: 0.1)
        for parameter in model.parameters { parameter.gradient = Tensor.ones(parameter.shape) }
        optimizer.step()
        #expect(model.stateDictionary.first { $0.name == "4.weight" }!.tensor.floats != weights)
        #expect(checkpoint["4.weight"]!.floats == weights)
        #expect(try Data(contentsOf: url) == before)
    }

    @Test func aVGGIsRecognisedByItsWeights() throws {
        let configurations = [
            VGG.Configuration(
                column: VGG.Column.a.stages, classCount: 3, pooledSize: 2, hiddenUnits: [8, 6]),
            VGG.Configuration(
                column: [4, .localResponseNorm, .maxPool, 6, .pointwise(8), .maxPool], classCount: 2,
                pooledSize: 1,
                hiddenUnits: []),
            VGG.Configuration(
                column: [4, 4, .maxPool, 6, .maxPool], batchNormalization: true, classCount: 2, pooledSize: 3,
                hiddenUnits: [5]),
        ]
        for configuration in configurations {
            let model = VGG(configuration, initialization: .zeros)
            #expect(VGG.Configuration(recognizing: model.stateDictionary) == configuration)
        }
        #expect(VGG.Configuration(recognizing: network().stateDictionary) == nil)
    }

    @Test func aClassifierOpensFromPlainWeights() throws {
        let folder = TemporaryFolder()
        let url = folder.url.appending(path: "plain.pth")
        let model = VGG(
            .init(column: [4, .maxPool, 8, .maxPool], classCount: 2, pooledSize: 1, hiddenUnits: [5]))
        try Checkpoint(tensors: model.stateDictionary).renaming("*", to: "model.module.*").write(to: url)
        let classifier = try ImageClassifier(contentsOf: url, classes: ["daisy", "tulip"])
        #expect(classifier.card.classes == ["daisy", "tulip"])
        let input = Tensor.ones([1, 3, 8, 8])
        #expect(classifier.model(input).floats == model(input).floats)
        let error = #expect(throws: CheckpointError.self) { try ImageClassifier(contentsOf: url) }
        #expect("\(error!)".contains("2 classes without names"))
    }

    @Test func imageNetHasItsThousandClasses() {
        #expect(ImageNet.classNames.count == 1000)
        #expect(Set(ImageNet.classNames).count == 1000)
        #expect(ImageNet.classNames[0] == "tench")
        #expect(ImageNet.classNames[985] == "daisy")
        #expect(ImageNet.classNames[999] == "toilet tissue")
    }

    /// Of entries of types that tensors do not have.
    @Test func aModelThatAsksForItGetsItsError() throws {
        let folder = TemporaryFolder()
        let model = Linear(3, 2)
        var checkpoint = Checkpoint(tensors: model.stateDictionary)
        let url = folder.url.appending(path: "model.safetensors")
        try checkpoint.write(to: url)
        // Half of the bits of the bias are those of a type that tensors do not have.
        let text = String(decoding: try Data(contentsOf: url), as: UTF8.self)
        #expect(text.contains("[2]"))
        checkpoint = try Checkpoint(contentsOf: checkpointFixture("large.pth"))
            .dropping("w", "last").renaming("best", to: "bias").renaming("step", to: "module.weight")
        checkpoint.tensors = [("weight", Tensor.zeros([2, 3]))]
        let error = try #require(throws: StateError.self) { try model.load(checkpoint) }
        #expect("\(error)".contains("the F64 value 1e+300"), "\(error)")
        // What it does not ask for is one name too many, as any other.
        let other = try Checkpoint(contentsOf: checkpointFixture("large.pth")).dropping("w", "last")
        var beside = other
        beside.tensors += model.stateDictionary
        #expect(throws: StateError.names(LoadReport(unexpected: ["best", "step"]))) { try model.load(beside) }
        #expect(try model.load(beside, strict: false).unexpected == ["best", "step"])
    }
}
