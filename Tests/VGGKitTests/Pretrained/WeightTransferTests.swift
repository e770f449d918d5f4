// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing
import VGGKit

/// What of a checkpoint a classifier takes over, and what it says of the rest.
@Suite struct WeightTransferTests {
    private func network(
        classes: Int, seed: UInt64, hidden: [Int] = [6], batchNormalization: Bool = true
    ) -> VGG {
        withRandomSource(RandomSource(seed: seed)) {
            VGG(
                .init(
                    column: [4, .maxPool, 8, .maxPool], batchNormalization: batchNormalization,
                    classCount: classes, pooledSize: 2, hiddenUnits: hidden))
        }
    }

    private func values(_ model: VGG) -> [String: [Float]] {
        Dictionary(
            uniqueKeysWithValues: model.stateDictionary.map { ($0.name, $0.tensor.to(.float32).floats) })
    }

    /// Forms in which PyTorch's users keep a network of ten classes.
    static let forms: [(name: String, rename: @Sendable (String) -> String)] = [
        ("plain", { $0 }), ("nested", { "state_dict.\($0)" }), ("parallel", { "module.\($0)" }),
        ("nested parallel", { "model.module.\($0)" }), ("compiled", { "_orig_mod.\($0)" }),
        (
            "parallel features",
            { $0.hasPrefix("features.") ? "features.module.\($0.dropFirst(9))" : $0 }
        ),
        (
            "all at once",
            { "net._orig_mod." + ($0.hasPrefix("features.") ? "features.module.\($0.dropFirst(9))" : $0) }
        ),
    ]

    @Test(arguments: forms.map(\.name)) func otherClassesLeaveTheLastLayer(form: String) throws {
        let given = network(classes: 10, seed: 1)
        let rename = Self.forms.first { $0.name == form }!.rename
        let checkpoint = Checkpoint(tensors: given.stateDictionary.map { (rename($0.name), $0.tensor) })
        let model = network(classes: 2, seed: 2)
        let before = values(model)
        let report = try model.transfer(from: checkpoint)
        #expect(
            "\(report)"
                == "16 of 18 tensors; classifier.3 stays as initialised: its weight is [10, 6] there, [2, 6] here"
        )
        #expect(report.backboneShare == 1)
        let after = values(model)
        for (name, value) in values(given) where !name.hasPrefix("classifier.3.") {
            #expect(after[name] == value, "\(name)")
        }
        #expect(after["classifier.3.weight"] == before["classifier.3.weight"])
        #expect(after["classifier.3.bias"] == before["classifier.3.bias"])
    }

    @Test func featuresWithoutAClassifierAreTaken() throws {
        let given = network(classes: 10, seed: 1)
        let features = Checkpoint(tensors: given.stateDictionary).dropping("classifier.*")
        let model = network(classes: 2, seed: 2)
        let head = values(model).filter { $0.key.hasPrefix("classifier.") }
        #expect(
            "\(try model.transfer(from: features))"
                == "14 of 18 tensors; classifier.0, classifier.3 stay as initialised: the checkpoint does not have them"
        )
        let after = values(model)
        #expect(after == values(given).merging(head) { $1 })

        // As `model.features.state_dict()` has them.
        let bare = features.renaming("features.*", to: "*")
        let other = network(classes: 3, seed: 3)
        #expect(try other.transfer(from: bare).taken.count == 14)
        #expect(values(other)["features.4.weight"] == values(given)["features.4.weight"])
        #expect(try other.transfer(from: bare.renaming("*", to: "module.*")).taken.count == 14)
    }

    @Test(
        .enabled(
            if: TestData.has("weights/vgg16-imagenet-features.pth"),
            "needs VGGKIT_TEST_DATA/weights/vgg16-imagenet-features.pth"))
    func theFeaturesOfVGG16AreTaken() throws {
        let features = try Checkpoint(contentsOf: TestData.url("weights/vgg16-imagenet-features.pth"))
        let model = VGG(
            .init(column: VGG.Column.d.stages, classCount: 5, hiddenUnits: [8]), initialization: .zeros)
        #expect(
            "\(try model.transfer(from: features))"
                == "26 of 30 tensors; classifier.0, classifier.3 stay as initialised: the checkpoint does not have them"
        )
        #expect(
            model.namedParameters.first { $0.name == "features.28.bias" }!.parameter.value.floats
                == features["features.28.bias"]!.floats)
    }

    @Test func aLayerBehindANewOneIsNewToo() throws {
        let given = network(classes: 2, seed: 1, hidden: [6, 5])
        var checkpoint = Checkpoint(tensors: given.stateDictionary)
        let first = checkpoint.tensors.firstIndex { $0.name == "classifier.0.weight" }!
        checkpoint.tensors[first].tensor = Tensor.zeros([6, 72])
        let model = network(classes: 2, seed: 2, hidden: [6, 5])
        let before = values(model)
        let report = try model.transfer(from: checkpoint)
        #expect(
            "\(report)"
                == "14 of 20 tensors; classifier.0 stays as initialised: its weight is [6, 72] there, [6, 32] here; "
                + "classifier.3, classifier.6 stay as initialised: they follow classifier.0")
        for (name, value) in values(model) where name.hasPrefix("classifier.") {
            #expect(value == before[name], "\(name)")
        }
    }

    @Test func filesWithoutBatchCountersLackNothing() throws {
        let old = Checkpoint(tensors: network(classes: 2, seed: 1).stateDictionary)
            .dropping("*.num_batches_tracked")
        #expect("\(try network(classes: 2, seed: 2).transfer(from: old))" == "all 16 tensors")
    }

    @Test func whatTheModelHasNoUseForIsNamed() throws {
        var checkpoint = Checkpoint(tensors: network(classes: 2, seed: 1).stateDictionary)
        checkpoint.tensors.append(("projector.weight", Tensor(1)))
        checkpoint.tensors.append(("optimizer.momentum.x", Tensor(1)))
        let report = try network(classes: 2, seed: 2).transfer(from: checkpoint)
        #expect("\(report)" == "all 18 tensors; not used of the checkpoint: projector.weight")
    }

    @Test func whatHardlyFitsIsRefusedAndChangesNothing() throws {
        let model = network(classes: 2, seed: 2)
        let before = values(model)
        let other = VGG(
            .init(
                column: [4, .maxPool, 16, .maxPool], batchNormalization: true, classCount: 2, pooledSize: 2,
                hiddenUnits: [6]))
        let checkpoint = Checkpoint(tensors: other.stateDictionary)
        let error = try #require(throws: StateError.self) { try model.transfer(from: checkpoint) }
        #expect("\(error)".contains("little of the checkpoint fits this network: only features.0.weight"))
        #expect("\(error)".contains(" % of the backbone"))
        #expect("\(error)".contains("features.4 stays as initialised: its weight is [16, 4, 3, 3] there"))
        #expect(values(model) == before)
        // Whoever wants it may have it.
        #expect(try model.transfer(from: checkpoint, leastShare: 0).taken.contains("features.0.weight"))
        #expect(throws: StateError.self) {
            try model.transfer(from: Checkpoint(tensors: [("w", Tensor(1))]), leastShare: 0)
        }
    }
}
