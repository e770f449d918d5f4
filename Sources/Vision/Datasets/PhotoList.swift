// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The URLs of photos, made when they are asked for: of each photo only its name and the number of its folder
/// are kept, so that a list of a million photos takes some 40 MB.
public struct PhotoList: RandomAccessCollection, Sendable {
    /// What parts of a list share.
    private struct Names {
        var folders: [URL] = []
        /// All names in UTF-8, one after another.
        var bytes: [UInt8] = []
        /// For each photo, where its name ends.
        var ends: [Int] = []
        /// For each photo, the number of its folder.
        var places: [UInt32] = []

        func name(_ photo: Int) -> ArraySlice<UInt8> {
            bytes[(photo == 0 ? 0 : ends[photo - 1])..<ends[photo]]
        }
    }

    private var names = Names()
    /// For each photo of the list, its number in `names`.
    private var order: [UInt32] = []

    init() {}

    public var startIndex: Int { 0 }
    public var endIndex: Int { order.count }

    /// The URL of a photo.
    public subscript(index: Int) -> URL {
        let photo = Int(order[index])
        return names.folders[Int(names.places[photo])].appending(
            path: String(decoding: names.name(photo), as: UTF8.self))
    }

    /// The names of files, without the paths to them.
    public var fileNames: some RandomAccessCollection<String> & Sendable {
        indices.lazy.map { [self] in String(decoding: names.name(Int(order[$0])), as: UTF8.self) }
    }

    /// Adds a folder, to which photos are added next.
    mutating func begin(_ folder: URL) { names.folders.append(folder) }

    /// Adds a photo of the folder that was begun last.
    mutating func append(_ name: String) {
        order.append(UInt32(names.ends.count))
        names.bytes.append(contentsOf: name.utf8)
        names.ends.append(names.bytes.count)
        names.places.append(UInt32(names.folders.count - 1))
    }

    /// Adds the photos of another list.
    mutating func append(_ other: PhotoList) {
        let photo = UInt32(names.ends.count)
        order += other.order.map { photo + $0 }
        let byte = names.bytes.count
        names.bytes += other.names.bytes
        names.ends += other.names.ends.map { byte + $0 }
        let folder = UInt32(names.folders.count)
        names.places += other.names.places.map { folder + $0 }
        names.folders += other.names.folders
    }

    /// Orders the photos by their paths' bytes.
    mutating func sort() {
        // Where the photos of one folder lie together, most of them are in order already.
        let paths = names.folders.map { Array(($0.path + "/").utf8) }
        func precedes(_ first: UInt32, _ second: UInt32) -> Bool {
            let (a, b) = (Int(first), Int(second))
            let (place, other) = (Int(names.places[a]), Int(names.places[b]))
            if place == other { return names.name(a).lexicographicallyPrecedes(names.name(b)) }
            return (paths[place] + names.name(a)).lexicographicallyPrecedes(paths[other] + names.name(b))
        }
        let isSorted =
            names.folders.count <= 1 || zip(order, order.dropFirst()).allSatisfy { !precedes($1, $0) }
        if !isSorted { order.sort(by: precedes) }
    }

    /// Some of the photos, in the order in which they are named.
    func selecting(_ indices: some Collection<Int>) -> PhotoList {
        var part = self
        part.order = indices.map { order[$0] }
        return part
    }
}

extension PhotoList: Equatable {
    /// Whether both name the same photos in the same order.
    public static func == (first: PhotoList, second: PhotoList) -> Bool { first.elementsEqual(second) }
}
