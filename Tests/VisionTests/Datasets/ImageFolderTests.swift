// SPDX-License-Identifier: Apache-2.0

import Foundation
import TensorCore
import Testing
import Vision

@Suite struct ImageFolderTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private func fill(_ counts: [String: Int]) throws {
        for (name, count) in counts {
            for index in 0..<count { try scratch.photo("\(name)/\(index).jpg", shade: UInt8(index)) }
        }
    }

    @Test func classesAreNumberedByName() throws {
        try scratch.photo("tulip/a.JPG")
        try scratch.photo("daisy/inner/b.png")
        try scratch.photo("daisy/a.jpeg")
        try scratch.photo("daisy/.hidden.jpg")
        try Data("x".utf8).write(to: scratch.url.appending(path: "daisy/notes.txt"))
        let folder = try ImageFolder(scratch.url)
        #expect(folder.classes == ["daisy", "tulip"])
        #expect(folder.labels == [0, 0, 1])
        #expect(folder.files.map(\.lastPathComponent) == ["a.jpeg", "b.png", "a.JPG"])
    }

    @Test func whatIsNoImageIsReported() throws {
        try fill(["a": 2, "b": 2])
        try Data("text".utf8).write(to: scratch.url.appending(path: "a/text.jpg"))
        let folder = try ImageFolder(scratch.url)
        #expect(folder.count == 4)
        #expect(folder.unreadable.map(\.file.lastPathComponent) == ["text.jpg"])
        #expect(throws: ImageError.self) { try ImageFolder(scratch.url, strict: true) }
    }

    @Test func photosThatAreNoSamplesAreCounted() throws {
        try fill(["a": 2, "b": 2])
        for name in [
            "a/1.GIF", "a/inner/2.gif", "b/3.tiff", "b/notes.txt", "loose.jpg", "loose.heif", "LICENSE",
        ] {
            let file = scratch.url.appending(path: name)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data().write(to: file)
        }
        let skipped = try ImageFolder(scratch.url).skipped
        #expect(skipped.otherKinds.map(\.lastPathComponent) == ["1.GIF", "2.gif", "3.tiff"])
        #expect(skipped.withoutClass.map(\.lastPathComponent) == ["loose.heif", "loose.jpg"])
        #expect(
            skipped.description
                == "2 .gif, 1 .tiff (not read: convert them to JPEG); 2 beside the folders of the classes, as loose.heif"
        )
        #expect(
            try ImageFolder(scratch.url).split(validation: 0.5, seed: 0).training.skipped.otherKinds.count
                == 3)
    }

    @Test func aClassOfPhotosThatAreNotReadSaysWhichTheyAre() throws {
        try fill(["a": 2, "b": 0])
        let folder = scratch.url.appending(path: "b")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Data().write(to: folder.appending(path: "1.gif"))
        #expect(
            throws: DatasetError.emptyClass(
                folder.path, otherKinds: "1 .gif (not read: convert them to JPEG)")
        ) {
            try ImageFolder(scratch.url)
        }
    }

    @Test func pathsAreAsTheyWereGiven() throws {
        try fill(["a": 1, "b": 1])
        try Data("text".utf8).write(to: scratch.url.appending(path: "a/text.jpg"))
        let root = URL(
            filePath: scratch.url.lastPathComponent, relativeTo: scratch.url.deletingLastPathComponent())
        let folder = try ImageFolder(root)
        let name = scratch.url.lastPathComponent
        #expect(folder.files.map(\.relativePath) == ["\(name)/a/0.jpg", "\(name)/b/0.jpg"])
        #expect(folder.unreadable[0].description.hasPrefix("\(name)/a/text.jpg is neither"))
    }

    @Test func photosOfInnerFoldersAreInTheOrderOfTheirPaths() throws {
        for name in ["a/b/2.jpg", "a/b-1/0.jpg", "a/b.jpg", "a/c.jpg", "a/b/1.jpg", "a/b/10.jpg", "d/0.jpg"] {
            try scratch.photo(name)
        }
        let folder = try ImageFolder(scratch.url)
        let names = folder.files.map { String($0.path.dropFirst(scratch.url.path.count + 1)) }
        #expect(
            names == [
                "a/b-1/0.jpg", "a/b.jpg", "a/b/1.jpg", "a/b/10.jpg", "a/b/2.jpg", "a/c.jpg", "d/0.jpg",
            ])
        #expect(Array(folder.files.fileNames) == folder.files.map(\.lastPathComponent))
        #expect(folder.files == folder.files && folder.files.dropLast().elementsEqual(folder.files.prefix(6)))
    }

    @Test func withoutHeadersWhatIsNoImageIsFoundWhenItIsRead() throws {
        try fill(["a": 2, "b": 2])
        try Data("text".utf8).write(to: scratch.url.appending(path: "a/text.jpg"))
        let folder = try ImageFolder(scratch.url, readsHeaders: false)
        #expect(folder.count == 5 && !folder.hasReadHeaders && folder.unreadable.isEmpty)
        let batch = try DataLoader(
            folder.transformed(by: Compose([Resize(8)], normalize: .imageNet)), batchSize: 5, workers: 0
        ).batches(epoch: 0).next()
        #expect(batch?.skipped.map(\.index) == [2] && batch?.indices == [0, 1, 3, 4])
        #expect(try ImageFolder(scratch.url).hasReadHeaders)
        #expect(try !folder.split(validation: 0.4, seed: 0).training.hasReadHeaders)
    }

    @Test func foldersAndBrokenLinksAreNoPhotosEvenWithoutHeaders() throws {
        try fill(["a": 2, "b": 2])
        try scratch.photo("a/inner.jpg/0.jpg")
        try FileManager.default.createSymbolicLink(
            atPath: scratch.url.appending(path: "b/link.jpg").path, withDestinationPath: "nowhere")
        for readsHeaders in [true, false] {
            let folder = try ImageFolder(scratch.url, readsHeaders: readsHeaders)
            #expect(folder.count == 5)
            #expect(folder.unreadable.map(\.file.lastPathComponent) == ["inner.jpg", "link.jpg"])
        }
    }

    @Test func manyClassesAreReadAsFewAre() throws {
        let names = (0..<20).map { "class \($0)" }.sorted()
        for name in names { for file in ["1", "0"] { try scratch.photo("\(name)/\(file).jpg") } }
        let folder = try ImageFolder(scratch.url)
        #expect(folder.classes == names && folder.labels == (0..<20).flatMap { [$0, $0] })
        #expect(folder.files.map(\.lastPathComponent) == (0..<20).flatMap { _ in ["0.jpg", "1.jpg"] })
        try FileManager.default.removeItem(at: scratch.url.appending(path: "class 3"))
        try FileManager.default.createDirectory(
            at: scratch.url.appending(path: "class 3"), withIntermediateDirectories: false)
        #expect(
            throws: DatasetError.emptyClass(scratch.url.appending(path: "class 3").path, otherKinds: nil)
        ) { try ImageFolder(scratch.url) }
    }

    @Test func foldersThatAreNoDataSet() throws {
        let path = scratch.url.path
        #expect(throws: DatasetError.noFolder(path + "/none")) {
            try ImageFolder(scratch.url.appending(path: "none"))
        }
        #expect(throws: DatasetError.noClasses(path)) { try ImageFolder(scratch.url) }
        try fill(["a": 1])
        #expect(throws: DatasetError.oneClass(path, "a")) { try ImageFolder(scratch.url) }
        try FileManager.default.createDirectory(
            at: scratch.url.appending(path: "b"), withIntermediateDirectories: false)
        #expect(throws: DatasetError.self) { try ImageFolder(scratch.url) }
    }

    @Test func aSplitIsStratifiedDisjointAndComplete() throws {
        try fill(["a": 20, "b": 7, "c": 2])
        let folder = try ImageFolder(scratch.url)
        let split = try folder.split(validation: 0.2, seed: 1)
        let counts = (0..<3).map { label in split.validation.labels.count { $0 == label } }
        #expect(counts == [4, 1, 1])
        #expect(Set(split.training.files).isDisjoint(with: split.validation.files))
        #expect(Set(split.training.files).union(split.validation.files) == Set(folder.files))
        #expect(try folder.split(validation: 0.2, seed: 1).validation.files == split.validation.files)
        #expect(try folder.split(validation: 0.2, seed: 2).validation.files != split.validation.files)
    }

    @Test func aClassOfOneCannotBeSplit() throws {
        try fill(["a": 3, "b": 1])
        let folder = try ImageFolder(scratch.url)
        #expect(throws: DatasetError.tooFew(className: "b", count: 1)) {
            try folder.split(validation: 0.5, seed: 0)
        }
    }

    @Test(arguments: [FolderSplit.Method.copy, .hardLink, .symbolicLink])
    func aSplitIsWrittenAsFolders(method: FolderSplit.Method) throws {
        try fill(["in/a": 5, "in/b": 5])
        let split = try ImageFolder(scratch.url.appending(path: "in")).split(validation: 0.4, seed: 1)
        let target = scratch.url.appending(path: "out")
        try split.write(to: target, by: method)
        #expect(try ImageFolder(target.appending(path: "train")).count == 6)
        #expect(try ImageFolder(target.appending(path: "val")).count == 4)
        #expect(throws: DatasetError.exists(target.path)) { try split.write(to: target, by: method) }
    }

    @Test func classIndicesAreTheTutorialsJSON() throws {
        let url = scratch.url.appending(path: "class_indices.json")
        try ClassIndices.write(["daisy", "sun \"flower\""], to: url)
        let text = try String(contentsOf: url, encoding: .utf8)
        #expect(text.hasPrefix("{\n    \"0\": \"daisy\",\n"))
        #expect(try ClassIndices.read(url) == ["daisy", "sun \"flower\""])
        try Data("{\"0\": \"a\", \"2\": \"b\"}".utf8).write(to: url)
        #expect(throws: DatasetError.self) { try ClassIndices.read(url) }
    }

    @Test func theMeanIsThatOfThePhotos() throws {
        for (name, level) in [("a", UInt8(100)), ("b", 200)] {
            let target = scratch.url.appending(path: "\(name)/x.png")
            try FileManager.default.createDirectory(
                at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Image(width: 3, height: Int(level) / 50, color: [level, 0, 255]).write(to: target)
        }
        let mean = try ImageFolder(scratch.url).meanRGB()
        #expect(zip(mean, [150.0 / 255, 0, 1]).allSatisfy { abs(Double($0) - $1) < 1e-6 })
    }
}

@Suite struct DatasetTests {
    @Test func tensorsInMemoryAreSamples() {
        let data = TensorDataset(
            images: Tensor.arange(24).reshaped(to: [3, 2, 2, 2]), labels: Tensor([Int32(4), 5, 6]))
        var generator = RandomGenerator(seed: 0)
        let part = Subset(data, indices: [2, 0])
        #expect(part.count == 2 && data.count == 3)
        let sample = data.sample(at: 1, using: &generator)
        #expect(sample.label == 5 && sample.image.floats == [8, 9, 10, 11, 12, 13, 14, 15])
    }
}
