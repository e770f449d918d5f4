// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import VGGKit

/// `predict` on checkpoints that describe nothing but weights, and on weights that went astray.
@Suite(.serialized) struct PredictTests {
    private let scratch: Scratch
    private let model = withRandomSource(RandomSource(seed: 1)) {
        VGG(.init(column: [4, .maxPool, 8, .maxPool], classCount: 3, pooledSize: 2, hiddenUnits: [6]))
    }
    private var photo: String { scratch.path("photos/red/0.jpg") }

    init() throws {
        scratch = try Scratch()
        try scratch.makePhotos(perClass: 1)
    }

    private func write(_ name: String, _ text: String) throws -> String {
        let url = scratch.url.appending(path: name)
        try FileManager.default.createDirectory(
            at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: url)
        return url.path
    }

    private func weights(_ name: String) throws -> String {
        let url = scratch.url.appending(path: name)
        try FileManager.default.createDirectory(
            at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Checkpoint(tensors: model.stateDictionary).write(to: url)
        return url.path
    }

    @Test func namesOfPlainWeights() throws {
        let file = try weights("save_model/best_model.pth")
        let nameless = try Tool.run(["predict", file, photo])
        #expect(nameless.status == 1)
        #expect(nameless.errors.contains("it has 3 classes without names"), "\(nameless.errors)")
        #expect(nameless.errors.contains("class_indices.json"), "\(nameless.errors)")

        let json = try write("names.json", "{\"0\": \"daisy\", \"1\": \"rose\", \"2\": \"tulip\"}")
        let text = try write("names.txt", "daisy\nrose\r\n tulip \n\n")
        for names in [json, text] {
            let result = try Tool.run(["predict", file, photo, "--names", names])
            #expect(result.status == 0, "\(result.errors)")
            for name in ["daisy", "rose", "tulip"] { #expect(result.output.contains("  \(name) ")) }
        }
        let fewer = try Tool.run([
            "predict", file, photo, "--names", try write("fewer.txt", "daisy\nrose\n"),
        ])
        #expect(fewer.status == 1 && fewer.errors.contains("it has 3 classes; 2 names were given"))
        let missing = try Tool.run(["predict", file, photo, "--names", scratch.path("nowhere.json")])
        #expect(missing.status == 1 && missing.errors.contains("nowhere.json"), "\(missing.errors)")
        #expect(!missing.errors.contains("Error Domain"))

        // The tutorial writes the names into the folder above that of the weights.
        _ = try write("class_indices.json", "{\"0\": \"anemone\", \"1\": \"crocus\"}")
        let other = try Tool.run(["predict", file, photo])
        #expect(other.status == 1 && other.errors.contains("class_indices.json has 2"), "\(other.errors)")
        _ = try write("class_indices.json", "{\"0\": \"anemone\", \"1\": \"crocus\", \"2\": \"lily\"}")
        let above = try Tool.run(["predict", file, photo])
        #expect(above.status == 0 && above.output.contains("crocus"), "\(above.errors)")
        _ = try write("save_model/class_indices.json", "{\"aster\": 2, \"iris\": 0, \"poppy\": 1}")
        let beside = try Tool.run(["predict", file, photo, "--json", "--top", "3"])
        #expect(
            beside.status == 0 && beside.output.contains("\"index\":2,\"name\":\"aster\""), "\(beside.output)"
        )
    }

    @Test func weightsThatAreNoNumbersAreAnErrorAndNullInJSON() throws {
        let card = ModelCard(
            network: model.configuration, classes: ["blue", "green", "red"], imageSize: 16,
            normalization: .half)
        let bias = model.namedParameters.last!
        bias.parameter.value = Tensor([Float.nan, 1, 2])
        let url = scratch.url.appending(path: "astray.safetensors")
        try Checkpoint(
            tensors: model.stateDictionary,
            metadata: ["vggkit.model": String(decoding: try JSONEncoder().encode(card), as: UTF8.self)]
        ).write(to: url)
        let result = try Tool.run(["predict", url.path, photo])
        #expect(result.status == 1 && result.output.isEmpty)
        #expect(result.errors.contains("the model's outputs are NaN or infinite"), "\(result.errors)")
        #expect(result.errors.contains("classifier.3.bias"), "\(result.errors)")
        let json = try Tool.run(["predict", url.path, photo, "--json"])
        #expect(json.status == 1)
        let line = try #require(
            try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
        #expect(line["predictions"] is NSNull)
        #expect((line["error"] as? String)?.contains("NaN or infinite") == true)

        for command in ["evaluate", "explain"] {
            let other = try Tool.run(
                [command, url.path, command == "explain" ? photo : scratch.path("photos")],
                through: "cd '\(scratch.url.path)'")
            #expect(other.status == 1 && other.errors.contains("classifier.3.bias"), "\(other.errors)")
        }

        let classifier = try ImageClassifier(contentsOf: url)
        #expect(throws: PredictionError.self) { try classifier.predict(contentsOf: URL(filePath: photo)) }
        let predictions = classifier.predict(try Image(contentsOf: URL(filePath: photo)))
        #expect(predictions.allSatisfy { $0.probability.isNaN })
        let text = String(decoding: try JSONEncoder().encode(predictions[0]), as: UTF8.self)
        #expect(text.contains("\"probability\":null"), "\(text)")
        let back = try JSONDecoder().decode(ImageClassifier.Prediction.self, from: Data(text.utf8))
        #expect(back.probability.isNaN)
    }
}
