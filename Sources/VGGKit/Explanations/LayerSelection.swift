// SPDX-License-Identifier: Apache-2.0

/// A layer within a model.
/// ```swift
/// let cam = GradCAM(model, layer: "features.28")
/// let last = GradCAM(resNet, layer: .layer(resNet.layer4))
/// ```
public enum LayerSelection: Sendable, ExpressibleByStringLiteral {
    /// The layer with this name: the prefix of its parameters' keys in a state dictionary, such as
    /// `features.28`, `layer4.1.conv2`.
    case name(String)
    /// The layer itself. It must have parameters, which identify it.
    case layer(any Layer)
    /// The layer with the last map that is as large as the last convolution's: in a VGG the ReLU after the
    /// last convolution, in a ResNet `layer4`, in GoogLeNet `inception5b`.
    case lastMap

    public init(stringLiteral name: String) { self = .name(name) }
}

extension LayerSelection {
    /// The layer's name.
    /// - Parameter images: a batch, `[N, C, H, W]`, whose first image is run to find the last map
    /// - Throws: `ExplanationError.noSuchLayer`, `.noConvolution`
    func name(in model: any Layer, for images: Tensor) throws(ExplanationError) -> String {
        switch self {
        case .name(let name):
            let known = model.layerNames
            guard known.contains(name) else { throw .noSuchLayer(name, known: known) }
            return name
        case .layer(let layer):
            let key = LayerKey(layer)
            let found = LayerContents(of: model).layers.filter { LayerKey($0.layer) == key }
            guard let name = found.first?.name, found.count == 1 || key.hasState else {
                throw .noSuchLayer("\(layer)", known: model.layerNames)
            }
            return name
        case .lastMap: return try Self.lastMap(of: model, images[0..<1])
        }
    }

    private static func lastMap(of model: any Layer, _ image: Tensor) throws(ExplanationError) -> String {
        var extent: [Int]?
        var name: String?
        let calls = NamedCalls(model) { call in
            guard call.output.rank == 4 else { return nil }
            let size = Array(call.output.shape[2...])
            if call.layer is Conv2d { extent = size }
            if let found = call.name, !found.isEmpty, size == extent { name = found }
            return nil
        }
        withObserver(calls) { withPhase(.inference) { withoutRecording { _ = model(image) } } }
        guard let name else { throw .noConvolution }
        return name
    }
}

extension Layer {
    /// The names of the layers within, in the order of the stored properties: `features`, `features.0`, ….
    public var layerNames: [String] { LayerContents(of: self).layers.map(\.name).filter { !$0.isEmpty } }
}
