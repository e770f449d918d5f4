// SPDX-License-Identifier: Apache-2.0

import Checks

/// Writes a tree as a pickle of protocol 2, the one that `torch.save` uses.
struct PickleWriter {
    private(set) var bytes: [UInt8] = [0x80, 0x02]
    /// Distinct runs of memory among the tensors, in the order in which they came: the entries `data/0`,
    /// `data/1`, ….
    private(set) var arrays: [StoredArray] = []

    init(_ tree: CheckpointTree<StoredArray>) {
        write(tree)
        bytes.append(UInt8(ascii: "."))
    }

    private mutating func write(_ tree: CheckpointTree<StoredArray>) {
        switch tree {
        case .none: bytes.append(UInt8(ascii: "N"))
        case .bool(let value): bytes.append(value ? 0x88 : 0x89)
        case .int(let value): write(value)
        case .largeInt(let value): write(value)
        case .float(let value): write(value)
        case .text(let value): write(value)
        case .bytes(let value): write(bytes: value)
        case .list(let items):
            bytes += Array("](".utf8)
            for item in items { write(item) }
            bytes.append(UInt8(ascii: "e"))
        case .tuple(let items):
            bytes.append(UInt8(ascii: "("))
            for item in items { write(item) }
            bytes.append(UInt8(ascii: "t"))
        case .dictionary(let members):
            write(dictionary: members)
        case .tensor(let array): write(array)
        case .unsupported(let reason): fail("PickleWriter: \(reason), which cannot be written")
        }
    }

    private mutating func write(_ key: CheckpointKey) {
        switch key {
        case .name(let name): write(name)
        case .index(let index): write(index)
        case .largeIndex(let index): write(index)
        case .float(let value): write(value)
        case .none: bytes.append(UInt8(ascii: "N"))
        case .bytes(let value): write(bytes: value)
        case .tuple(let keys):
            bytes.append(UInt8(ascii: "("))
            for key in keys { write(key) }
            bytes.append(UInt8(ascii: "t"))
        }
    }

    private mutating func write(_ value: Double) {
        bytes.append(UInt8(ascii: "G"))
        bytes.append(little: value.bitPattern.byteSwapped)
    }

    private mutating func write(_ value: LargeInteger) {
        if let length = UInt8(exactly: value.bytes.count) {
            bytes += [0x8A, length]
        } else {
            bytes.append(0x8B)
            bytes.append(little: Int32(value.bytes.count))
        }
        bytes += value.bytes
    }

    /// Bytes as Python 3 writes them in protocols without a type for bytes.
    private mutating func write(bytes value: [UInt8]) {
        global("_codecs", "encode")
        write(String(String.UnicodeScalarView(value.map { Unicode.Scalar($0) })))
        write("latin1")
        bytes += [0x86, UInt8(ascii: "R")]
    }

    /// Named members are an ordered dictionary, as state dictionaries are; numbered ones a plain one.
    private mutating func write(
        dictionary members: [(key: CheckpointKey, value: CheckpointTree<StoredArray>)]
    ) {
        let isState = !members.isEmpty && members.allSatisfy { $0.value.tensor != nil && $0.key.isName }
        if isState { orderedDictionary() } else { bytes.append(UInt8(ascii: "}")) }
        // In batches, as Python does, so that the reader's stack stays low.
        for start in stride(from: 0, to: members.count, by: 1000) {
            bytes.append(UInt8(ascii: "("))
            for (key, value) in members[start..<min(start + 1000, members.count)] {
                write(key)
                write(value)
            }
            bytes.append(UInt8(ascii: "u"))
        }
    }

    private mutating func orderedDictionary() {
        global("collections", "OrderedDict")
        bytes += Array(")R".utf8)
    }

    private mutating func write(_ array: StoredArray) {
        global("torch._utils", array.type.isOldInPyTorch ? "_rebuild_tensor_v2" : "_rebuild_tensor_v3")
        bytes += Array("((".utf8)
        write("storage")
        let isOld = array.type.isOldInPyTorch
        if isOld {
            global("torch", PickleGlobal.storageClass(of: array.type)!)
        } else {
            global("torch.storage", "UntypedStorage")
        }
        write("\(arrays.count)")
        write("cpu")
        write(isOld ? array.count : array.byteCount)
        bytes += Array("tQ".utf8)
        write(0)
        write(numbers: array.shape)
        write(numbers: Shape.strides(array.shape))
        bytes.append(0x89)
        orderedDictionary()
        if !isOld { global("torch", PickleGlobal.elementTypeName(of: array.type)) }
        bytes += Array("tR".utf8)
        arrays.append(array)
    }

    private mutating func write(numbers: [Int]) {
        bytes.append(UInt8(ascii: "("))
        for number in numbers { write(number) }
        bytes.append(UInt8(ascii: "t"))
    }

    private mutating func write(_ value: Int) {
        if let small = UInt8(exactly: value) {
            bytes += [UInt8(ascii: "K"), small]
        } else if let medium = Int32(exactly: value) {
            bytes.append(UInt8(ascii: "J"))
            bytes.append(little: medium)
        } else {
            bytes += [0x8A, 8]
            bytes.append(little: Int64(value))
        }
    }

    private mutating func write(_ text: String) {
        bytes.append(UInt8(ascii: "X"))
        bytes.append(little: UInt32(text.utf8.count))
        bytes += Array(text.utf8)
    }

    private mutating func global(_ module: String, _ name: String) {
        bytes += Array("c\(module)\n\(name)\n".utf8)
    }
}

extension CheckpointKey {
    fileprivate var isName: Bool { if case .name = self { true } else { false } }
}

extension StoredType {
    /// Whether PyTorch has a class of storages for it; younger types have none.
    fileprivate var isOldInPyTorch: Bool { PickleGlobal.storageClass(of: self) != nil }
}
