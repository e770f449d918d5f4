// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing
import VGGKit

/// The example beside the tutorial's own way of training in PyTorch: Tests/Oracle/tutorial.py. Its files are
/// compiled here again, by links: a release build of a program does not let tests in.
@Suite struct TutorialTests {
    private static let classCount = 5
    private static let side = 16

    /// The images of a class have a pattern in common.
    private static func photos(_ part: String, _ count: Int) -> TensorDataset {
        let labels = Deterministic.labels(
            [count], seed: Deterministic.seed(["tutorial", part, "labels"]), below: classCount)
        let patterns = Deterministic.tensor(
            [classCount, 3, side, side], seed: Deterministic.seed(["tutorial", "patterns"]))
        let noise = Deterministic.tensor(
            [count, 3, side, side], seed: Deterministic.seed(["tutorial", part, "images"]))
        return TensorDataset(images: noise + patterns.gathered(labels), labels: labels)
    }

    private static func network() -> VGG {
        let net = VGG(
            [8, .pool, 16, .pool], classCount: classCount, mapSide: side / 4, hiddenUnits: 32, dropout: 0)
        for (name, parameter) in net.namedParameters where parameter.shape.count > 1 {
            let fanIn = parameter.shape.dropFirst().reduce(1, *)
            parameter.value = Deterministic.tensor(
                parameter.shape, seed: Deterministic.seed(["tutorial", name]),
                scale: Float((6 / Double(fanIn)).squareRoot()))
        }
        return net
    }

    private static func length(_ values: [Float]) -> Double {
        values.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
    }

    @Test(arguments: [("plain", Float(0)), ("momentum", 0.9)])
    func twoEpochsAreThoseOfPyTorch(_ name: String, momentum: Float) throws {
        let expected = try FixtureFile("tutorial")
        let folder = URL.temporaryDirectory.appending(path: "tutorial-\(UUID())")
        defer { try? FileManager.default.removeItem(at: folder) }
        let net = Self.network()
        let start = net.namedParameters.map(\.parameter.value.floats)
        let history = try fit(
            net, training: DataLoader(Self.photos("train", 90), batchSize: 16),
            validation: DataLoader(Self.photos("val", 40), batchSize: 16), loss: CrossEntropy(),
            optimizer: SGD(net.parameters, learningRate: 0.003, momentum: momentum),
            schedule: StepLR(stepSize: 2, gamma: 0.5), epochs: 2, saveIn: folder)

        let numbers = try #require(expected.values("\(name).history"))
        let found = history.epochs.flatMap {
            [$0.learningRate, $0.trainLoss, $0.trainAccuracy, $0.validationLoss!, $0.validationAccuracy!]
        }
        #expect(found.count == numbers.count)
        for (own, other) in zip(found, numbers) { #expect(abs(own - other) <= 1e-3 * abs(other), "\(found)") }
        #expect(found[0] == Double(Float(0.003)) && found[5] == Double(Float(0.0015)))

        let last = try Checkpoint(contentsOf: folder.appending(path: "last_model.pth"))
        for ((key, parameter), begun) in zip(net.namedParameters, start) {
            let values = try #require(expected.floats("\(name).\(key)"))
            let travelled = Self.length(zip(values, begun).map { $0 - $1 })
            let apart = Self.length(zip(values, parameter.value.floats).map { $0 - $1 })
            #expect(travelled > 0)
            #expect(apart <= 1e-3 * travelled, "\(key): \(apart) apart after \(travelled)")
            #expect(last[key]?.floats == parameter.value.floats)
        }
        let best = try Checkpoint(contentsOf: folder.appending(path: "best_model.pth"))
        #expect(best.tensors.map(\.name) == net.stateDictionary.map(\.name))
    }

    @Test func theNetworkHasTheShapesAndNamesOfTheLibrarys() {
        let own = VGG(cfgs["vgg16"]!, classCount: 5, hiddenUnits: 64).namedParameters
        let configuration = VGGKit.VGG.Configuration(
            column: VGGKit.VGG.Column.d.stages, classCount: 5, hiddenUnits: [64, 64])
        let library = VGGKit.VGG(configuration, initialization: .zeros).namedParameters
        #expect(own.map(\.name) == library.map(\.name))
        #expect(own.map(\.parameter.shape) == library.map(\.parameter.shape))
    }

    @Test func everyTableIsThePapers() {
        for (name, column) in [
            ("vgg11", VGGKit.VGG.Column.a), ("vgg13", .b), ("vgg16", .d), ("vgg19", .e),
        ] {
            let entries = column.stages.map { stage -> Entry in
                if case .convolution(let channels, 3) = stage { .convolution(channels) } else { .pool }
            }
            #expect(cfgs[name] == entries)
        }
    }
}

/// Docs/TheTutorial.md shows the example as it is.
@Suite struct TutorialPageTests {
    private static let package = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    private static func lines(_ text: String) -> [String] {
        text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    }

    @Test func everyLineOfSwiftStandsInTheExample() throws {
        let page = try String(
            contentsOf: Self.package.appending(path: "Docs/TheTutorial.md"), encoding: .utf8)
        let folder = Self.package.appending(path: "Examples/Tutorial")
        var example: Set<String> = []
        for file in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
            example.formUnion(
                Self.lines(try String(contentsOf: folder.appending(path: file), encoding: .utf8)))
        }
        let blocks = page.components(separatedBy: "```swift\n").dropFirst()
            .map { $0.components(separatedBy: "```")[0] }
        #expect(blocks.count >= 10)
        for line in blocks.flatMap(Self.lines) { #expect(example.contains(line), "\(line)") }
    }
}
