// SPDX-License-Identifier: Apache-2.0

/// Gives each call of a layer in one pass through a model the name that reflection finds for the layer.
///
/// Seen are the library's layers, the layers of a `Sequential`, and `Sequential`s themselves. Layers with parameters are
/// told apart by these, those of a `Sequential` by their number; the others, equal in all they do, come in the order of
/// the stored properties.
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

    /// - Parameter visit: called as each call ends; what it returns, if not nil, replaces the call's output.
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

    /// The first name of such a layer within the one being called that was not given yet, or, if it has parameters, was.
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

/// What tells layers apart: type, what the layer says of itself, parameters and buffers.
struct LayerKey: Hashable {
    private let type: ObjectIdentifier
    private let text: String
    private let state: [ObjectIdentifier]

    var hasState: Bool { !state.isEmpty }

    init(_ layer: any Layer) {
        type = ObjectIdentifier(Swift.type(of: layer))
        text = (layer as? any SummarizedLayer)?.description ?? ""
        state = LayerContents(of: layer).state.map { $0.state.identity }
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
