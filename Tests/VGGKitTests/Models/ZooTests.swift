// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing
import VGGKit

/// VGG's neighbours: the same state, images and labels as in Tests/Oracle/zoo.py.
@Suite(.serialized) struct ZooTests {
    struct Row: Decodable {
        struct Entry: Decodable {
            let name: String
            let shape: [Int]
            let seed: UInt64
            let scale: Float
            let shift: Float
        }

        let parameterCount: Int
        let classCount: Int
        let images: [Int]
        let imageSeed: UInt64
        let labelSeed: UInt64
        let state: [Entry]

        var tensors: [(name: String, tensor: Tensor)] {
            state.map {
                ($0.name, Deterministic.tensor($0.shape, seed: $0.seed, scale: $0.scale, shift: $0.shift))
            }
        }

        var batch: (images: Tensor, labels: Tensor) {
            (
                Deterministic.tensor([images[0], 3, images[1], images[2]], seed: imageSeed, scale: 1.5),
                Deterministic.labels([images[0]], seed: labelSeed, below: classCount)
            )
        }
    }

    private func model(_ name: String, classCount: Int) -> any Layer {
        switch name {
        case "alexnet": AlexNet(classCount: classCount, dropout: 0)
        case "squeezenet1_0": SqueezeNet(.version10, classCount: classCount, dropout: 0)
        case "squeezenet1_1": SqueezeNet(.version11, classCount: classCount, dropout: 0)
        case "resnet18": ResNet(.d18, classCount: classCount)
        case "resnet34": ResNet(.d34, classCount: classCount)
        case "resnet50": ResNet(.d50, classCount: classCount)
        default: GoogLeNet(classCount: classCount, dropout: 0)
        }
    }

    @Test(
        "Names, shapes, logits and gradients equal torchvision's",
        .enabled(if: isOptimized, "these networks take minutes without optimisation"),
        arguments: [
            "alexnet", "squeezenet1_0", "squeezenet1_1", "resnet18", "resnet34", "resnet50", "googlenet",
        ])
    func equalsTorchvision(_ name: String) throws {
        let fixture = try FixtureFile("models/zoo-\(name)")
        let row = try FixtureFile.table("models/zoo-\(name)", of: Row.self)[0]
        let model = model(name, classCount: row.classCount)
        let names = model.stateDictionary.map(\.name).filter { !$0.hasSuffix("num_batches_tracked") }
        #expect(names == row.state.map(\.name))
        let report = try model.load(row.tensors, strict: false)
        #expect(
            report.missing.allSatisfy { $0.hasSuffix("num_batches_tracked") } && report.unexpected.isEmpty)

        let (images, labels) = row.batch
        fixture.expectClose(withoutRecording { model(images) }, to: "logits", relative: 1e-4)
        let logits = withPhase(.training) { model(images) }
        fixture.expectClose(logits.detached, to: "training logits", relative: 1e-3)
        crossEntropy(logits, labels).backward()
        for (name, parameter) in model.namedParameters {
            fixture.expectClose(
                try #require(parameter.gradient), to: "gradient.\(name)", relative: 1e-3, floor: 1e-6)
        }
    }

    struct SmallestRow: Decodable {
        let key: String
        let name: String
        let height: Int
        let width: Int
        let imageSeed: UInt64
    }

    /// Windows of pooling reach over the end of maps of two pixels, and give one value.
    @Test(
        "The smallest images give torchvision's logits",
        .enabled(if: isOptimized, "these networks take minutes without optimisation"),
        arguments: ["squeezenet1_0", "squeezenet1_1", "googlenet"])
    func smallestImages(_ name: String) throws {
        let fixture = try FixtureFile("models/zoo-smallest")
        let rows = try FixtureFile.table("models/zoo-smallest", of: SmallestRow.self).filter {
            $0.name == name
        }
        let state = try FixtureFile.table("models/zoo-\(name)", of: Row.self)[0]
        let model = model(name, classCount: state.classCount)
        try model.load(state.tensors, strict: false)
        for row in rows {
            let images = Deterministic.tensor([2, 3, row.height, row.width], seed: row.imageSeed, scale: 1.5)
            fixture.expectClose(withoutRecording { model(images) }, to: row.key, relative: 1e-4)
        }
        let smallest = try #require(Zoo.network(named: name)).smallestImageSize
        #expect(rows.map { min($0.height, $0.width) }.min() == smallest)
    }

    @Test(arguments: [
        ("alexnet", 61_100_840), ("squeezenet1_0", 1_248_424), ("squeezenet1_1", 1_235_496),
        ("resnet18", 11_689_512), ("resnet34", 21_797_672), ("resnet50", 25_557_032),
        ("googlenet", 6_624_904),
    ])
    func parameterCounts(_ name: String, _ count: Int) {
        #expect(model(name, classCount: 1000).parameterCount == count)
    }

    /// PyTorch takes 76 % of them for daisies.
    @Test(.enabled(if: TestData.has("weights"), "needs VGGKIT_TEST_DATA/weights and flower_photos"))
    func squeezeNetTellsDaisies() throws {
        let model = SqueezeNet(.version10)
        try model.load(Checkpoint(contentsOf: TestData.url("weights/squeezenet1_0-imagenet.pth")))
        let folder = try ImageFolder(TestData.url("flower_photos/val"))
        let preprocessing = Compose([Resize(256), CenterCrop(224)], normalize: .imageNet)
        let daisies = folder.labels.indices.filter { folder.labels[$0] == 0 }.prefix(24)
        var generator = RandomGenerator(seed: 0)
        let hits = try daisies.count { index in
            let image = try Image(contentsOf: folder.files[index])
            let input = preprocessing(image, using: &generator).expanded(at: 0)
            return withoutRecording { model(input) }.argmax().scalars(Int32.self) == [985]
        }
        #expect(hits >= 14, "\(hits) of 24")
    }
}
