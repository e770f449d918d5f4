// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing
import VGGKit

/// Networks end to end: the same weights, images and labels as in Tests/Oracle/models.py.
///
/// Serialized, since a large one takes 2 GB.
@Suite(.serialized) struct VGGEqualityTests {
    struct Row: Decodable, Sendable {
        struct Initial: Decodable, Sendable {
            let name: String
            let shape: [Int]
            let seed: UInt64
            let scale: Float
            let shift: Float

            var tensor: Tensor { Deterministic.tensor(shape, seed: seed, scale: scale, shift: shift) }
        }

        let column: VGG.Column
        let batchNormalization: Bool
        let classCount: Int
        let pooledSize: Int
        let hiddenUnits: [Int]
        let images: [Int]
        let imageSeed: UInt64
        let labelSeed: UInt64
        let steps: Int
        let learningRate: Float
        let momentum: Float
        let weightDecay: Float
        let parameters: [Initial]

        var model: VGG {
            let configuration = VGG.Configuration(
                column: column.stages, batchNormalization: batchNormalization, classCount: classCount,
                pooledSize: pooledSize, hiddenUnits: hiddenUnits, dropout: 0)
            let model = VGG(configuration, initialization: .zeros)
            let named = model.namedParameters
            #expect(named.map(\.name) == parameters.map(\.name))
            for (own, initial) in zip(named, parameters) { own.parameter.value = initial.tensor }
            return model
        }

        var batch: (images: Tensor, labels: Tensor) {
            let shape = [images[0], 3, images[1], images[2]]
            return (
                Deterministic.tensor(shape, seed: imageSeed, scale: 1.5),
                Deterministic.labels([images[0]], seed: labelSeed, below: classCount)
            )
        }

        /// A convolution's bias in front of batch normalisation has the gradient 0: what is found is
        /// rounding.
        func gradientRounding(_ name: String) -> Double {
            batchNormalization && name.hasPrefix("features.") && name.hasSuffix(".bias") ? 1e-5 : 0
        }
    }

    @Test(
        "Logits, gradients, and weights after five steps equal PyTorch's",
        arguments: ["small_a_lrn", "small_c", "small_a_bn"])
    func smallModels(_ name: String) throws { try expectSameTraining(name) }

    @Test(
        "The paper's networks at full width train as PyTorch's",
        .enabled(if: isOptimized, "full networks take minutes without optimisation"),
        arguments: ["vgg11", "vgg16", "vgg11_bn"])
    func fullModels(_ name: String) throws { try expectSameTraining(name) }

    @Test(
        "VGG-16's logits for a large image equal PyTorch's",
        .enabled(if: isOptimized, "full networks take minutes without optimisation"))
    func largeImage() throws {
        let fixture = try FixtureFile("models/vgg16_224")
        let row = try FixtureFile.table("models/vgg16_224", of: Row.self)[0]
        let logits = withoutRecording { row.model(row.batch.images) }
        fixture.expectClose(logits, to: "logits", relative: 1e-4)
    }

    private func expectSameTraining(_ name: String) throws {
        let fixture = try FixtureFile("models/\(name)")
        let row = try FixtureFile.table("models/\(name)", of: Row.self)[0]
        let model = row.model
        let (images, labels) = row.batch
        let optimizer = SGD(
            model.parameters, learningRate: row.learningRate, momentum: row.momentum,
            weightDecay: row.weightDecay)
        var losses: [Float] = []
        for step in 0..<row.steps {
            optimizer.zeroGradients()
            let logits = withPhase(.training) { model(images) }
            let loss = crossEntropy(logits, labels)
            losses.append(loss.item())
            loss.backward()
            if step == 0 {
                fixture.expectClose(logits.detached, to: "logits", relative: 1e-4)
                for (name, parameter) in model.namedParameters {
                    let gradient = try #require(parameter.gradient)
                    fixture.expectClose(
                        gradient, to: "gradient.\(name)", relative: 1e-3, floor: row.gradientRounding(name))
                }
            }
            optimizer.step()
        }
        expectClose(losses, try #require(fixture.floats("losses")), relative: 1e-3, "losses")
        for ((name, parameter), initial) in zip(model.namedParameters, row.parameters) {
            fixture.expectClose(parameter.value, to: "weight.\(name)", relative: 1e-3)
            // Each step rounds to the weight's own precision, and one ReLU or maximum that rounding decides
            // otherwise than in float64 moves the following changes by a percent or two.
            let rounding = Double(row.steps) * Double(initial.scale + initial.shift) * 0x1p-23
            fixture.expectClose(
                parameter.value - initial.tensor, to: "change.\(name)", relative: 5e-2,
                floor: rounding + row.gradientRounding(name) * Double(row.learningRate) * 10)
        }
        for (name, buffer) in model.namedBuffers where !name.hasSuffix("num_batches_tracked") {
            fixture.expectClose(buffer.value, to: "buffer.\(name)", relative: 1e-3)
        }
        fixture.expectClose(withoutRecording { model(images) }, to: "logits after", relative: 1e-3)
    }
}
