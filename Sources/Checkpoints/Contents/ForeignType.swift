// SPDX-License-Identifier: Apache-2.0

/// An element type that a format has and tensors do not. Its elements are not read; only its size is known,
/// so that the entries after it can be found.
struct ForeignType: Sendable, Hashable {
    /// The format's name of the type.
    let name: String
    let bitCount: Int

    /// Bytes that an element takes, in formats whose elements take whole bytes.
    var byteCount: Int { bitCount / 8 }

    /// Why an entry with such elements is not read, in words.
    var reason: String { "its elements are \(name)" }

    /// A type of safetensors. https://github.com/huggingface/safetensors/blob/main/safetensors/src/tensor.rs
    init?(safeTensors name: String) {
        guard let bits = Self.safeTensorsBits[name] else { return nil }
        self.init(name: name, bitCount: bits)
    }

    /// A type of PyTorch, as `complex64` in `torch.complex64`.
    init?(pyTorch name: String) {
        guard let bits = Self.pyTorchBits[name] else { return nil }
        self.init(name: name, bitCount: bits)
    }

    /// The type of one of PyTorch's classes of storages, as `ComplexFloat` in `torch.ComplexFloatStorage`.
    init?(pyTorchStorage kind: String) {
        guard let name = Self.storageKinds[kind] else { return nil }
        self.init(pyTorch: name)
    }

    private init(name: String, bitCount: Int) {
        self.name = name
        self.bitCount = bitCount
    }

    private static let safeTensorsBits = [
        "F4": 4, "F6_E2M3": 6, "F6_E3M2": 6, "F8_E4M3": 8, "F8_E5M2": 8, "F8_E8M0": 8, "F8_E4M3FNUZ": 8,
        "F8_E5M2FNUZ": 8, "C64": 64,
    ]

    /// https://docs.pytorch.org/docs/stable/tensor_attributes.html
    private static let pyTorchBits: [String: Int] = {
        var bits = [
            "complex32": 32, "complex64": 64, "complex128": 128, "bcomplex32": 32, "qint8": 8, "quint8": 8,
            "qint32": 32, "quint4x2": 8, "quint2x4": 8, "bits1x8": 8, "bits2x4": 8, "bits4x2": 8, "bits8": 8,
            "bits16": 16, "float8_e4m3fn": 8, "float8_e5m2": 8, "float8_e4m3fnuz": 8, "float8_e5m2fnuz": 8,
            "float8_e8m0fnu": 8, "float4_e2m1fn_x2": 8,
        ]
        for width in 1...7 {
            bits["int\(width)"] = 8
            bits["uint\(width)"] = 8
        }
        return bits
    }()

    private static let storageKinds = [
        "ComplexFloat": "complex64", "ComplexDouble": "complex128", "QInt8": "qint8", "QUInt8": "quint8",
        "QInt32": "qint32", "QUInt4x2": "quint4x2", "QUInt2x4": "quint2x4",
    ]
}
