// SPDX-License-Identifier: Apache-2.0

import Files
import Foundation
import VGGKit

/// A data set that is drawn: five kinds of flowers as JPEGs, a folder for each. Kinds differ by their shapes
/// only: they share colours, backgrounds, light and poses.
public struct DrawnFlowers: Sendable {
    /// How many pictures of each kind.
    public var imagesPerClass: Int
    /// Side of the pictures, in pixels.
    public var size: Int
    /// One seed draws the same pictures again, and more of them go on where fewer stopped.
    public var seed: UInt64
    /// Quality of the JPEGs, 1 to 100.
    public var quality: Int

    public init(imagesPerClass: Int, size: Int = 96, seed: UInt64 = 0, quality: Int = 90) {
        self.imagesPerClass = imagesPerClass
        self.size = size
        self.seed = seed
        self.quality = quality
    }

    /// The names of the kinds, in the order in which they are drawn.
    public static let kinds = FlowerKind.allCases.map(\.rawValue)

    public var count: Int { imagesPerClass * Self.kinds.count }

    /// Draws all pictures into a folder, which is made: whole, or not at all.
    /// - Parameter onPicture: called after each picture with its kind.
    /// - Throws: `FolderInUse` where the folder is a file or holds something, which stays as it is;
    ///   `FileError`
    public func write(to folder: URL, onPicture: (String) -> Void = { _ in }) throws {
        try requireEmpty(folder)
        let unfinished = URL(filePath: folder.path + ".unfinished")
        try? FileManager.default.removeItem(at: unfinished)
        for kind in FlowerKind.allCases {
            let own = unfinished.appending(path: kind.rawValue)
            try makeFolder(own)
            for index in 0..<imagesPerClass {
                let picture = drawFlower(kind, index: index, size: size, seed: seed)
                let image = Image(
                    width: picture.width, height: picture.height, channels: 3, pixels: picture.pixels)
                try image.write(to: own.appending(path: fileName(kind, index)), quality: quality)
                onPicture(kind.rawValue)
            }
        }
        // An empty folder may be there.
        try? FileManager.default.removeItem(at: folder)
        try FileManager.default.moveItem(at: unfinished, to: folder)
    }

    private func fileName(_ kind: FlowerKind, _ index: Int) -> String {
        let digits = String(index + 1)
        return "\(kind.rawValue)-\(String(repeating: "0", count: max(0, 5 - digits.count)))\(digits).jpg"
    }

    private func requireEmpty(_ folder: URL) throws {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: folder.path, isDirectory: &isFolder) else { return }
        guard isFolder.boolValue else {
            throw FolderInUse(description: "\(folder.relativePath) is a file; name a folder to be made")
        }
        let contents = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        guard contents.isEmpty else {
            throw FolderInUse(
                description:
                    "\(folder.relativePath) holds \(contents.count) entries already (\(contents.sorted()[0])…); name another folder or remove it"
            )
        }
    }

    /// Nothing that is there is ever overwritten.
    public struct FolderInUse: DescribedError {
        public let description: String
    }
}
