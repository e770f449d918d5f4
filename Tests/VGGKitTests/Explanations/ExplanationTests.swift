// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing
import VGGKit

@Suite struct ExplanationTests {
    private let model = withRandomSource(RandomSource(seed: 2)) {
        VGG(.init(column: [4, .maxPool, 6], classCount: 3, pooledSize: 2, hiddenUnits: [5]))
    }

    private func images(_ count: Int = 2) -> Tensor {
        Deterministic.tensor([count, 3, 12, 12], seed: 9, scale: 1)
    }

    @Test func whatIsAskedForMustBeThere() throws {
        #expect(throws: ExplanationError.noSuchLayer("features.9", known: model.layerNames)) {
            try GradCAM(model, layer: "features.9")(images())
        }
        #expect(throws: ExplanationError.noSuchClass(3, count: 3)) {
            try GradCAM(model)(images(), classes: [0, 3])
        }
        #expect(throws: ExplanationError.noMap("classifier.0", shape: [2, 5])) {
            try GradCAM(model, layer: "classifier.0")(images())
        }
        #expect(throws: ExplanationError.noConvolution) { try GradCAM(ReLU())(images()) }
        #expect(throws: ExplanationError.noFeatures) { try ReLU().embeddings(of: images()) }
        #expect(model.layerNames.prefix(3) == ["features", "features.0", "features.1"])
    }

    @Test func aLayerCanBeGivenItself() throws {
        let named = try model.output(of: "features.3", for: images())
        let given = try model.output(of: .layer(model.features[3]), for: images())
        #expect(named.floats == given.floats && named.shape == [2, 6, 6, 6])
    }

    /// A layer of one's own is seen where a `Sequential` calls it.
    @Test func layersOfOnesOwn() throws {
        struct Doubled: Layer {
            func callAsFunction(_ input: Tensor) -> Tensor { input * 2 }
        }
        let own: Sequential = [Conv2d(3, 2, kernelSize: 3), Doubled(), Flatten(), Linear(200, 2)]
        let outputs = try ["0", "1"].map { try own.output(of: .name($0), for: images()).floats }
        let doubled = outputs[0].map { 2 * $0 }
        #expect(outputs[1] == doubled)
    }

    @Test func lookingChangesNothing() throws {
        let before = model.stateDictionary.map(\.tensor.floats)
        let logits = model(images()).floats
        let explanation = try GradCAM(model)(images())
        #expect(explanation.heat.count == 2)
        let shares = explanation.heat.flatMap(\.values)
        #expect(shares.min()! >= 0 && shares.max() == 1)
        let after = model.stateDictionary.map(\.tensor.floats)
        #expect(after == before)
        for (found, expected) in zip(explanation.logits.floats, logits) {
            #expect(abs(found - expected) < 1e-4)
        }
        #expect(model(images()).floats == logits)
    }

    /// Frozen parameters do not keep gradients from the maps.
    @Test func aFrozenModelIsExplained() throws {
        let free = try GradCAM(model)(images()).values.floats
        model.freeze("*")
        defer { model.unfreeze("*") }
        let frozen = try GradCAM(model)(images()).values.floats
        #expect(frozen == free)
    }

    struct Resizing: Decodable, Sendable {
        let name: String
        let seed: UInt64
        let source: [Int]
        let target: [Int]
    }

    @Test func mapsAreResizedAsByPyTorch() throws {
        let fixture = try FixtureFile("explanations/resizing")
        for row in try FixtureFile.table("explanations/resizing", of: Resizing.self) {
            let values = Deterministic.tensor(row.source, seed: row.seed, scale: 1).floats.map { abs($0) }
            let map = HeatMap(height: row.source[0], width: row.source[1], values: values)
            let resized = map.resized(height: row.target[0], width: row.target[1])
            fixture.expectClose(Tensor(resized, shape: row.target), to: row.name, relative: 1e-5)
        }
    }

    @Test func aMapOfZerosStaysOne() {
        #expect(HeatMap(height: 1, width: 2, values: [0, 0]).values == [0, 0])
        #expect(HeatMap(height: 1, width: 2, values: [1, 4]).values == [0.25, 1])
    }
}
