// SPDX-License-Identifier: Apache-2.0

/// The callables and classes that a checkpoint may ask for: those that `torch.load(weights_only=True)` allows
/// and that make sense without Python. None of them runs code from the file.
enum PickleGlobal: String, CaseIterable, Sendable {
    case orderedDict = "collections.OrderedDict"
    case counter = "collections.Counter"
    case rebuildTensor = "torch._utils._rebuild_tensor"
    case rebuildTensor2 = "torch._utils._rebuild_tensor_v2"
    case rebuildTensor3 = "torch._utils._rebuild_tensor_v3"
    case rebuildSparseTensor = "torch._utils._rebuild_sparse_tensor"
    case rebuildQuantizedTensor = "torch._utils._rebuild_qtensor"
    case rebuildNestedTensor = "torch._utils._rebuild_nested_tensor"
    case rebuildMetaTensor = "torch._utils._rebuild_meta_tensor_no_storage"
    case rebuildNumPyTensor = "torch._utils._rebuild_device_tensor_from_numpy"
    case rebuildDeviceTensor = "torch._utils._rebuild_device_tensor_from_cpu_tensor"
    case rebuildSubclass = "torch._utils._rebuild_wrapper_subclass"
    case rebuildParameter = "torch._utils._rebuild_parameter"
    case rebuildParameterWithState = "torch._utils._rebuild_parameter_with_state"
    case rebuildFromType = "torch._tensor._rebuild_from_type_v2"
    case tensor = "torch.Tensor"
    case parameter = "torch.nn.parameter.Parameter"
    case size = "torch.Size"
    case device = "torch.device"
    case layout = "torch.serialization._get_layout"
    case encode = "_codecs.encode"
    case bytearray = "builtins.bytearray"
    case set = "builtins.set"
    case complex = "builtins.complex"
    case numPyScalar = "numpy.core.multiarray.scalar"
    case numPyType = "numpy.dtype"

    /// Finds a global by the names that Python 2 and 3 and NumPy 1 and 2 give it.
    static func item(module: String, name: String) -> PickleItem? {
        let module =
            switch module {
            case "__builtin__": "builtins"
            case "numpy._core.multiarray": "numpy.core.multiarray"
            default: module
            }
        if let global = PickleGlobal(rawValue: "\(module).\(name)") { return .global(global) }
        guard module == "torch" || module == "torch.storage" || module == "torch.cuda" else { return nil }
        if let type = elementTypes[name] { return .elementType(type) }
        if let type = ForeignType(pyTorch: name) { return .foreignType(type) }
        if quantizations.contains(name) { return .text("torch.\(name)") }
        if name.hasSuffix("Storage") {
            let kind = String(name.dropLast("Storage".count))
            if kind == "Untyped" { return .elementType(nil) }
            if let type = storageKinds[kind] { return .elementType(type) }
            if let type = ForeignType(pyTorchStorage: kind) { return .foreignType(type) }
        }
        return nil
    }

    private static let storageKinds: [String: StoredType] = [
        "Double": .float64, "Float": .float32, "Half": .float16, "BFloat16": .bfloat16, "Long": .int64,
        "Int": .int32, "Short": .int16, "Char": .int8, "Byte": .uint8, "Bool": .boolean,
    ]

    /// How quantized tensors become numbers.
    private static let quantizations: Set<String> = [
        "per_tensor_affine", "per_tensor_symmetric", "per_channel_affine", "per_channel_symmetric",
        "per_channel_affine_float_qparams",
    ]

    /// For functions that rebuild unsupported kinds of tensors: the kind, in words. Nil for all others.
    var unsupportedTensor: String? {
        switch self {
        case .rebuildSparseTensor: "it is a sparse tensor"
        case .rebuildQuantizedTensor: "it is a quantized tensor"
        case .rebuildNestedTensor: "it is a nested tensor"
        case .rebuildMetaTensor: "it is a tensor on the meta device, which has no elements"
        case .rebuildNumPyTensor, .rebuildDeviceTensor: "it is a tensor of another device"
        case .rebuildSubclass: "it is a tensor of a subclass"
        default: nil
        }
    }

    private static let elementTypes: [String: StoredType] = [
        "float64": .float64, "float32": .float32, "float16": .float16, "bfloat16": .bfloat16, "int64": .int64,
        "int32": .int32, "int16": .int16, "int8": .int8, "uint64": .uint64, "uint32": .uint32,
        "uint16": .uint16, "uint8": .uint8, "bool": .boolean,
    ]

    /// The class of storages of a type, as PyTorch's own pickles name it; nil where it has none.
    static func storageClass(of type: StoredType) -> String? {
        storageKinds.first { $0.value == type }.map { "\($0.key)Storage" }
    }

    /// PyTorch's name of a type: `float32`.
    static func elementTypeName(of type: StoredType) -> String {
        elementTypes.first { $0.value == type }!.key
    }
}
