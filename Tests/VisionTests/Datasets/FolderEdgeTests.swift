// SPDX-License-Identifier: Apache-2.0

import Foundation
import TensorCore
import Testing
import Vision

/// Folders as they are found in the world.
@Suite struct FolderEdgeTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private func url(_ path: String) -> URL { scratch.url.appending(path: path) }

    @Test func aClassMayBeALinkToAFolder() throws {
        try scratch.photo("elsewhere/photos/1.jpg")
        try scratch.photo("elsewhere/photos/2.jpg")
        for index in 0..<2 { try scratch.photo("set/b/\(index).jpg") }
        try FileManager.default.createSymbolicLink(
            at: url("set/a"), withDestinationURL: url("elsewhere/photos"))
        let folder = try ImageFolder(url("set"))
        #expect(folder.classes == ["a", "b"] && folder.labels == [0, 0, 1, 1])
        try folder.split(validation: 0.5, seed: 1).write(to: url("out"))
        #expect(try ImageFolder(url("out/train")).count + ImageFolder(url("out/val")).count == 4)
    }

    @Test func namesMayBeAnyText() throws {
        for name in ["Zinnia", "aster", "ünlü çiçek", "a b#c%20?"] {
            for index in 0..<2 { try scratch.photo("set/\(name)/ä \(index)#%.jpg") }
        }
        let folder = try ImageFolder(url("set"))
        #expect(folder.classes == ["Zinnia", "a b#c%20?", "aster", "ünlü çiçek"])
        try folder.split(validation: 0.5, seed: 1).write(to: url("out"), by: .symbolicLink)
        #expect(try ImageFolder(url("out/val"), strict: true).count == 4)
    }

    @Test(arguments: [FolderSplit.Method.copy, .hardLink, .symbolicLink])
    func pathsMayBeRelative(method: FolderSplit.Method) throws {
        for name in ["a", "b"] {
            for index in 0..<3 { try scratch.photo("set/\(name)/inner/\(index).jpg") }
        }
        let here = FileManager.default.currentDirectoryPath
        let up = here.split(separator: "/").map { _ in ".." }.joined(separator: "/")
        let folder = try ImageFolder(URL(filePath: up + url("set").path))
        let split = try folder.split(validation: 0.4, seed: 1)
        try split.write(to: URL(filePath: up + url("out").path), by: method)
        let written = try ImageFolder(url("out/train"), strict: true)
        #expect(written.count == 4)
        #expect(written.files.allSatisfy { $0.path.contains("/inner/") })
    }

    @Test func aFolderNamedAsAPhotoIsReported() throws {
        for name in ["a", "b"] { try scratch.photo("set/\(name)/1.jpg") }
        try scratch.photo("set/a/album.jpg/2.jpg")
        let folder = try ImageFolder(url("set"))
        #expect(folder.labels == [0, 0, 1])
        #expect(folder.unreadable.map(\.file.lastPathComponent) == ["album.jpg"])
    }

    @Test func whatIsNoImageIsReportedWithItsReason() throws {
        for name in ["a", "b"] { try scratch.photo("set/\(name)/1.jpg") }
        try Data("no picture".utf8).write(to: url("set/a/2.jpg"))
        try Data().write(to: url("set/b/3.PNG"))
        let unreadable = try ImageFolder(url("set")).unreadable
        #expect(
            unreadable.map(\.error) == [
                .notAnImage(source: url("set/a/2.jpg").path, beginsWith: Array("no picture".utf8)),
                .notAnImage(source: url("set/b/3.PNG").path, beginsWith: []),
            ])
        #expect(unreadable[1].description == "\(url("set/b/3.PNG").path) is empty")
    }

    @Test func aClassOfNothingReadableIsEmpty() throws {
        try scratch.photo("set/a/1.jpg")
        try FileManager.default.createDirectory(at: url("set/b"), withIntermediateDirectories: true)
        try Data("text".utf8).write(to: url("set/b/1.jpg"))
        let reason =
            "\(ImageError.notAnImage(source: url("set/b/1.jpg").path, beginsWith: Array("text".utf8)))"
        #expect(throws: DatasetError.unreadableClass(url("set/b").path, count: 1, first: reason)) {
            try ImageFolder(url("set"))
        }
        try FileManager.default.removeItem(at: url("set/b/1.jpg"))
        #expect(throws: DatasetError.emptyClass(url("set/b").path, otherKinds: nil)) {
            try ImageFolder(url("set"))
        }
        #expect(throws: DatasetError.noFolder(url("set/a/1.jpg").path)) {
            try ImageFolder(url("set/a/1.jpg"))
        }
    }

    @Test(arguments: [
        (10, 0.2, 2), (10, 0.25, 3), (7, 0.1, 1), (2, 0.01, 1), (2, 0.99, 1), (3, 0.99, 2), (100, 0.333, 33),
    ])
    func aClassGivesItsRoundedShare(count: Int, share: Double, validation: Int) throws {
        for index in 0..<count { try scratch.photo("a/\(index).jpg") }
        for index in 0..<2 { try scratch.photo("b/\(index).jpg") }
        let split = try ImageFolder(scratch.url).split(validation: share, seed: 5)
        #expect(split.validation.labels.count { $0 == 0 } == validation)
        #expect(split.training.labels.count { $0 == 0 } == count - validation)
        #expect(split.validation.classes == ["a", "b"])
    }

    @Test func aFailedWriteLeavesNothing() throws {
        for name in ["a", "b"] {
            for index in 0..<4 { try scratch.photo("set/\(name)/\(index).jpg") }
        }
        let split = try ImageFolder(url("set")).split(validation: 0.5, seed: 1)
        try FileManager.default.removeItem(at: split.validation.files.last!)
        #expect {
            try split.write(to: url("out"))
        } throws: {
            if case .cannotWrite(let path, _) = $0 as? DatasetError { path == url("out").path } else { false }
        }
        #expect(!FileManager.default.fileExists(atPath: url("out/train").path))
        #expect(!FileManager.default.fileExists(atPath: url("out/val").path))
        try Data().write(to: url("file"))
        #expect(throws: DatasetError.self) { try split.write(to: url("file")) }
        #expect(throws: DatasetError.self) { try split.write(to: url("file/below")) }
    }

    @Test func aPhotoThatGoesBadIsSkippedInTheMean() throws {
        try write(Image(width: 2, height: 2, color: [40]), "a/1.png")
        try write(Image(width: 9, height: 1, color: [10, 20, 30]), "b/1.png")
        try write(Image(width: 1, height: 1, color: [255, 255, 255]), "b/2.png")
        for strict in [false, true] {
            let folder = try ImageFolder(scratch.url, strict: strict)
            let whole = try Data(contentsOf: url("b/2.png"))
            try whole.prefix(40).write(to: url("b/2.png"))
            if strict {
                #expect(throws: ImageError.self) { try folder.meanRGB() }
            } else {
                let mean = try folder.meanRGB()
                #expect(zip(mean, [25, 30, 35] as [Float]).allSatisfy { abs($0 * 255 - $1) < 1e-3 })
            }
            try whole.write(to: url("b/2.png"))
        }
        let folder = try ImageFolder(scratch.url)
        for file in folder.files { try Data().write(to: file) }
        #expect {
            try folder.meanRGB()
        } throws: {
            if case .nothingRead(3, let first) = $0 as? LoaderError {
                first.hasSuffix("1.png is empty")
            } else {
                false
            }
        }
    }

    private func write(_ image: Image, _ path: String) throws {
        try FileManager.default.createDirectory(
            at: url(path).deletingLastPathComponent(), withIntermediateDirectories: true)
        try image.write(to: url(path))
    }

    @Test func photosThatGoBadAreSkippedByTheLoader() throws {
        for index in 0..<4 { try scratch.photo("set/\(index % 2)/\(index).jpg") }
        for strict in [false, true] {
            let folder = try ImageFolder(url("set"), strict: strict)
            let bad = folder.files[2]
            let whole = try Data(contentsOf: bad)
            try whole.prefix(whole.count / 2).write(to: bad)
            let data = folder.transformed(by: Compose([Resize(height: 6, width: 6)], normalize: .imageNet))
            let batches = DataLoader(data, batchSize: 4).batches(epoch: 0)
            if strict {
                #expect(throws: ImageError.self) { try batches.next() }
            } else {
                let batch = try #require(try batches.next())
                #expect(batch.indices == [0, 1, 3] && batch.skipped.map(\.index) == [2])
                #expect(batch.images.shape == [3, 3, 6, 6] && batch.labels.scalars(Int32.self) == [0, 0, 1])
            }
            try whole.write(to: bad)
        }
    }
}

@Suite struct ClassIndicesTests {
    private let scratch: Scratch
    private var url: URL { scratch.url.appending(path: "folder/class_indices.json") }

    init() throws { scratch = try Scratch() }

    /// The text that Python's `json.dumps(names, indent=4)` gives.
    @Test func theTextIsThatOfPython() throws {
        let names = (0..<11).map { "class \($0)" }
        try ClassIndices.write(names, to: url)
        let lines = names.enumerated().map { "    \"\($0.offset)\": \"\($0.element)\"" }
        #expect(
            try String(contentsOf: url, encoding: .utf8) == "{\n" + lines.joined(separator: ",\n") + "\n}\n")
        #expect(try ClassIndices.read(url) == names)
    }

    @Test func anyNameComesBack() throws {
        let names = ["a/b", "\"", "\\", "日本 🌷", "line\nbreak", ""]
        try ClassIndices.write(names, to: url)
        #expect(try ClassIndices.read(url) == names)
    }

    @Test(arguments: [
        "", "[]", "{", "{\"0\": 1}", "{\"1\": \"a\"}", "{\"0\": \"a\", \"02\": \"b\"}", "{\"a\": \"b\"}",
    ])
    func whatIsNoListOfClassesIsAnError(text: String) throws {
        let file = scratch.url.appending(path: "bad.json")
        try Data(text.utf8).write(to: file)
        #expect {
            try ClassIndices.read(file)
        } throws: {
            if case .classIndices(let path, _) = $0 as? DatasetError { path == file.path } else { false }
        }
    }

    @Test(arguments: [
        "[\"a\", \"b c\", \"d\"]", "{\"a\": 0, \"b c\": 1, \"d\": 2}", "a\nb c\nd", "a\r\nb c\r\nd\r\n\n",
        "\u{FEFF}a\n b c \nd\n", "\u{FEFF}[\"a\", \"b c\", \"d\"]",
    ])
    func namesInOtherFormsAreRead(text: String) throws {
        let file = scratch.url.appending(path: "names")
        try Data(text.utf8).write(to: file)
        #expect(try ClassIndices.read(file) == ["a", "b c", "d"])
    }

    @Test(arguments: [Array("a\n\nb\n".utf8), [0x61, 0xFF, 0x0A], Array("{\"a\": 0, \"b\": 2}".utf8)])
    func otherTextsAreErrors(bytes: [UInt8]) throws {
        let file = scratch.url.appending(path: "names")
        try Data(bytes).write(to: file)
        #expect(throws: DatasetError.self) { try ClassIndices.read(file) }
    }

    @Test func aMissingFileIsNamed() {
        #expect {
            try ClassIndices.read(URL(filePath: "/nowhere.json"))
        } throws: {
            "\($0)".hasPrefix("/nowhere.json is no list of classes")
        }
    }
}
