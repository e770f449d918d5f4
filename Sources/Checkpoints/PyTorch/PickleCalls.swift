// SPDX-License-Identifier: Apache-2.0

extension PickleMachine {
    /// Has the effect of calling one of the allowed globals.
    mutating func call(_ callee: PickleItem, _ arguments: [PickleItem]) throws(CheckpointError) {
        guard case .global(let global) = callee else {
            throw wrong("a call of \(callee.kind)", "one of a function that rebuilds tensors or collections")
        }
        try push(try result(of: global, arguments))
    }

    private mutating func result(
        of global: PickleGlobal, _ arguments: [PickleItem]
    ) throws(CheckpointError) -> PickleItem {
        if let kind = global.unsupportedTensor { return .unsupported(kind) }
        return switch global {
        case .orderedDict, .counter: try dictionary(of: arguments)
        case .rebuildTensor: try tensor(arguments, minimum: 4)
        case .rebuildTensor2: try tensor(arguments, minimum: 4)
        case .rebuildTensor3: try tensor(arguments, minimum: 7)
        case .rebuildParameter, .rebuildParameterWithState, .parameter: try parameter(arguments)
        case .rebuildFromType: try rebuilt(arguments)
        case .size: try items(arguments, "torch.Size")
        case .device: .text(try texts(arguments).joined(separator: ":"))
        case .layout: .text(try texts(arguments).joined())
        case .encode: try encoded(arguments)
        case .bytearray: try byteArray(arguments)
        case .set: try items(arguments, "a set")
        case .numPyType: .numPyType(try texts(arguments.prefix(1)).joined())
        case .numPyScalar: try numPyScalar(arguments)
        case .complex: try complex(arguments)
        case .rebuildSparseTensor, .rebuildQuantizedTensor, .rebuildNestedTensor, .rebuildMetaTensor,
            .rebuildNumPyTensor, .rebuildDeviceTensor, .rebuildSubclass:
            throw wrong("a call of \(global.rawValue)", "one that is read")
        case .tensor: throw wrong("a call of torch.Tensor", "one of a function that rebuilds a tensor")
        }
    }

    /// Uses an object's state as far as it matters: NumPy's byte order. PyTorch attaches version notes to
    /// ordered dictionaries, which are ignored.
    mutating func build(_ state: PickleItem) throws(CheckpointError) {
        switch try top() {
        case .dictionary, .tensor, .list, .unsupported: return
        case .numPyType(let type):
            let fields = try tuple(state, "the state of a NumPy type")
            guard fields.count >= 2, case .text(let order) = fields[1], order.utf8.count <= 1,
                type.utf8.count <= Self.longestText
            else {
                throw wrong("a NumPy type without a byte order", "one with it")
            }
            _ = try pop()
            try push(.numPyType(order + type))
        case let item: throw wrong("a state for \(item.kind)", "one for a dictionary")
        }
    }

    private mutating func dictionary(of arguments: [PickleItem]) throws(CheckpointError) -> PickleItem {
        let result = makeDictionary()
        switch arguments.first {
        case nil: break
        case .list(let list):
            try spend(lists[list].count)
            for item in lists[list] {
                let pair: [PickleItem]
                if case .list(let index) = item {
                    pair = lists[index]
                } else {
                    pair = try tuple(item, "a pair")
                }
                guard pair.count == 2 else { throw wrong("\(pair.count) things", "a key and a value") }
                try set(pair[0], pair[1], in: result)
            }
        case .dictionary(let other):
            try spend(dictionaries[other].entries.count)
            dictionaries(copy: other, to: result)
        case let item?: throw wrong("a dictionary of \(item.kind)", "a list of pairs")
        }
        return .dictionary(result)
    }

    /// The arguments are storage, storage offset, size, stride, requires_grad, hooks, and notes of bits that
    /// change the elements' meaning; the third version has the type of the elements before the notes.
    private mutating func tensor(
        _ arguments: [PickleItem], minimum: Int
    ) throws(CheckpointError) -> PickleItem {
        guard arguments.count >= minimum, case .storage(let storage) = arguments[0],
            case .int(let offset) = arguments[1]
        else { throw wrong("a tensor of \(arguments.map(\.kind).prefix(4))", "a storage and an offset") }
        let shape = try numbers(arguments[2], "a shape")
        let strides = try numbers(arguments[3], "strides")
        let stored = storages[storage]
        var (type, foreign) = (stored.type, stored.foreign)
        if minimum == 7 {
            switch arguments[6] {
            case .elementType(let given?): (type, foreign) = (given, nil)
            case .foreignType(let given): (type, foreign) = (nil, given)
            default: break
            }
        }
        guard let width = type?.byteCount ?? foreign?.byteCount else {
            throw wrong("a tensor of untyped bytes", "a type of its elements")
        }
        let count = stored.byteRange.count / width
        guard StoredArray.fits(count, offset: offset, shape: shape, strides: strides) else {
            throw wrong(
                "a tensor of shape \(shape), strides \(strides) and offset \(offset)",
                "one within the \(count) elements of storage \(stored.key.prefix(40))")
        }
        guard let type else { return .unsupported(foreign!.reason) }
        let notes = arguments.dropFirst(minimum == 7 ? 7 : 6).first
        return makeTensor(
            PickledTensor(
                storage: storage, type: type, offset: offset, shape: shape, strides: strides,
                isNegated: isNegated(notes)))
    }

    /// Whether a view's notes say that its elements are the negated stored values, as in the imaginary part
    /// of a conjugate. The other bit, of complex conjugates, changes nothing in real numbers.
    private func isNegated(_ notes: PickleItem?) -> Bool {
        guard case .dictionary(let index)? = notes,
            case .bool(true)? = dictionaries[index].entries.first(where: { $0.key == "neg" })?.value
        else { return false }
        return true
    }

    /// A complex number as text. Unlike Python's, whole numbers have a decimal point.
    private func complex(_ arguments: [PickleItem]) throws(CheckpointError) -> PickleItem {
        let parts = arguments.compactMap { item -> Double? in
            switch item {
            case .float(let value): value
            case .int(let value): Double(value)
            default: nil
            }
        }
        guard arguments.count == 2, parts.count == 2 else {
            throw wrong("a complex number of \(arguments.map(\.kind).prefix(4))", "two numbers")
        }
        return .text("(\(parts[0])\(parts[1].sign == .minus ? "" : "+")\(parts[1])j)")
    }

    private func numbers(_ item: PickleItem, _ what: String) throws(CheckpointError) -> [Int] {
        let items: [PickleItem]
        if case .list(let list) = item { items = lists[list] } else { items = try tuple(item, what) }
        guard items.count <= StoredArray.maximumRank else {
            throw wrong("\(items.count) axes", "at most \(StoredArray.maximumRank)")
        }
        return try items.map { (item) throws(CheckpointError) in
            guard case .int(let number) = item else { throw wrong("\(item.kind) in \(what)", "integers") }
            return number
        }
    }

    private func parameter(_ arguments: [PickleItem]) throws(CheckpointError) -> PickleItem {
        if case .unsupported? = arguments.first { return arguments[0] }
        guard case .tensor(let tensor)? = arguments.first else {
            throw wrong("a parameter of \(arguments.first?.kind ?? "nothing")", "a tensor")
        }
        return .tensor(tensor)
    }

    /// The arguments are a rebuilding function, the class of its result, and the function's arguments.
    private mutating func rebuilt(_ arguments: [PickleItem]) throws(CheckpointError) -> PickleItem {
        guard arguments.count >= 3, case .global(let function) = arguments[0] else {
            throw wrong(
                "\(arguments.first?.kind ?? "nothing") to rebuild with", "a function and its arguments")
        }
        if let kind = function.unsupportedTensor { return .unsupported(kind) }
        switch function {
        case .rebuildTensor, .rebuildTensor2, .rebuildTensor3, .rebuildParameter:
            return try result(of: function, try tuple(arguments[2], "arguments"))
        default: throw wrong("\(function.rawValue) to rebuild with", "a function that rebuilds a tensor")
        }
    }

    /// The items of a tuple or list, as a tuple.
    private mutating func items(
        _ arguments: [PickleItem], _ what: String
    ) throws(CheckpointError) -> PickleItem {
        guard let first = arguments.first else { return .tuple(0) }
        if case .tuple = first { return first }
        guard case .list(let list) = first else {
            throw wrong("\(what) of \(first.kind)", "of a tuple or list")
        }
        try spend(lists[list].count)
        return makeTuple(lists[list])
    }

    private static var longestText: Int { 64 }

    private mutating func texts(_ arguments: some Sequence<PickleItem>) throws(CheckpointError) -> [String] {
        var texts: [String] = []
        for argument in arguments {
            switch argument {
            case .text(let text) where text.utf8.count <= Self.longestText: texts.append(text)
            case .int(let number): texts.append("\(number)")
            default: throw wrong(argument.kind, "a short text")
            }
            try spend(texts.last!.utf8.count)
        }
        return texts
    }

    /// Protocols before 3 write bytes as a text with one character for each byte.
    private mutating func encoded(_ arguments: [PickleItem]) throws(CheckpointError) -> PickleItem {
        guard arguments.count == 2, case .text(let text) = arguments[0], case .text("latin1") = arguments[1]
        else { throw wrong("an encoding of \(arguments.map(\.kind))", "a text in latin1") }
        try spend(text.utf8.count)
        var bytes: [UInt8] = []
        for scalar in text.unicodeScalars {
            guard scalar.value < 256 else { throw wrong("the character \(scalar)", "one of latin1") }
            bytes.append(UInt8(scalar.value))
        }
        return makeBytes(bytes)
    }

    private mutating func byteArray(_ arguments: [PickleItem]) throws(CheckpointError) -> PickleItem {
        switch arguments.first {
        case nil: return makeBytes([])
        case .bytes: return arguments[0]
        case .text: return try encoded(arguments)
        case let item?: throw wrong("a bytearray of \(item.kind)", "bytes")
        }
    }

    /// A number of NumPy's: its type and its bytes.
    private func numPyScalar(_ arguments: [PickleItem]) throws(CheckpointError) -> PickleItem {
        if arguments.count == 2, case .numPyType(let name) = arguments[0], NumPyType(name) == nil,
            NumPyType.isForeign(name)
        {
            return .unsupported("it is a NumPy scalar of the dtype \(name.prefix(40))")
        }
        guard arguments.count == 2, case .numPyType(let name) = arguments[0],
            case .bytes(let index) = arguments[1], let type = NumPyType(name),
            byteStrings[index].count == type.stored.byteCount
        else { throw wrong("a NumPy scalar of \(arguments.map(\.kind))", "a number's type and bytes") }
        let bytes = type.isBigEndian ? byteStrings[index].reversed() : byteStrings[index]
        let bits = bytes.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let isNegative = bytes.last! >= 0x80
        switch type.stored {
        case .float64: return .float(Double(bitPattern: bits))
        case .float32: return .float(Double(Float(bitPattern: UInt32(bits))))
        case .boolean: return .bool(bits != 0)
        case .int64, .int32, .int16, .int8:
            let width = UInt64(8 * type.stored.byteCount)
            let extended = isNegative && width < 64 ? bits | UInt64.max << width : bits
            return .int(Int(Int64(bitPattern: extended)))
        case .uint64, .uint32, .uint16, .uint8:
            return Int(exactly: bits).map { .int($0) }
                ?? .largeInt(LargeInteger(littleEndian: Array(bytes) + [0]))
        case .float16: return .float(Double(ElementConversion.float(half: UInt16(bits))))
        case .bfloat16: return .float(BFloat16(bitPattern: UInt16(bits)).doubleValue)
        }
    }
}
