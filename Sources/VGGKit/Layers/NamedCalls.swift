// SPDX-License-Identifier: Apache-2.0

/// Gives each call of a layer in one pass through a model the name that reflection finds for the layer.
///
/// It observes the library's layers, the layers of a `Sequential`, and `Sequential`s. Layers with parameters
/// are identified by their parameters, those of a `Sequential` by their number. Others with equal settings do
/// the same, so they are named in the order of the stored properties.
///
/// Sendable because only the one task that calls the model uses it.
package final class NamedCalls: LayerObserver, @unchecked Sendable {
    package struct Call {
        /// Empty for the model itself; nil for a layer that is none of its stored properties.
        package var name: String?
        package var layer: any Layer
        package var input: Tensor
        package var output: Tensor
        /// Whether no other calls were seen within this one.
        package var isInnermost: Bool
    }

    private struct Frame {
        var key: LayerKey
        var name: String?
        /// The layer that a `Sequential` has announced will be seen again as it is called.
        var isAnnounced: Bool
        var hasInnerCalls = false
    }

    private let names: [LayerKey: [String]]
    private var given: Set<String> = []
    private var frames: [Frame] = []
    private let visit: (Call) -> Tensor?

    package var separatesLayers: Bool { true }

    /// - Parameter visit: called when a call ends. Its result, if not nil, replaces the call's output.
    package init(_ model: any Layer, _ visit: @escaping (Call) -> Tensor?) {
        names = Dictionary(
            LayerContents(of: model).layers.map { (LayerKey($0.layer), [$0.name]) }, uniquingKeysWith: +)
        self.visit = visit
    }

    package func call(_ layer: any Layer, index: Int?, _ input: Tensor, _ body: () -> Tensor) -> Tensor {
        let key = LayerKey(layer)
        if let last = frames.indices.last, frames[last].isAnnounced && frames[last].key == key {
            frames[last].isAnnounced = false
            return body()
        }
        frames.indices.last.map { frames[$0].hasInnerCalls = true }
        frames.append(Frame(key: key, name: name(key, index), isAnnounced: index != nil))
        let output = body()
        let frame = frames.removeLast()
        let call = Call(
            name: frame.name, layer: layer, input: input, output: output, isInnermost: !frame.hasInnerCalls)
        return visit(call) ?? output
    }

    /// The first unused name of such a layer within the one being called. A layer with parameters keeps its
    /// name in every call.
    private func name(_ key: LayerKey, _ index: Int?) -> String? {
        let scope = frames.last { $0.name != nil }?.name ?? ""
        let candidates = (names[key] ?? []).filter { Self.lies($0, within: scope) }
        let named = index.map { scope.isEmpty ? "\($0)" : "\(scope).\($0)" }
        let found =
            candidates.first { $0 == named } ?? candidates.first { !given.contains($0) }
            ?? (key.hasState ? candidates.first : nil)
        if let found { given.insert(found) }
        return found
    }

    private static func lies(_ name: String, within scope: String) -> Bool {
        scope.isEmpty || name == scope || name.hasPrefix(scope + ".")
    }
}

/// The identity of a layer: its type, and its parameters and buffers; without those, its settings.
struct LayerKey: Hashable {
    private let type: ObjectIdentifier
    private let text: String
    private let state: [ObjectIdentifier]

    var hasState: Bool { !state.isEmpty }

    /// All stored values, those of layers within too.
    private static func settings(of value: Any) -> String {
        let mirror = Mirror(reflecting: value)
        guard value is any Layer || mirror.displayStyle == .collection, !mirror.children.isEmpty else {
            return "\(value)"
        }
        return
            "\(mirror.subjectType)(\(mirror.children.map { settings(of: $0.value) }.joined(separator: ", ")))"
    }

    init(_ layer: any Layer) {
        type = ObjectIdentifier(Swift.type(of: layer))
        state = LayerContents(of: layer).state.map { $0.state.identity }
        text = state.isEmpty ? Self.settings(of: layer) : ""
    }
}

extension LayerContents.State {
    fileprivate var identity: ObjectIdentifier {
        switch self {
        case .parameter(let parameter): ObjectIdentifier(parameter)
        case .buffer(let buffer): ObjectIdentifier(buffer)
        }
    }
}
