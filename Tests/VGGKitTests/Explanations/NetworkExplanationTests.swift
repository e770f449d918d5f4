// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing
import VGGKit

/// Grad-CAM, layers' outputs and embeddings against PyTorch's hooks, as in Tests/Oracle/explanations.py.
@Suite(.serialized) struct NetworkExplanationTests {
    struct Row: Decodable, Sendable, CustomTestStringConvertible {
        let name: String
        let images: [Int]
        let imageSeed: UInt64
        let layers: [String]
        let classes: [Int]?

        var testDescription: String { name }

        func modelAndImages() throws -> (any Layer, Tensor) {
            let images = Deterministic.tensor(
                [images[0], 3, images[1], images[2]], seed: imageSeed, scale: 1.5)
            guard name.hasPrefix("zoo-") else {
                let row = try FixtureFile.table("models/\(name)", of: VGGEqualityTests.Row.self)[0]
                return (row.model, images)
            }
            let row = try FixtureFile.table("models/\(name)", of: ZooTests.Row.self)[0]
            let network = try #require(
                Zoo.network(named: String(name.dropFirst(4)), classCount: row.classCount))
            let model = network.makeModel()
            try model.load(row.tensors, strict: false)
            return (model, images)
        }
    }

    static let rows = try! FixtureFile.table("explanations/networks", of: Row.self)

    @Test(.enabled(if: isOptimized, "these networks take minutes without optimisation"), arguments: rows)
    func equalsPyTorch(_ row: Row) throws {
        let fixture = try FixtureFile("explanations/networks")
        let (model, images) = try row.modelAndImages()
        for layer in row.layers {
            let key = "\(row.name)/\(layer)"
            let found = try GradCAM(model, layer: .name(layer))(images, classes: row.classes)
            #expect(found.layer == layer)
            fixture.expectClose(
                Tensor(found.classes.map { Float($0) }), to: "\(key)/classes", relative: 0)
            fixture.expectClose(found.values, to: "\(key)/cam", relative: 1e-3)
            fixture.expectClose(
                try model.output(of: .name(layer), for: images), to: "\(key)/output", relative: 1e-3)
        }
        fixture.expectClose(
            try model.embeddings(of: images), to: "\(row.name)/embeddings", relative: 1e-3)
        // The last of the row's layers is the one that is taken where none is named.
        let last = try GradCAM(model)(images, classes: row.classes)
        #expect(last.layer == row.layers.last)
        #expect(model.parameters.allSatisfy { $0.gradient == nil })
    }
}
