// SPDX-License-Identifier: Apache-2.0

import Files
import Foundation

/// Runs a pickle of protocol 0 to 5, as far as checkpoints need it: it builds numbers, texts, collections and
/// tensors, and calls nothing but what `PickleGlobal` names. Its memory is bounded by the pickle's length:
/// copies of existing values count against a limit.
/// https://github.com/python/cpython/blob/main/Lib/pickletools.py describes the instructions.
struct PickleMachine {
    private(set) var tuples: [[PickleItem]] = [[]]
    private(set) var lists: [[PickleItem]] = []
    private(set) var dictionaries: [PickleDictionary] = []
    private(set) var byteStrings: [[UInt8]] = []
    private(set) var storages: [PickledStorage] = []
    private(set) var tensors: [PickledTensor] = []

    private(set) var cursor: ByteCursor
    private var stack: [PickleItem] = []
    /// Heights of the stack at which marks were set.
    private var marks: [Int] = []
    private var memo: [Int: PickleItem] = [:]
    private var storageIndices: [String: Int] = [:]
    /// How many elements may still be copied.
    private var allowance: Int
    /// The offset of the current instruction.
    private var instruction = 0

    private static let highestProtocol: UInt8 = 5
    /// Python writes collections in batches of a thousand.
    private static let highestStack = 1 << 18
    private static let longestKey = 4096
    private static let deepestKey = 8

    init(_ bytes: ByteSlice, _ part: FilePart, start: Int = 0) {
        cursor = ByteCursor(bytes, part, start: start)
        allowance = 4 * bytes.count + 1024
    }

    func wrong(_ found: String, _ expected: String) -> CheckpointError {
        cursor.part.malformed(instruction, found: found, expected: expected)
    }

    /// Runs one pickle to its end, and returns its result.
    mutating func run() throws(CheckpointError) -> PickleItem {
        stack = []
        marks = []
        memo = [:]
        while true {
            instruction = cursor.offset
            let code = try cursor.byte("an instruction of a pickle, the last of which is STOP")
            if code == UInt8(ascii: ".") {
                let result = try pop()
                guard stack.isEmpty, marks.isEmpty else { throw wrong("more than one result", "one") }
                return result
            }
            try execute(code)
        }
    }

    private mutating func execute(_ code: UInt8) throws(CheckpointError) {
        switch code {
        case 0x80:
            let version = try cursor.byte("a protocol")
            guard version <= Self.highestProtocol else {
                throw wrong("pickle protocol \(version)", "one up to \(Self.highestProtocol)")
            }
        case 0x95: _ = try cursor.integer(UInt64.self, "a frame")
        case UInt8(ascii: "("): marks.append(stack.count)
        case UInt8(ascii: "0"): _ = try pop()
        case UInt8(ascii: "1"): _ = try popToMark()
        case UInt8(ascii: "2"): try push(try top())
        case UInt8(ascii: "p"): memo[try decimal("a memo's number")] = try top()
        case UInt8(ascii: "q"): memo[Int(try cursor.byte("a memo's number"))] = try top()
        case UInt8(ascii: "r"): memo[Int(try cursor.integer(UInt32.self, "a memo's number"))] = try top()
        case 0x94: memo[memo.count] = try top()
        case UInt8(ascii: "g"): try recall(try decimal("a memo's number"))
        case UInt8(ascii: "h"): try recall(Int(try cursor.byte("a memo's number")))
        case UInt8(ascii: "j"): try recall(Int(try cursor.integer(UInt32.self, "a memo's number")))
        case UInt8(ascii: "c"): try push(try global(module: try lineText(), name: try lineText()))
        case 0x93:
            guard case .text(let name) = try pop(), case .text(let module) = try pop() else {
                throw wrong("names that are not texts", "a module and a name")
            }
            try push(try global(module: module, name: name))
        case UInt8(ascii: "i"):
            let callee = try global(module: try lineText(), name: try lineText())
            try call(callee, try popToMark())
        case UInt8(ascii: "R"):
            let arguments = try tuple(try pop(), "arguments")
            try call(try pop(), arguments)
        case 0x81:
            let arguments = try tuple(try pop(), "arguments")
            try call(try pop(), arguments)
        case UInt8(ascii: "b"): try build(try pop())
        case UInt8(ascii: "Q"): try push(try storage(tuple(try pop(), "a storage's description")))
        default:
            if try pushConstant(code) { return }
            if try collect(code) { return }
            throw wrong(
                "the instruction 0x\(String(code, radix: 16))",
                "an instruction of a pickle that a checkpoint has use for")
        }
    }

    mutating func push(_ item: PickleItem) throws(CheckpointError) {
        guard stack.count < Self.highestStack else {
            throw wrong("a stack of \(stack.count) values", "fewer")
        }
        stack.append(item)
    }

    mutating func pop() throws(CheckpointError) -> PickleItem {
        guard stack.count > marks.last ?? 0, let item = stack.popLast() else {
            throw wrong("an empty stack", "a value")
        }
        return item
    }

    func top() throws(CheckpointError) -> PickleItem {
        guard stack.count > marks.last ?? 0 else { throw wrong("an empty stack", "a value") }
        return stack.last!
    }

    mutating func popToMark() throws(CheckpointError) -> [PickleItem] {
        guard let mark = marks.popLast() else { throw wrong("no mark", "one") }
        defer { stack.removeSubrange(mark...) }
        return Array(stack[mark...])
    }

    private mutating func recall(_ number: Int) throws(CheckpointError) {
        guard let item = memo[number] else {
            throw wrong("memo \(number), which was not set", "one that was")
        }
        try push(item)
    }

    /// Counts a copy of `count` elements. A pickle that copies too much is refused as hostile.
    mutating func spend(_ count: Int) throws(CheckpointError) {
        allowance -= count
        guard allowance >= 0 else {
            throw wrong("copies of many times its own length", "a pickle that holds what it describes")
        }
    }

    func tuple(_ item: PickleItem, _ what: String) throws(CheckpointError) -> [PickleItem] {
        guard case .tuple(let index) = item else { throw wrong(item.kind, "a tuple: \(what)") }
        return tuples[index]
    }

    mutating func makeTuple(_ items: [PickleItem]) -> PickleItem {
        if items.isEmpty { return .tuple(0) }
        tuples.append(items)
        return .tuple(tuples.count - 1)
    }

    mutating func makeList(_ items: [PickleItem]) -> PickleItem {
        lists.append(items)
        return .list(lists.count - 1)
    }

    mutating func makeDictionary() -> Int {
        dictionaries.append(PickleDictionary())
        return dictionaries.count - 1
    }

    mutating func dictionaries(copy source: Int, to target: Int) {
        for (key, value) in dictionaries[source].entries { dictionaries[target].set(key, value) }
    }

    mutating func makeBytes(_ bytes: [UInt8]) -> PickleItem {
        byteStrings.append(bytes)
        return .bytes(byteStrings.count - 1)
    }

    mutating func makeTensor(_ tensor: PickledTensor) -> PickleItem {
        tensors.append(tensor)
        return .tensor(tensors.count - 1)
    }

    mutating func append(_ items: [PickleItem], to list: Int) { lists[list] += items }

    mutating func set(_ key: PickleItem, _ value: PickleItem, in dictionary: Int) throws(CheckpointError) {
        dictionaries[dictionary].set(try self.key(key, depth: 0), value)
    }

    /// The value as a dictionary key. Python allows texts, numbers, None, bytes, types, and tuples of them.
    private mutating func key(_ item: PickleItem, depth: Int) throws(CheckpointError) -> CheckpointKey {
        switch item {
        case .text(let text):
            guard text.utf8.count <= Self.longestKey else {
                throw wrong("a key of \(text.utf8.count) bytes", "at most \(Self.longestKey)")
            }
            return .name(text)
        case .int(let number): return .index(number)
        case .largeInt(let number): return .largeIndex(number)
        // True is 1 as a key, False 0.
        case .bool(let flag): return .index(flag ? 1 : 0)
        case .float(let number): return .float(number)
        case .none: return .none
        case .bytes(let index):
            guard byteStrings[index].count <= Self.longestKey else {
                throw wrong("a key of \(byteStrings[index].count) bytes", "at most \(Self.longestKey)")
            }
            return .bytes(byteStrings[index])
        case .tuple(let index):
            guard depth < Self.deepestKey else {
                throw wrong("a key of tuples in tuples", "at most \(Self.deepestKey) deep")
            }
            var keys: [CheckpointKey] = []
            for item in tuples[index] {
                try spend(1)
                keys.append(try key(item, depth: depth + 1))
            }
            return .tuple(keys)
        case .elementType(let type?): return .name("torch." + PickleGlobal.elementTypeName(of: type))
        case .foreignType(let type): return .name("torch.\(type.name)")
        case .global(let global): return .name(global.rawValue)
        default: throw wrong("\(item.kind) as a key", "a text, a number, None or a tuple of them")
        }
    }

    /// A storage's description has the word "storage", a type, a name, a device, and the number of elements.
    private mutating func storage(_ fields: [PickleItem]) throws(CheckpointError) -> PickleItem {
        guard fields.count == 5 || fields.count == 6, case .text("storage") = fields[0],
            let (type, foreign) = elementType(fields[1]), case .text(let key) = fields[2],
            case .int(let count) = fields[4], count >= 0, count <= Int.max / 16
        else {
            throw wrong(
                "something that is kept elsewhere, \(fields.first?.kind ?? "an empty tuple")",
                "a storage: its type, name, device and number of elements")
        }
        var range = 0..<count
        if fields.count == 6, case .tuple(let view) = fields[5] {
            guard tuples[view].count == 3, case .int(let start) = tuples[view][1],
                case .int(let length) = tuples[view][2], start >= 0, start <= count, length >= 0,
                length <= count - start
            else {
                throw wrong("a view beyond the \(count) elements of storage \(key.prefix(40))", "one within")
            }
            range = start..<start + length
        }
        let identity = "\(key)/\(type?.rawValue ?? foreign?.name ?? "")/\(range)/\(count)"
        if let known = storageIndices[identity] { return .storage(known) }
        storages.append(
            PickledStorage(key: key, type: type, foreign: foreign, wholeCount: count, range: range))
        storageIndices[identity] = storages.count - 1
        return .storage(storages.count - 1)
    }

    private func elementType(_ item: PickleItem) -> (StoredType?, ForeignType?)? {
        switch item {
        case .elementType(let type): (type, nil)
        case .foreignType(let type): (nil, type)
        default: nil
        }
    }

    private func global(module: String, name: String) throws(CheckpointError) -> PickleItem {
        guard let item = PickleGlobal.item(module: module, name: name) else {
            throw .forbidden(cursor.part.url, global: "\(module).\(name)")
        }
        return item
    }

    mutating func take(_ count: Int, _ what: String) throws(CheckpointError) -> ByteSlice {
        try cursor.take(count, what)
    }

    mutating func integer<T: FixedWidthInteger>(
        _ type: T.Type, _ what: String
    ) throws(CheckpointError) -> T { try cursor.integer(T.self, what) }

    mutating func lineText() throws(CheckpointError) -> String {
        let line = try cursor.line("a line of a pickle")
        guard line.count <= Self.longestKey, let text = line.text else {
            throw wrong("a line of \(line.count) bytes", "a short text")
        }
        return text
    }

    private mutating func decimal(_ what: String) throws(CheckpointError) -> Int {
        let text = try lineText()
        guard let number = Int(text), number >= 0 else { throw wrong("\"\(text.prefix(40))\"", what) }
        return number
    }
}
