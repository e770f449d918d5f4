// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import VGGKit

@Suite struct VGGTests {
    @Test func whatNoMemoryHasAddressesForIsAProblem() {
        let column: [VGG.Stage] = [64, .maxPool]
        #expect(
            VGG.Configuration(column: column, pooledSize: 1 << 20, hiddenUnits: [1 << 20]).problem?
                .contains("more weights than memory has addresses") == true)
        #expect(VGG.Configuration(column: column, pooledSize: 1, hiddenUnits: [1 << 20]).problem == nil)
    }

    /// The paper's table 2, in parameters for 1000 classes (it rounds to millions: 133, 133, 133, 134, 138,
    /// 144).
    @Test(arguments: [
        (VGG.Column.a, 132_863_336), (.aLRN, 132_863_336), (.b, 133_047_848), (.c, 133_638_952),
        (.d, 138_357_544),
        (.e, 143_667_240),
    ])
    func parameterCounts(column: VGG.Column, count: Int) {
        #expect(VGG(column, initialization: .zeros).parameterCount == count)
    }

    @Test func fiveClassesOfFlowers() {
        #expect(VGG.vgg16(classCount: 5).parameterCount == 134_281_029)
    }

    @Test(arguments: [false, true])
    func anyShapeOfInput(batchNormalization: Bool) {
        let model = VGG(
            .init(
                column: [8, .maxPool, .pointwise(4), .localResponseNorm, .maxPool],
                batchNormalization: batchNormalization,
                classCount: 6, inputChannels: 1, pooledSize: 3, hiddenUnits: [], dropout: 0))
        for side in [(4, 4), (9, 13), (32, 20)] {
            #expect(model(Tensor.ones([2, 1, side.0, side.1])).shape == [2, 6])
        }
    }

    @Test func configurationsSurviveJSON() throws {
        for column in VGG.Column.allCases {
            let configuration = VGG.Configuration(
                column: column.stages, batchNormalization: true, classCount: 7)
            let data = try JSONEncoder().encode(configuration)
            #expect(try JSONDecoder().decode(VGG.Configuration.self, from: data) == configuration)
        }
    }

    @Test(arguments: ["", "64/2", "0", "-3", "64/", "M2", "99999999", "1/1/1"])
    func whatIsNoStageIsRefused(text: String) {
        #expect(VGG.Stage(text) == nil)
    }

    @Test(arguments: [
        VGG.Configuration(column: [.maxPool]), VGG.Configuration(column: [64], classCount: 0),
        VGG.Configuration(column: [64], dropout: 1.5),
        VGG.Configuration(column: [64], hiddenUnits: [4096, -1]),
    ])
    func impossibleConfigurationsHaveAProblem(configuration: VGG.Configuration) {
        #expect(configuration.problem != nil)
    }

    @Test func convolutionsStartAsKaimingSays() {
        let model = withRandomSource(RandomSource(seed: 1)) {
            VGG(.init(column: [64, .maxPool], classCount: 2, pooledSize: 1, hiddenUnits: []))
        }
        let weights = (model.features[0] as! Conv2d).weight.value
        // Kaiming normal over fan-out: deviation √(2 / (64 · 9)).
        let deviation = weights.variance().item().squareRoot()
        #expect(abs(deviation - Float(2.0 / (64 * 9)).squareRoot()) < 0.003)
    }
}
