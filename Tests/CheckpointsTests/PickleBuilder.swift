// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Pickles put together by hand, instruction by instruction, and the archives around them.
struct PickleBuilder {
    var bytes: [UInt8] = [0x80, 0x02]

    static func make(_ body: (inout PickleBuilder) -> Void) -> [UInt8] {
        var builder = PickleBuilder()
        body(&builder)
        return builder.bytes + Array(".".utf8)
    }

    mutating func code(_ text: String) { bytes += Array(text.utf8) }
    mutating func code(_ codes: UInt8...) { bytes += codes }
    mutating func global(_ module: String, _ name: String) { code("c\(module)\n\(name)\n") }

    mutating func text(_ text: String) {
        code("X")
        bytes += (0..<4).map { UInt8(truncatingIfNeeded: text.utf8.count >> (8 * $0)) } + Array(text.utf8)
    }

    mutating func int(_ value: Int) {
        bytes += [0x8A, 8] + (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }

    mutating func tuple(_ values: [Int]) {
        code("(")
        for value in values { int(value) }
        code("t")
    }

    /// A tensor of float32 over `data/<key>`.
    mutating func tensor(
        key: String = "0", count: Int, offset: Int = 0, shape: [Int], strides: [Int],
        storage: String = "FloatStorage"
    ) {
        global("torch._utils", "_rebuild_tensor_v2")
        code("((")
        text("storage")
        global("torch", storage)
        text(key)
        text("cpu")
        int(count)
        code("tQ")
        int(offset)
        tuple(shape)
        tuple(strides)
        code(0x89)
        global("collections", "OrderedDict")
        code(")RtR")
    }

    /// A `.pth` file around a pickle, with one storage.
    static func archive(
        _ pickle: [UInt8], storage: [UInt8] = [UInt8](repeating: 1, count: 64),
        more: [(name: String, contents: [UInt8])] = []
    ) -> [UInt8] {
        var archive = PlainZIP()
        archive.add("archive/data.pkl", pickle)
        archive.add("archive/data/0", storage)
        archive.add("archive/version", Array("3\n".utf8))
        for (name, contents) in more { archive.add(name, contents) }
        return archive.finished
    }

    static func archive(
        _ pickle: [UInt8], storage: [UInt8] = [UInt8](repeating: 1, count: 64),
        more: [(name: String, contents: [UInt8])] = [], to url: URL
    ) throws {
        try Data(archive(pickle, storage: storage, more: more)).write(to: url)
    }
}

/// Beginnings of `.npy` files.
enum NumPy {
    static func header(_ type: String, _ shape: String) -> [UInt8] {
        let text =
            "{'descr': \(type.hasPrefix("[") ? type : "'\(type)'"), 'fortran_order': False, 'shape': \(shape), }\n"
        return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(text.utf8.count), 0] + Array(text.utf8)
    }
}

/// A ZIP archive of stored entries, written without looking at the names: so hostile ones can be made too.
struct PlainZIP {
    private var bytes: [UInt8] = []
    private var directory: [UInt8] = []
    private var count = 0

    /// - Parameter inflated: what a packed entry claims to become; nil for a stored one.
    mutating func add(_ name: String, _ contents: [UInt8], inflated: Int? = nil) {
        let place = bytes.count
        let common =
            little(0, 2) + little(inflated == nil ? 0 : 8, 2) + little(0, 4)
            + little(inflated == nil ? Self.checksum(contents) : 0, 4) + little(contents.count, 4)
            + little(inflated ?? contents.count, 4)
            + little(name.utf8.count, 2)
        bytes += [0x50, 0x4B, 3, 4] + little(20, 2) + common + little(0, 2) + Array(name.utf8) + contents
        directory +=
            [0x50, 0x4B, 1, 2] + little(20, 2) + little(20, 2) + common + little(0, 12) + little(place, 4)
        directory += Array(name.utf8)
        count += 1
    }

    var finished: [UInt8] {
        bytes + directory + [0x50, 0x4B, 5, 6] + little(0, 4) + little(count, 2) + little(count, 2)
            + little(directory.count, 4) + little(bytes.count, 4) + little(0, 2)
    }

    private func little(_ value: Int, _ width: Int) -> [UInt8] {
        (0..<width).map { $0 < 8 ? UInt8(truncatingIfNeeded: value >> (8 * $0)) : 0 }
    }

    private static func checksum(_ bytes: [UInt8]) -> Int {
        var sum: UInt32 = .max
        for byte in bytes { sum = table[Int((sum ^ UInt32(byte)) & 0xFF)] ^ sum >> 8 }
        return Int(~sum)
    }

    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 1 ? 0xEDB8_8320 ^ value >> 1 : value >> 1 }
    }
}
