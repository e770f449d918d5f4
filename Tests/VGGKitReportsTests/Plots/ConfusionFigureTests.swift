// SPDX-License-Identifier: Apache-2.0

import Drawing
import Testing
import VGGKit
import VGGKitReports

@Suite struct ConfusionFigureTests {
    @Test(arguments: [1, 2, 5, 40, 300])
    func drawsAnyNumberOfClasses(_ count: Int) {
        let counts = (0..<count).map { row in (0..<count).map { $0 == row ? 3 : 0 } }
        let figure = ConfusionFigure(
            title: "Validation", classes: (0..<count).map { "class \($0)" }, counts: counts)
        let bitmap = figure.bitmap(scale: 1)
        #expect(bitmap.width > 100 && bitmap.width <= 1500)
        #expect(bitmap.height > 100 && bitmap.height <= 1500)
    }

    @Test func shadesWhatIsOftenDarker() {
        func darkness(_ counts: [[Int]]) -> Int {
            let bitmap = ConfusionFigure(title: "", classes: ["a", "b"], counts: counts).bitmap(scale: 1)
            return bitmap.pixels.reduce(0) { $0 + 255 - Int($1) }
        }
        #expect(darkness([[9, 1], [1, 9]]) > darkness([[5, 5], [5, 5]]))
    }

    @Test func toleratesClassesWithoutSamples() {
        let figure = ConfusionFigure(
            title: "", classes: ["a", "a name of very many letters"], counts: [[0, 0], [0, 0]])
        #expect(figure.classes[1] == "a name of …letters")
        #expect(!figure.svgData.isEmpty)
    }

    @Test func takesAConfusionMatrix() {
        var confusion = ConfusionMatrix(classes: ["daisy", "tulips"])
        confusion.add(label: 1, prediction: 0)
        #expect(ConfusionFigure(title: "", confusion).counts == [[0, 0], [1, 0]])
    }
}
