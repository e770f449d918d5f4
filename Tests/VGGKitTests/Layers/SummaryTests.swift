// SPDX-License-Identifier: Apache-2.0

import Testing
import VGGKit

@Suite struct SummaryTests {
    @Test func rowsNameLayersShapesAndCosts() {
        let model = VGG(
            .init(column: [8, .maxPool], classCount: 3, pooledSize: 2, hiddenUnits: [5]),
            initialization: .zeros)
        let summary = model.summary(inputShape: [2, 3, 8, 8])
        #expect(
            summary.rows.map(\.name) == [
                "features.0", "features.1", "features.2", "avgpool", "classifier.0", "classifier.1",
                "classifier.2",
                "classifier.3",
            ])
        #expect(summary.rows.map(\.outputShape.last) == [8, 8, 4, 2, 5, 5, 5, 3])
        #expect(summary.rows[0].multiplyAdds == 2 * 8 * 8 * 8 * 27)
        #expect(summary.rows[4].multiplyAdds == 2 * 32 * 5)
        #expect(summary.parameterCount == 8 * 28 + 33 * 5 + 6 * 3)
        #expect(summary.description.contains("Conv2d(3, 8, kernel 3, padding 1)"))
    }

    @Test func aLayerOfOnesOwnIsALine() {
        struct Twice: Layer {
            func callAsFunction(_ input: Tensor) -> Tensor { input * 2 }
        }
        let summary = Sequential(Twice(), Linear(3, 3)).summary(inputShape: [1, 3])
        #expect(summary.rows.map(\.layer) == ["Twice", "Linear(3, 3)"])
    }

    @Test func aNarrowTerminalHasFewerColumns() {
        let summary = VGG.vgg16(classCount: 5).summary(inputShape: [1, 3, 32, 32])
        #expect(summary.description(width: 300) == summary.description)
        for width in [79, 100] {
            let text = summary.description(width: width)
            #expect(text.split(separator: "\n").allSatisfy { $0.count <= width })
            #expect(text.contains("134,281,029 parameters") && text.contains("output"))
        }
        #expect(summary.description(width: 39).contains("features.28"))
    }

    @Test func vgg16CostsWhatThePaperSays() {
        let summary = VGG.vgg16(classCount: 5).summary(inputShape: [1, 3, 32, 32])
        #expect(summary.parameterCount == 134_281_029)
    }

    /// Layers without parameters that differ only in what their description leaves out, called in another
    /// order than they are stored in.
    @Test func layersAreToldApartByAllTheirSettings() {
        struct Pools: Layer {
            let padded = MaxPool2d(kernelSize: 2, stride: 2, padding: 1)
            let plain = MaxPool2d(kernelSize: 2, stride: 2)
            func callAsFunction(_ input: Tensor) -> Tensor { padded(plain(input)) }
        }
        let summary = Pools().summary(inputShape: [1, 3, 16, 16])
        #expect(summary.rows.map(\.name) == ["plain", "padded"])
        #expect(summary.rows.map { $0.outputShape[2] } == [8, 5])
    }
}
