// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import Vision

/// Pictures that Pillow made, from `Tests/Fixtures/vision`.
enum Fixture {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures/vision")

    private struct Stored: Codable {
        var width: Int
        var height: Int
        var channels: Int
        var pixels: Data
    }

    static func file(_ name: String) throws -> Data { try Data(contentsOf: folder.appending(path: name)) }

    /// What Pillow decodes a file to.
    static func decoded(_ name: String) throws -> Image { try load("decoded.json", name) }

    /// The same of a file in a folder of its own.
    static func decoded(_ folder: String, _ name: String) throws -> Image {
        try load("\(folder)/decoded.json", name)
    }

    /// What Pillow's operation of that name gives.
    static func operation(_ name: String) throws -> Image { try load("operations.json", name) }

    /// What an operation of torchvision's augmentation, at that magnitude, gives of `operation("source")`.
    static func augmentation(_ name: String) throws -> Image { try load("augmentations.json", name) }

    static let decodedNames = names("decoded.json")

    private static func names(_ table: String) -> [String] {
        let all = try? JSONDecoder().decode([String: Stored].self, from: file(table))
        return (all ?? [:]).keys.sorted()
    }

    private static func load(_ table: String, _ name: String) throws -> Image {
        let all = try JSONDecoder().decode([String: Stored].self, from: file(table))
        let stored = try #require(all[name], "\(table) has no \(name)")
        return Image(
            width: stored.width, height: stored.height, channels: stored.channels,
            pixels: [UInt8](stored.pixels))
    }
}

/// Compares two pictures level by level.
func expectEqual(
    _ image: Image, _ expected: Image, levels: Int = 0, location: SourceLocation = #_sourceLocation
) {
    let (found, wanted) = (
        (image.width, image.height, image.channels), (expected.width, expected.height, expected.channels)
    )
    guard found == wanted else {
        Issue.record("\(found) is not \(wanted)", sourceLocation: location)
        return
    }
    let worst = zip(image.pixels, expected.pixels).enumerated().max {
        distance($0.element) < distance($1.element)
    }!
    #expect(
        distance(worst.element) <= levels,
        "byte \(worst.offset): \(worst.element.0), Pillow has \(worst.element.1)",
        sourceLocation: location)
}

private func distance(_ pair: (UInt8, UInt8)) -> Int { abs(Int(pair.0) - Int(pair.1)) }

/// A folder for one test, gone when the test is over.
final class Scratch {
    let url = FileManager.default.temporaryDirectory.appending(path: "vision-\(UUID().uuidString)")

    init() throws { try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true) }
    deinit { try? FileManager.default.removeItem(at: url) }

    /// A small photo, in folders that are made.
    func photo(_ path: String, shade: UInt8 = 100) throws {
        let target = url.appending(path: path)
        try FileManager.default.createDirectory(
            at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
        let image = Image(width: 12, height: 10, color: [shade, 255 - shade, 50])
        try (target.pathExtension.lowercased() == "png" ? image.pngData : image.jpegData()).write(to: target)
    }
}

/// Photos that are not part of the project: `VGGKIT_TEST_DATA`, or `shared/data` beside the package.
enum ExternalData {
    static let folder =
        ProcessInfo.processInfo.environment["VGGKIT_TEST_DATA"].map { URL(filePath: $0) }
        ?? Fixture.folder.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "shared/data")
    static let isThere = FileManager.default.fileExists(atPath: folder.path)
}
