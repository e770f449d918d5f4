// SPDX-License-Identifier: Apache-2.0

import Files

/// Turns the result of a pickle machine into a tree. Its size is limited, because a few bytes of a pickle can
/// describe a tree without end.
struct PickleTree {
    private let machine: PickleMachine
    private let blocks: [StoredBlock]
    private let part: FilePart
    /// How many bytes of names and values may still be made.
    private var allowance: Int
    /// How many bytes of tensors may still be described.
    private var elements: Int

    private static let deepest = 64

    /// - Parameters:
    ///   - blocks: the contents of the machine's storages.
    ///   - fileSize: of the whole file.
    init(_ machine: PickleMachine, _ blocks: [StoredBlock], pickleSize: Int, fileSize: Int, _ part: FilePart)
    {
        self.machine = machine
        self.blocks = blocks
        self.part = part
        allowance = 64 * pickleSize + 1 << 16
        elements = 64 * fileSize + 1 << 20
    }

    mutating func tree(_ item: PickleItem) throws(CheckpointError) -> CheckpointTree<StoredArray> {
        try tree(item, depth: 0, pathLength: 0)
    }

    private mutating func tree(
        _ item: PickleItem, depth: Int, pathLength: Int
    ) throws(CheckpointError) -> CheckpointTree<StoredArray> {
        guard depth <= Self.deepest else {
            throw part.invalid("its values are nested more than \(Self.deepest) deep, or contain themselves")
        }
        allowance -= 16 + pathLength
        guard allowance >= 0 else {
            throw part.invalid("it describes many times more than it holds")
        }
        switch item {
        case .none: return .none
        case .bool(let value): return .bool(value)
        case .int(let value): return .int(value)
        case .largeInt(let value):
            allowance -= 3 * value.bytes.count
            return .largeInt(value)
        case .float(let value): return .float(value)
        case .text(let value): return .text(value)
        case .bytes(let index): return .bytes(machine.byteStrings[index])
        case .tuple(let index): return .tuple(try items(machine.tuples[index], depth, pathLength))
        case .list(let index): return .list(try items(machine.lists[index], depth, pathLength))
        case .dictionary(let index):
            var members: [(key: CheckpointKey, value: CheckpointTree<StoredArray>)] = []
            for (key, value) in machine.dictionaries[index].entries {
                let length = pathLength + 1 + key.description.utf8.count
                members.append((key, try tree(value, depth: depth + 1, pathLength: length)))
            }
            return .dictionary(members)
        case .tensor(let index): return .tensor(try array(machine.tensors[index]))
        case .storage(let index):
            if let foreign = machine.storages[index].foreign { return .unsupported(foreign.reason) }
            return .tensor(try whole(blocks[index]))
        case .unsupported(let reason): return .unsupported(reason)
        case .foreignType(let type): return .text("torch.\(type.name)")
        case .global(let global): return .text(global.rawValue)
        case .elementType(let type):
            return .text("torch." + (type.map(PickleGlobal.elementTypeName) ?? "uint8"))
        case .numPyType(let name): return .text(name)
        }
    }

    private mutating func items(
        _ items: [PickleItem], _ depth: Int, _ pathLength: Int
    ) throws(CheckpointError) -> [CheckpointTree<StoredArray>] {
        var result: [CheckpointTree<StoredArray>] = []
        for item in items { result.append(try tree(item, depth: depth + 1, pathLength: pathLength + 4)) }
        return result
    }

    private mutating func whole(_ block: StoredBlock) throws(CheckpointError) -> StoredArray {
        try counted(StoredArray(block, shape: [block.count], strides: [1])!)
    }

    private mutating func array(_ tensor: PickledTensor) throws(CheckpointError) -> StoredArray {
        var block = blocks[tensor.storage]
        if block.type != tensor.type { block = StoredBlock(block, as: tensor.type) }
        guard
            let array = StoredArray(
                block, offset: tensor.offset, shape: tensor.shape, strides: tensor.strides)
        else { throw part.invalid("a tensor of shape \(tensor.shape) lies outside its storage") }
        _ = try counted(array)
        return tensor.isNegated ? array.negated() : array
    }

    /// A tensor can repeat its elements any number of times (strides of 0). Writing it would fill the disk.
    private mutating func counted(_ array: StoredArray) throws(CheckpointError) -> StoredArray {
        guard array.byteCount <= elements else {
            throw part.invalid(
                "a tensor of shape \(array.shape) repeats its \(array.block.count) elements more often than the file can mean"
            )
        }
        elements -= array.byteCount
        return array
    }
}
