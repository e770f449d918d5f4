// SPDX-License-Identifier: Apache-2.0

import Files
import Foundation

/// The format of `torch.save` before PyTorch 1.6: five pickles in sequence (a magic number, the protocol,
/// notes about the system, the saved object, the names of its storages), then the storages, each after its
/// number of elements.
struct LegacyTorchFile {
    /// The pickle of 0x1950A86A20F9469CFC6C.
    static let magic: [UInt8] = [
        0x80, 0x02, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E,
    ]
    private static let protocolVersion = 1001

    private let bytes: ByteSlice
    private let part: FilePart

    init(_ bytes: ByteSlice, _ part: FilePart) {
        self.bytes = bytes
        self.part = part
    }

    func tree() throws(CheckpointError) -> CheckpointTree<StoredArray> {
        var position = Self.magic.count
        var head = try run(from: &position)
        guard case .int(Self.protocolVersion) = head.result else {
            throw part.malformed(
                Self.magic.count, found: head.result.kind,
                expected: "the protocol version \(Self.protocolVersion)")
        }
        head = try run(from: &position)
        try requireLittleEndian(head.machine, head.result)
        let start = position
        let (machine, result) = try run(from: &position)
        let pickleSize = position - start
        let names = try storageNames(from: &position)
        let ranges = try ranges(named: names, machine.storages, from: position)
        let blocks = try blocks(of: machine.storages, ranges)
        var tree = PickleTree(machine, blocks, pickleSize: pickleSize, fileSize: bytes.count, part)
        return try tree.tree(result)
    }

    private func run(
        from position: inout Int
    ) throws(CheckpointError) -> (machine: PickleMachine, result: PickleItem) {
        var machine = PickleMachine(bytes[position..<bytes.count], part, start: position)
        let result = try machine.run()
        position = machine.cursor.offset
        return (machine, result)
    }

    private func requireLittleEndian(_ machine: PickleMachine, _ notes: PickleItem) throws(CheckpointError) {
        guard case .dictionary(let index) = notes else { throw part.invalid("its notes are \(notes.kind)") }
        let order = machine.dictionaries[index].entries.first { $0.key == "little_endian" }
        if case .bool(false)? = order?.value {
            throw part.invalid(
                "it was written on a big-endian machine, which the old format is not read from")
        }
    }

    private func storageNames(from position: inout Int) throws(CheckpointError) -> [String] {
        let start = position
        let (machine, result) = try run(from: &position)
        guard case .list(let list) = result else {
            throw part.malformed(start, found: result.kind, expected: "the list of storages")
        }
        return try machine.lists[list].map { (item) throws(CheckpointError) in
            guard case .text(let name) = item else {
                throw part.malformed(start, found: item.kind, expected: "the name of a storage")
            }
            return name
        }
    }

    /// The byte range of each storage's elements. Storages follow each other in the order of the names.
    private func ranges(
        named names: [String], _ storages: [PickledStorage], from start: Int
    ) throws(CheckpointError) -> [String: Range<Int>] {
        let declared = Dictionary(storages.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
        var cursor = ByteCursor(bytes[start..<bytes.count], part, start: start)
        var ranges: [String: Range<Int>] = [:]
        for name in names {
            guard let storage = declared[name] else {
                throw part.invalid("it has a storage \(name.prefix(40)) that no tensor uses")
            }
            let offset = cursor.offset
            let count = try cursor.integer(Int64.self, "the size of storage \(name.prefix(40))")
            guard count == Int64(storage.wholeCount) else {
                throw part.malformed(
                    offset, found: "\(count) elements of storage \(name.prefix(40))",
                    expected: "\(storage.wholeCount), as the pickle says")
            }
            let first = cursor.offset
            _ = try cursor.take(storage.wholeByteCount, "storage \(name.prefix(40))")
            guard ranges.updateValue(first..<cursor.offset, forKey: name) == nil else {
                throw part.malformed(
                    offset, found: "storage \(name.prefix(40)) a second time", expected: "each once")
            }
        }
        guard cursor.remaining == 0 else {
            throw part.malformed(
                cursor.offset, found: "\(cursor.remaining) more bytes", expected: "the end of the file")
        }
        return ranges
    }

    private func blocks(
        of storages: [PickledStorage], _ ranges: [String: Range<Int>]
    ) throws(CheckpointError) -> [StoredBlock] {
        var seen: Set<String> = []
        var blocks: [StoredBlock] = []
        for storage in storages {
            guard let range = ranges[storage.key], storage.wholeByteCount <= range.count else {
                throw part.invalid("the elements of storage \(storage.key.prefix(40)) are missing")
            }
            let isFirst = seen.insert(storage.key).inserted
            blocks.append(
                StoredBlock(
                    bytes[range][storage.byteRange], storage.type ?? .uint8,
                    isShared: !isFirst || storage.range.count != storage.wholeCount))
        }
        return blocks
    }
}
