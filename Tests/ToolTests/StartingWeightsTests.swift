// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import VGGKit

/// Runs that start from the weights of others.
@Suite(.serialized) struct StartingWeightsTests {
    private func small(classCount: Int, seed: UInt64) -> VGG {
        withRandomSource(RandomSource(seed: seed)) {
            VGG(
                VGG.Configuration(
                    column: [8, .maxPool, 16, .maxPool], classCount: classCount, pooledSize: 4,
                    hiddenUnits: [16]))
        }
    }

    private func weights(of run: String, in scratch: Scratch) throws -> [String: Tensor] {
        let checkpoint = try Checkpoint(
            contentsOf: scratch.url.appending(path: "\(run)/weights/last.safetensors"))
        return Dictionary(uniqueKeysWithValues: checkpoint.tensors.map { ($0.name, $0.tensor) })
    }

    @Test(arguments: ["pth", "safetensors"]) func aCheckpointOfOtherClasses(ending: String) throws {
        let scratch = try Scratch()
        try scratch.makePhotos()
        let given = small(classCount: 1000, seed: 3)
        let file = scratch.url.appending(path: "given.\(ending)")
        try Checkpoint(tensors: given.stateDictionary).write(to: file)
        let result = try Tool.run(
            scratch.train(
                to: "run", epochs: 1, "--no-batch-normalization", "--weights", file.path, "--freeze",
                "features.*", "--freeze", "classifier.0"))
        #expect(result.status == 0, "\(result.errors)")
        #expect(
            result.output.contains(
                "classifier.3 stays as initialised: its weight is [1000, 16] there, [3, 16] here"),
            "\(result.output)")
        let trained = try weights(of: "run", in: scratch)
        for (name, tensor) in given.stateDictionary where !name.hasPrefix("classifier.3.") {
            #expect(trained[name]!.floats == tensor.floats, "\(name)")
        }
        #expect(trained["classifier.3.weight"]!.shape == [3, 16])
    }

    /// A file that is in torch.hub's folder already is used as it is.
    @Test func imageNetsWeightsFromTheCache() throws {
        let scratch = try Scratch()
        try scratch.makePhotos()
        let cache = HubCache(folder: scratch.url.appending(path: "torch/hub/checkpoints"))
        try FileManager.default.createDirectory(at: cache.folder, withIntermediateDirectories: true)
        let given = VGG(
            VGG.Configuration(
                column: VGG.Column.a.stages, batchNormalization: true, pooledSize: 1, hiddenUnits: [8]))
        try Checkpoint(tensors: given.stateDictionary)
            .write(to: cache.folder.appending(path: "vgg11_bn-6002323d.pth"))
        let result = try Tool.run(
            [
                "train", scratch.path("photos"), "--output", scratch.path("run"), "--image-size", "32",
                "--epochs", "1", "--batch-size", "9", "--validation", "0.25", "--weights", "imagenet",
                "--freeze", "features.*",
            ], through: "TORCH_HOME='\(scratch.path("torch"))'; export TORCH_HOME")
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output.contains("vgg11_bn-6002323d.pth: "))
        #expect(result.output.contains("classifier.0 stays as initialised: its weight is [8, 512] there"))
        let trained = try weights(of: "run", in: scratch)
        for (name, parameter) in given.namedParameters where name.hasPrefix("features.") {
            #expect(trained[name]!.floats == parameter.value.floats, "\(name)")
        }
    }

    @Test func aNeighbourOfVGG() throws {
        let scratch = try Scratch()
        try scratch.makePhotos()
        let given = SqueezeNet(.version11, classCount: 10)
        let file = scratch.url.appending(path: "given.pth")
        try Checkpoint(tensors: given.stateDictionary).write(to: file)
        let arguments = [
            "train", scratch.path("photos"), "--output", scratch.path("run"), "--recipe", "finetune",
            "--model", "squeezenet1_1", "--image-size", "32", "--weights", file.path, "--freeze", "features",
            "--batch-size", "9", "--schedule", "constant", "--epochs",
        ]
        let result = try Tool.run(arguments + ["1"])
        #expect(result.status == 0, "\(result.errors)")
        #expect(
            result.output.contains(
                "classifier.1 stays as initialised: its weight is [10, 512, 1, 1] there, [3, 512, 1, 1] here"
            ), "\(result.output)")
        let trained = try weights(of: "run", in: scratch)
        for (name, tensor) in given.stateDictionary where name.hasPrefix("features.") {
            #expect(trained[name]!.floats == tensor.floats, "\(name)")
        }
        #expect(trained["classifier.1.weight"]!.shape == [3, 512, 1, 1])
        // The run has weights of its own now.
        try FileManager.default.removeItem(at: file)
        let resumed = try Tool.run(arguments + ["2", "--resume"])
        #expect(resumed.status == 0, "\(resumed.errors)")

        let predicted = try Tool.run(["predict", scratch.path("run"), scratch.path("photos/red/0.jpg")])
        #expect(predicted.status == 0, "\(predicted.errors)")
    }

    /// The features of a network without its classifier, as Keras's `include_top=False`: frozen, and kept on
    /// disk.
    @Test func featuresWithoutAClassifier() throws {
        let scratch = try Scratch()
        try scratch.makePhotos()
        let given = small(classCount: 10, seed: 4)
        let file = scratch.url.appending(path: "features.pth")
        try Checkpoint(tensors: given.stateDictionary).dropping("classifier.*").write(to: file)
        let result = try Tool.run(
            scratch.train(
                to: "run", epochs: 1, "--no-batch-normalization", "--weights", file.path, "--freeze",
                "features", "--cache-features", "--cache-folder", scratch.path("features")))
        #expect(result.status == 0, "\(result.errors)")
        #expect(
            result.output.contains(
                "features.pth: 4 of 8 tensors; classifier.0, classifier.3 stay as initialised: the checkpoint does not have them"
            ), "\(result.output)")
        let trained = try weights(of: "run", in: scratch)
        for (name, tensor) in given.stateDictionary where name.hasPrefix("features.") {
            #expect(trained[name]!.floats == tensor.floats, "\(name)")
        }
        let untrained = try Tool.run(["predict", file.path, scratch.path("photos/red/0.jpg")])
        #expect(untrained.status != 0)
        #expect(untrained.errors.contains("no classifier"), "\(untrained.errors)")
    }

    @Test func whatShapesAVGGIsNoOptionOfItsNeighbours() throws {
        let result = try Tool.run(["summary", "--model", "resnet18", "--hidden-units", "8"])
        #expect(result.status != 0)
        #expect(result.errors.contains("--hidden-units is an option of VGGs"), "\(result.errors)")
    }

    @Test func whatDoesNotFitIsAnErrorThatNamesIt() throws {
        let scratch = try Scratch()
        try scratch.makePhotos()
        let file = scratch.url.appending(path: "given.pth")
        try Checkpoint(tensors: [("features.0.weight", Tensor.zeros([4, 3, 3, 3]))]).write(to: file)
        let result = try Tool.run(scratch.train(to: "run", epochs: 1, "--weights", file.path))
        #expect(result.status != 0)
        #expect(result.errors.contains("little of the checkpoint fits this network: nothing"))
        #expect(result.errors.contains("features.0 stays as initialised: its weight is [4, 3, 3, 3] there"))
        let missing = try Tool.run(
            scratch.train(to: "run", epochs: 1, "--weights", scratch.path("nowhere.pth")))
        #expect(missing.status != 0)
        #expect(missing.errors.contains("nowhere.pth"))
        #expect(missing.errors.contains("imagenet stands for torchvision's weights"))
        let noneOfThese = try Tool.run(scratch.train(to: "run", epochs: 1, "--weights", "imagenet"))
        #expect(noneOfThese.status != 0)
        #expect(noneOfThese.errors.contains("not for this network"))
    }
}
