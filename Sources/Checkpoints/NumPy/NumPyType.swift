// SPDX-License-Identifier: Apache-2.0

/// NumPy's names of element types: a byte order, a kind and a width, as `<f4`.
struct NumPyType {
    let stored: StoredType
    let isBigEndian: Bool

    private static let kinds: [String: StoredType] = [
        "f8": .float64, "f4": .float32, "f2": .float16, "i8": .int64, "i4": .int32, "i2": .int16, "i1": .int8,
        "u8": .uint64, "u4": .uint32, "u2": .uint16, "u1": .uint8, "b1": .boolean, "?": .boolean,
    ]

    init?(_ name: String) {
        let hasOrder = name.first.map { "<>|=".contains($0) } ?? false
        guard let stored = Self.kinds[String(name.dropFirst(hasOrder ? 1 : 0))] else { return nil }
        self.stored = stored
        isBigEndian = name.hasPrefix(">")
    }

    /// Nil for bfloat16, which NumPy does not have.
    static func name(of type: StoredType) -> String? {
        let order = type.byteCount == 1 ? "|" : "<"
        return kinds.first { $0.value == type && $0.key != "?" }.map { order + $0.key }
    }

    /// Whether a name is that of a type that NumPy has and tensors do not: texts, bytes, Python objects,
    /// dates, complex numbers, wide floats.
    static func isForeign(_ name: String) -> Bool {
        let hasOrder = name.first.map { "<>|=".contains($0) } ?? false
        let kind = name.dropFirst(hasOrder ? 1 : 0)
        if ["f12", "f16", "c8", "c16", "c24", "c32"].contains(kind) { return true }
        guard let letter = kind.first, "USaOVMmT".contains(letter) else { return false }
        return kind.dropFirst().allSatisfy { $0.isASCII && ($0.isNumber || $0.isLetter || "[]".contains($0)) }
    }

    static var names: String { kinds.keys.sorted().joined(separator: ", ") }
}
