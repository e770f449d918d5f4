// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing
import VGGKit
import VGGKitReports

@Suite struct TensorBoardTests {
    private static let checksums: [(bytes: [UInt8], checksum: UInt32)] = [
        (Array("123456789".utf8), 0xE306_9283),
        ([UInt8](repeating: 0, count: 32), 0x8A91_36AA),
        ([UInt8](repeating: 0xFF, count: 32), 0x62A8_AB43),
        (Array(0..<32), 0x46DD_794E),
        ([], 0),
    ]

    /// RFC 3720, appendix B.4, and the check value of the polynomial's catalogue entry.
    @Test func anErrorSaysTheSameToWhoeverShowsIt() {
        let error = TensorBoardError.notWritten(URL(filePath: "runs/a"), reason: "the disk is full")
        #expect((error as any Error).localizedDescription == error.description)
    }

    @Test(arguments: checksums)
    func checksumsAreCastagnolis(_ bytes: [UInt8], _ expected: UInt32) {
        #expect(CRC32C.checksum(bytes) == expected)
        #expect(CRC32C.masked(bytes) == (expected >> 15 | expected << 17) &+ 0xA282_EAD8)
    }

    /// The examples of protobuf.dev, and numbers at the ends.
    @Test func messagesAreEncodedAsDocumented() {
        #expect([UInt8](ProtocolMessage { $0.add(1, integer: 150) }.data) == [0x08, 0x96, 0x01])
        #expect(
            [UInt8](ProtocolMessage { $0.add(2, string: "testing") }.data) == [0x12, 7]
                + [UInt8]("testing".utf8))
        let inner = ProtocolMessage { $0.add(1, integer: 150) }
        #expect([UInt8](ProtocolMessage { $0.add(3, message: inner) }.data) == [0x1A, 3, 0x08, 0x96, 0x01])
        #expect(
            [UInt8](ProtocolMessage { $0.add(1, integer: -2) }.data)
                == [0x08, 0xFE] + [UInt8](repeating: 0xFF, count: 8) + [1])
        #expect([UInt8](ProtocolMessage { $0.add(16, float: 1) }.data) == [0x85, 0x01, 0, 0, 0x80, 0x3F])
        #expect(
            [UInt8](ProtocolMessage { $0.add(1, double: 1) }.data) == [0x09, 0, 0, 0, 0, 0, 0, 0xF0, 0x3F])
    }

    private struct Contents: Decodable {
        var version: Double
        var scalars: [String: [[Double]]]
        var seconds: [Double]
        var texts: [String: [Entry]]
        var images: [String: [Entry]]
        var plugins: [String: String]

        enum Entry: Decodable, Equatable {
            case list([String])

            init(from decoder: any Decoder) throws {
                var values = try decoder.unkeyedContainer()
                var list: [String] = []
                while !values.isAtEnd {
                    if let text = try? values.decode(String.self) {
                        list.append(text)
                    } else {
                        list.append("\(try values.decode(Int.self))")
                    }
                }
                self = .list(list)
            }
        }
    }

    private func read(_ folder: URL) throws -> Contents {
        let text = try Oracle.run("tensorboard_events.py", [folder.path])
        return try JSONDecoder().decode(Contents.self, from: Data(text.utf8))
    }

    @Test(.enabled(if: Oracle.has("tensorboard"), "needs TensorBoard"))
    func tensorBoardReadsWhatWasWritten() throws {
        let folder = TemporaryFolder()
        let begun = Date.now.timeIntervalSince1970
        let board = try TensorBoardWriter(folder: folder.url.appending(path: "new"))
        for step in 1...300 { try board.add("loss", 1 / Double(step), step: step) }
        try board.add("größe/¼", -1.5e30, step: 1 << 40)
        try board.add("recipe", text: "**small** & <b>", step: 0)
        let image = Image(width: 5, height: 3, color: [1, 2, 3])
        try board.add("photo", image, step: 7)
        try board.flush()
        let contents = try read(folder.url.appending(path: "new"))
        #expect(contents.version == 2)
        #expect(contents.scalars["loss"] == (1...300).map { [Double($0), Double(1 / Float($0))] })
        #expect(contents.scalars["größe/¼"] == [[Double(1 << 40), Double(Float(-1.5e30))]])
        #expect(contents.texts == ["recipe": [.list(["0", "**small** & <b>"])]])
        #expect(contents.plugins == ["recipe": "text"])
        #expect(contents.images["photo"]?.count == 1)
        #expect(contents.seconds.allSatisfy { $0 >= begun - 1 && $0 <= Date.now.timeIntervalSince1970 + 1 })
        withExtendedLifetime(board) {}
    }

    @Test(.enabled(if: Oracle.has("tensorboard"), "needs TensorBoard"))
    func aRunThatWasTakenUpTakesThePlaceOfTheOldEnd() throws {
        let folder = TemporaryFolder()
        let first = try TensorBoardWriter(folder: folder.url)
        for step in 1...6 { try first.add(TrainingStep(number: step, epoch: 1, loss: 1, learningRate: 0.5)) }
        try first.flush()
        let second = try TensorBoardWriter(folder: folder.url)
        for step in 4...8 {
            try second.add(TrainingStep(number: step, epoch: 1, loss: 2, learningRate: 0.25))
        }
        try second.flush()
        #expect(folder.names.count == 2)
        let contents = try read(folder.url)
        #expect(
            contents.scalars["step/loss"]
                == [[1, 1], [2, 1], [3, 1], [4, 2], [5, 2], [6, 2], [7, 2], [8, 2]])
    }

    @Test(.enabled(if: Oracle.has("tensorboard"), "needs TensorBoard"))
    func theTrainerWritesStepsAndEpochs() throws {
        let folder = TemporaryFolder()
        let model = Sequential(Flatten(), Linear(4, 2))
        let images = Tensor((0..<48).map { Float($0 % 7) }, shape: [12, 1, 2, 2])
        let labels = Tensor((0..<12).map { Int32($0 % 2) })
        let loader = DataLoader(TensorDataset(images: images, labels: labels), batchSize: 4, workers: 0)
        let trainer = Trainer(model, optimizer: SGD(model.parameters, learningRate: 0.125))
        trainer.configuration.progress = .none
        var (steps, epochs) = ([TrainingStep](), 0)
        trainer.callbacks.afterStep { steps.append($0) }
        trainer.callbacks.afterEpoch { _ in epochs += 1 }
        try trainer.write(to: TensorBoardWriter(folder: folder.url))
        let history = try trainer.fit(loader, validation: loader, epochs: 2)
        let scalars = try read(folder.url).scalars
        #expect(
            steps.map(\.number) == Array(1...6) && steps.map(\.epoch) == [1, 1, 1, 2, 2, 2] && epochs == 2)
        #expect(scalars["step/loss"] == steps.map { [Double($0.number), Double(Float($0.loss))] })
        #expect(scalars["step/learning_rate"]?.map { $0[1] } == [Double](repeating: 0.125, count: 6))
        #expect(scalars["epoch"] == [[3, 1], [6, 2]])
        #expect(
            scalars["accuracy/validation"]
                == zip([3.0, 6], history.epochs).map { [$0, Double(Float($1.validationAccuracy!))] })
        #expect(scalars["loss/training"]?.map { $0[1] } == history.epochs.map { Double(Float($0.trainLoss)) })
    }

    @Test func recordsAreLengthsDataAndChecksums() throws {
        let folder = TemporaryFolder()
        let board = try TensorBoardWriter(folder: folder.url)
        try board.add("a", 1, step: 3)
        try board.flush()
        let bytes = try [UInt8](Data(contentsOf: board.url))
        var (place, records) = (0, [[UInt8]]())
        func integer(_ range: Range<Int>) -> UInt64 {
            bytes[range].reversed().reduce(0) { $0 << 8 | UInt64($1) }
        }
        while place < bytes.count {
            let length = Int(integer(place..<place + 8))
            #expect(integer(place + 8..<place + 12) == UInt64(CRC32C.masked(bytes[place..<place + 8])))
            let data = Array(bytes[place + 12..<place + 12 + length])
            #expect(integer(place + 12 + length..<place + 16 + length) == UInt64(CRC32C.masked(data)))
            records.append(data)
            place += 16 + length
        }
        #expect(records.count == 2)
        #expect(records[0].suffix(15) == [0x1A, 13] + [UInt8]("brain.Event:2".utf8))
        #expect(records[1].suffix(14) == [0x10, 3, 0x2A, 10, 0x0A, 8, 0x0A, 1, 0x61, 0x15, 0, 0, 0x80, 0x3F])
    }

    @Test func aFolderThatCannotBeIsAnError() throws {
        let folder = TemporaryFolder()
        let file = folder.url.appending(path: "file")
        try Data().write(to: file)
        #expect(throws: TensorBoardError.self) { try TensorBoardWriter(folder: file) }
        #expect(throws: TensorBoardError.self) {
            try TensorBoardWriter(folder: file.appending(path: "below"))
        }
    }
}
