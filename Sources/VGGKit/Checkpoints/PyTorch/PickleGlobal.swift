// SPDX-License-Identifier: Apache-2.0

/// The callables and classes that a checkpoint may ask for: those that `torch.load(weights_only=True)` knows and that have
/// a meaning without Python. None of them runs anything that the file brought along.
enum PickleGlobal: String, CaseIterable, Sendable {
    case orderedDict = "collections.OrderedDict"
    case counter = "collections.Counter"
    case rebuildTensor = "torch._utils._rebuild_tensor"
    case rebuildTensor2 = "torch._utils._rebuild_tensor_v2"
    case rebuildTensor3 = "torch._utils._rebuild_tensor_v3"
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
        if name.hasSuffix("Storage") {
            let kind = String(name.dropLast("Storage".count))
            if kind == "Untyped" { return .elementType(nil) }
            if let type = storageKinds[kind] { return .elementType(type) }
        }
        return nil
    }

    private static let storageKinds: [String: StoredType] = [
        "Double": .float64, "Float": .float32, "Half": .float16, "BFloat16": .bfloat16, "Long": .int64,
        "Int": .int32, "Short": .int16, "Char": .int8, "Byte": .uint8, "Bool": .boolean,
    ]

    private static let elementTypes: [String: StoredType] = [
        "float64": .float64, "float32": .float32, "float16": .float16, "bfloat16": .bfloat16, "int64": .int64,
        "int32": .int32, "int16": .int16, "int8": .int8, "uint64": .uint64, "uint32": .uint32,
        "uint16": .uint16, "uint8": .uint8, "bool": .boolean,
    ]

    /// The class of storages of a type, as PyTorch's own pickles name it; nil where it has none.
    static func storageClass(of type: StoredType) -> String? {
        storageKinds.first { $0.value == type }.map { "\($0.key)Storage" }
    }

    /// What PyTorch calls a type: `float32`.
    static func elementTypeName(of type: StoredType) -> String {
        elementTypes.first { $0.value == type }!.key
    }
}
