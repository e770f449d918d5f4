// SPDX-License-Identifier: Apache-2.0

extension PickleMachine {
    /// Instructions that make tuples, lists, dictionaries and sets, and fill them.
    /// - Returns: whether it was one of them.
    mutating func collect(_ code: UInt8) throws(CheckpointError) -> Bool {
        switch code {
        case UInt8(ascii: ")"): try push(.tuple(0))
        case 0x85: try pushTuple(of: 1)
        case 0x86: try pushTuple(of: 2)
        case 0x87: try pushTuple(of: 3)
        case UInt8(ascii: "t"): try push(makeTuple(try popToMark()))
        case UInt8(ascii: "]"), 0x8F: try push(makeList([]))
        case UInt8(ascii: "l"), 0x91: try push(makeList(try popToMark()))
        case UInt8(ascii: "a"):
            let item = try pop()
            append([item], to: try list())
        case UInt8(ascii: "e"), 0x90:
            let items = try popToMark()
            append(items, to: try list())
        case UInt8(ascii: "}"): try push(.dictionary(makeDictionary()))
        case UInt8(ascii: "d"):
            let items = try popToMark()
            let dictionary = makeDictionary()
            try set(pairs: items, in: dictionary)
            try push(.dictionary(dictionary))
        case UInt8(ascii: "s"):
            let value = try pop()
            let key = try pop()
            try set(key, value, in: try dictionary())
        case UInt8(ascii: "u"):
            let items = try popToMark()
            try set(pairs: items, in: try dictionary())
        default: return false
        }
        return true
    }

    private mutating func pushTuple(of count: Int) throws(CheckpointError) {
        var items: [PickleItem] = []
        for _ in 0..<count { items.append(try pop()) }
        try push(makeTuple(items.reversed()))
    }

    private func list() throws(CheckpointError) -> Int {
        let item = try top()
        guard case .list(let index) = item else { throw wrong(item.kind, "a list or a set") }
        return index
    }

    private func dictionary() throws(CheckpointError) -> Int {
        let item = try top()
        guard case .dictionary(let index) = item else { throw wrong(item.kind, "a dictionary") }
        return index
    }

    private mutating func set(pairs items: [PickleItem], in dictionary: Int) throws(CheckpointError) {
        guard items.count % 2 == 0 else { throw wrong("a key without a value", "pairs") }
        for index in stride(from: 0, to: items.count, by: 2) {
            try set(items[index], items[index + 1], in: dictionary)
        }
    }
}
