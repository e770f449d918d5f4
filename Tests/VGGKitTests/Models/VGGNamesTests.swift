// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing
import VGGKit

@Suite struct VGGNamesTests {
    struct Row: Decodable, Sendable, CustomTestStringConvertible {
        let name: String
        let column: VGG.Column
        let batchNormalization: Bool
        let parameterCount: Int
        let shapes: [String: [Int]]

        var testDescription: String { name }

        static let all: [Row] = try! FixtureFile.table("models/torchvision")
    }

    @Test("Names and shapes of parameters and buffers are torchvision's", arguments: Row.all)
    func matchesTorchvision(_ row: Row) {
        let model = VGG(row.column, batchNormalization: row.batchNormalization, initialization: .zeros)
        let shapes = Dictionary(
            uniqueKeysWithValues: model.stateDictionary.map { ($0.name, $0.tensor.shape) })
        #expect(shapes == row.shapes)
        #expect(model.parameterCount == row.parameterCount)
    }

    @Test func vgg16WithFiveClassesHas134281029Parameters() {
        #expect(VGG(.d, classCount: 5, initialization: .zeros).parameterCount == 134_281_029)
    }
}
