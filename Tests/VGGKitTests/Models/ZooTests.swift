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
        case "resnet101": ResNet(.d101, classCount: classCount)
        case "mobilenet_v2": MobileNetV2(classCount: classCount, dropout: 0)
        case "mobilenet_v3_small": MobileNetV3(.small, classCount: classCount, dropout: 0)
        case "mobilenet_v3_large": MobileNetV3(.large, classCount: classCount, dropout: 0)
        case "efficientnet_b0":
            EfficientNet(.b0, classCount: classCount, dropout: 0, stochasticDepth: 0)
        case "efficientnet_lite0": EfficientNetLite(classCount: classCount, dropout: 0)
        default: GoogLeNet(classCount: classCount, dropout: 0)
        }
    }

    @Test(
        "Names, shapes, logits and gradients equal torchvision's",
        .enabled(if: isOptimized, "these networks take minutes without optimisation"),
        arguments: [
            "alexnet", "squeezenet1_0", "squeezenet1_1", "resnet18", "resnet34", "resnet50", "googlenet",
            "resnet101", "mobilenet_v2", "mobilenet_v3_small", "mobilenet_v3_large", "efficientnet_b0",
            "efficientnet_lite0",
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
        ("googlenet", 6_624_904), ("resnet101", 44_549_160), ("mobilenet_v2", 3_504_872),
        ("mobilenet_v3_small", 2_542_856), ("mobilenet_v3_large", 5_483_032), ("efficientnet_b0", 5_288_548),
        ("efficientnet_lite0", 4_652_008),
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

    /// The classes that PyTorch finds most probable with TensorFlow's weights, and their probabilities:
    /// daisies, a sea urchin, vases, and a head of cabbage. The next class has at least 0.27 less.
    private static let photos: [(name: String, label: Int32, probability: Float)] = [
        ("daisy/10437929963_bc13eebe0c", 985, 0.9415), ("daisy/10994032453_ac7f8d9e2e", 985, 0.8918),
        ("daisy/1140299375_3aa7024466", 985, 0.6714), ("daisy/11439894966_dca877f0cd", 985, 0.7680),
        ("daisy/1150395827_6f94a5c6e4_n", 985, 0.9214), ("dandelion/1074999133_1e4a1e042e", 328, 0.3809),
        ("dandelion/126012913_edf771c564_n", 985, 0.3937), ("roses/11233672494_d8bf0a3dbf_n", 883, 0.3616),
        ("sunflowers/1043442695_4556c4c13d_n", 883, 0.7814),
        ("sunflowers/12471791574_bb1be83df4", 985, 0.9231),
        ("sunflowers/13117907313_86c99c6441", 985, 0.6878), ("tulips/12025038686_7f10811d4b_n", 936, 0.3604),
    ]

    /// A difference of one level in a third of the pixels moves the probabilities by up to 0.03.
    @Test(
        .enabled(
            if: TestData.has("weights") && TestData.has("flower_photos"),
            "needs VGGKIT_TEST_DATA/weights and flower_photos"))
    func efficientNetLiteSeesWhatPyTorchSees() throws {
        let checkpoint = try Checkpoint(
            contentsOf: TestData.url("weights/efficientnet-lite0-57934424.pth"))
        let network = try #require(Zoo.network(recognizing: checkpoint.tensors))
        #expect((network as? EfficientNetLite.Configuration) == EfficientNetLite.Configuration())
        let model = network.makeModelToLoad()
        try model.load(checkpoint)
        let preprocessing = Compose([Resize(256), CenterCrop(224)], normalize: .half)
        var generator = RandomGenerator(seed: 0)
        for photo in Self.photos {
            let image = try Image(contentsOf: TestData.url("flower_photos/val/\(photo.name).jpg"))
            let input = preprocessing(image, using: &generator).expanded(at: 0)
            let probabilities = withoutRecording { softmax(model(input)) }
            #expect(probabilities.argmax().scalars(Int32.self) == [photo.label], "\(photo.name)")
            let found = probabilities.floats[Int(photo.label)]
            #expect(abs(found - photo.probability) < 0.05, "\(photo.name): \(found)")
        }
    }
}
