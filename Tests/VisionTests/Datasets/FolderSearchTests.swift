// SPDX-License-Identifier: Apache-2.0

import Foundation
import TensorCore
import Testing
import Vision

/// Links, names and permissions: no photo may vanish without a word.
@Suite struct FolderSearchTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private func url(_ path: String) -> URL { scratch.url.appending(path: path) }

    private func fill(_ names: String..., count: Int = 2) throws {
        for name in names {
            for index in 0..<count { try scratch.photo("\(name)/\(index).jpg") }
        }
    }

    private func link(_ path: String, to target: String) throws {
        try FileManager.default.createSymbolicLink(atPath: url(path).path, withDestinationPath: target)
    }

    @Test func linksToFoldersAreFollowed() throws {
        try fill("set/a", "set/b")
        try fill("elsewhere", "elsewhere/inner", count: 3)
        try link("set/a/more", to: "../../elsewhere")
        let folder = try ImageFolder(url("set"))
        #expect(folder.labels.count { $0 == 0 } == 8 && folder.unreadable.isEmpty)
        #expect(folder.files.count { $0.path.contains("/a/more/inner/") } == 3)
        let parts = try folder.split(validation: 0.5, seed: 0)
        try parts.write(to: url("out"))
        #expect(try ImageFolder(url("out/train")).count + ImageFolder(url("out/val")).count == 10)
    }

    /// To the folder itself, up, across, twice to the same, and to one that has been seen.
    @Test func everyFolderIsVisitedOnce() throws {
        try fill("set/a", "set/a/inner", "set/b", "elsewhere")
        try link("set/a/self", to: ".")
        try link("set/a/up", to: "..")
        try link("set/a/inner/root", to: scratch.url.path)
        try link("set/a/again", to: "inner")
        try link("set/a/x", to: "../../elsewhere")
        try link("set/a/y", to: "../../elsewhere")
        try link("elsewhere/back", to: "../set/a")
        let folder = try ImageFolder(url("set"))
        #expect(folder.labels == [0, 0, 0, 0, 0, 0, 1, 1])
        #expect(
            folder.files.prefix(6).map { $0.path.dropFirst(url("set/a").path.count + 1) }
                == ["0.jpg", "1.jpg", "inner/0.jpg", "inner/1.jpg", "x/0.jpg", "x/1.jpg"])
    }

    /// A class that holds all others, or is another one, gives its photos a second label.
    @Test(arguments: [(".", "lies in"), ("..", "lies in"), ("a", "the same folder as a")])
    func aClassIsNoLinkUpOrAcross(target: String, reason: String) throws {
        try fill("set/a", "set/b")
        try link("set/c", to: target)
        #expect {
            try ImageFolder(url("set"))
        } throws: {
            "\($0)".contains("/set/c") && "\($0)".contains(reason)
        }
    }

    @Test func imagesThatAreNotReadAreTold() throws {
        try fill("set/a")
        try Data("GIF89a".utf8).write(to: url("set/a/old.gif"))
        var skipped: [String] = []
        let found = try ImageFolder.imageFiles(below: url("set"), onSkipped: { skipped.append("\($0)") })
        #expect(found.count == 2 && skipped == ["1 .gif (not read: convert them to JPEG)"])
    }

    @Test func aLinkThatLeadsNowhereIsReported() throws {
        try fill("set/a", "set/b")
        try link("set/a/more", to: "../nothing")
        try link("set/c", to: "nothing")
        try link("set/b/gone.jpg", to: "nothing.jpg")
        let folder = try ImageFolder(url("set"))
        #expect(folder.classes == ["a", "b"] && folder.count == 4)
        #expect(
            Set(folder.unreadable.map(\.description)) == [
                "\(url("set/c").path) cannot be read: it is a link to something that is not there",
                "\(url("set/a/more").path) cannot be read: it is a link to something that is not there",
                "\(url("set/b/gone.jpg").path) cannot be read: there is no such file",
            ])
    }

    /// As torchvision sorts: a letter and its accent come before the letters after it, not at the accented
    /// one.
    @Test func classesAreInTheOrderOfTheirBytes() throws {
        let names = ["e\u{301}clair", "fig", "\u{E9}clair", "Zoo", "a-b", "a b", "a_b", "\u{1F337}"]
        for name in names { try scratch.photo("set/\(name)/0.jpg") }
        let expected = names.sorted { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) }
        let classes = try ImageFolder(url("set")).classes
        #expect(classes.map { Array($0.utf8) } == expected.map { Array($0.utf8) })
    }

    private func makeFolder(_ name: [UInt8], in path: String) throws {
        let bytes = Array(url(path).path.utf8) + [UInt8(ascii: "/")] + name + [0]
        try #require(
            bytes.map { CChar(bitPattern: $0) }.withUnsafeBufferPointer { mkdir($0.baseAddress!, 0o755) } == 0
        )
    }

    private static let latin: [UInt8] = Array("caf".utf8) + [0xE9]

    @Test func aClassWhoseNameIsNoTextIsAnError() throws {
        try fill("set/a", "set/b")
        try makeFolder(Self.latin, in: "set")
        #expect(throws: DatasetError.nameIsNoText(url("set").path + "/caf\\xE9")) {
            try ImageFolder(url("set"))
        }
    }

    @Test func whatHasNoTextForANameWithinAClassIsReported() throws {
        try fill("set/a", "set/b")
        try makeFolder(Self.latin, in: "set/a")
        try makeFolder(Self.latin + Array(".jpg".utf8), in: "set/b")
        let folder = try ImageFolder(url("set"))
        #expect(folder.count == 4)
        #expect(folder.unreadable.count == 2)
        #expect(folder.unreadable.allSatisfy { $0.description.contains("caf\\xE9") })
        #expect(throws: ImageError.self) { try ImageFolder(url("set"), strict: true) }
    }

    @Test(arguments: ["jfif", "jpe", "pjpeg", "JFIF", "jif", "pjp"])
    func otherEndingsOfJPEG(ending: String) throws {
        let image = Image(width: 4, height: 4, color: [1, 2, 3])
        for name in ["a", "b"] {
            try scratch.photo("set/\(name)/0.jpg")
            try image.write(to: url("set/\(name)/1.\(ending)"))
        }
        let folder = try ImageFolder(url("set"))
        #expect(folder.count == 4 && folder.skipped.isEmpty)
        #expect(try ImageHeader(contentsOf: url("set/a/1.\(ending)")).format == .jpeg)
    }

    @Test func photosOfPhonesAreRead() throws {
        let phone = Fixture.folder.appending(path: "phone")
        try fill("set/a", "set/b")
        for name in ["lossy.webp", "photo.heic", "photo.avif"] {
            try FileManager.default.copyItem(at: phone.appending(path: name), to: url("set/a/\(name)"))
        }
        let folder = try ImageFolder(url("set"))
        let readable = [ImageFormat.webp, .heif, .avif].filter(\.isReadable)
        #expect(folder.count == 4 + readable.count)
        #expect(folder.skipped.otherKinds.count == 3 - readable.count)
    }

    /// Root may look into every folder, unless its thread gives that up.
    private func withoutRights(_ body: () throws -> Void) throws {
        guard geteuid() == 0 else { return try body() }
        typealias Function = @convention(c) (UInt32) -> Int32
        guard let symbol = dlsym(nil, "setfsuid") else {
            print("skipped: there are no permissions to be tested for root here")
            return
        }
        let change = unsafeBitCast(symbol, to: Function.self)
        _ = change(65534)
        defer { _ = change(0) }
        try body()
    }

    @Test func foldersWithoutPermissionAreNamed() throws {
        try fill("set/a", "set/b", "set/b/inner")
        chmod(scratch.url.path, 0o755)
        chmod(url("set/b/inner").path, 0)
        try withoutRights {
            let folder = try ImageFolder(url("set"))
            #expect(folder.count == 4)
            #expect(
                folder.unreadable.map(\.description) == [
                    "\(url("set/b/inner").path) cannot be read: permission denied"
                ])
            #expect(throws: ImageError.self) { try ImageFolder(url("set"), strict: true) }
        }
        for path in ["set/b", "set"] {
            chmod(url(path).path, 0)
            try withoutRights {
                #expect(throws: DatasetError.cannotRead(url(path).path, reason: "permission denied")) {
                    try ImageFolder(url("set"))
                }
                #expect(throws: DatasetError.self) { try ImageFolder.imageFiles(below: url(path)) }
            }
            chmod(url(path).path, 0o755)
        }
    }

    @Test func filesWithoutPermissionAreReported() throws {
        try fill("set/a", "set/b")
        chmod(scratch.url.path, 0o755)
        chmod(url("set/a/0.jpg").path, 0)
        for name in ["0", "1"] { chmod(url("set/b/\(name).jpg").path, 0) }
        try withoutRights {
            #expect {
                try ImageFolder(url("set"))
            } throws: {
                guard case .unreadableClass(let path, 2, let first) = $0 as? DatasetError else {
                    return false
                }
                return path == url("set/b").path && first.lowercased().hasSuffix("permission denied")
            }
        }
    }

    @Test func namesMayBeginWithATilde() throws {
        try fill("set/~root", "set/~")
        let folder = try ImageFolder(url("set"))
        #expect(folder.classes == ["~", "~root"] && folder.count == 4)
    }
}
