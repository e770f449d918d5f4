// SPDX-License-Identifier: Apache-2.0

import Checks

/// Shows which parts of an image support a classifier's decision for a class.
///
/// ```swift
/// let explanation = try GradCAM(model)(images)
/// let heat = explanation.heat[0]
/// ```
/// R. R. Selvaraju et al., "Grad-CAM: Visual Explanations from Deep Networks via Gradient-based
/// Localization", ICCV 2017. https://arxiv.org/abs/1610.02391
public struct GradCAM: Sendable {
    /// The classifier that is explained: images `[N, C, H, W]` → logits `[N, classes]`.
    public let model: any Layer
    /// The layer whose output, a map `[N, C, h, w]`, is explained.
    public let layer: LayerSelection

    /// - Parameter layer: the layer whose map is explained: a convolution, or a layer after one
    public init(_ model: any Layer, layer: LayerSelection = .lastMap) {
        self.model = model
        self.layer = layer
    }

    /// The result of `GradCAM` for a batch: a map for each image, and the class that the map is about.
    public struct Explanation: Sendable {
        /// The name of the layer whose map was explained.
        public let layer: String
        /// The class that each image's map is about.
        public let classes: [Int]
        /// `[N, classes]`
        public let logits: Tensor
        /// `[N, h, w]`, 0 or more: how much each position of the layer's map contributes to the logit, to
        /// first order and averaged over the map. Positions that lower the logit are 0.
        public let values: Tensor

        /// Each image's map as shares of its largest value.
        public var heat: [HeatMap] {
            let (height, width) = (values.shape[1], values.shape[2])
            return (0..<values.shape[0]).map {
                HeatMap(height: height, width: width, values: values[$0].floats)
            }
        }
    }

    /// Explains a batch at inference. Parameters' gradients stay as they are.
    ///
    /// With the layer's map `Aᵏ` and the class's logit `y`: `ReLU(Σₖ αₖ Aᵏ)`, where `αₖ` is the mean of `∂y /
    /// ∂Aᵏ`.
    /// - Parameters:
    ///   - images: `[N, C, H, W]`
    ///   - classes: the class to explain on each image; nil for the one with the highest logit
    /// - Throws: `ExplanationError`
    public func callAsFunction(
        _ images: Tensor, classes: [Int]? = nil, file: StaticString = #fileID, line: UInt = #line
    ) throws(ExplanationError) -> Explanation {
        check(
            images.rank == 4 && images.shape[0] > 0,
            "GradCAM: takes images [N, C, H, W], at least one, not \(images.shape)", file: file, line: line)
        check(
            classes?.count ?? images.shape[0] == images.shape[0],
            "GradCAM: \(classes?.count ?? 0) classes were given for \(images.shape[0]) images; give one for each, or none",
            file: file, line: line)
        let name = try layer.name(in: model, for: images)
        let (logits, map) = try logitsAndMap(images, name)
        check(
            logits.rank == 2, "GradCAM: the model makes \(logits.shape), not logits [N, classes]", file: file,
            line: line)
        let chosen = try checked(classes, logits)
        let labels = Tensor(chosen.map(Int32.init))
        Recording.$includesParameters.withValue(false) {
            (logits * Tensor.oneHot(labels, classCount: logits.shape[1])).sum().backward()
        }
        let values = withoutRecording {
            let gradient = map.gradient ?? Tensor.zeros(map.shape)
            let weights = gradient.mean(axes: [2, 3], keepDimensions: true)
            return relu((weights * map.value).sum(axes: [1]))
        }
        return Explanation(layer: name, classes: chosen, logits: logits.detached, values: values)
    }

    /// Runs the model. Operations are recorded from the layer on.
    private func logitsAndMap(
        _ images: Tensor, _ name: String
    ) throws(ExplanationError) -> (logits: Tensor, map: Parameter) {
        var map: Parameter?
        let calls = NamedCalls(model) { call in
            guard call.name == name else { return nil }
            let watched = Parameter(call.output)
            map = watched
            return watched.watched
        }
        let logits = Recording.$includesParameters.withValue(false) {
            withObserver(calls) { withPhase(.inference) { model(images.detached) } }
        }
        guard let map, logits.isRecorded else { throw .notCalled(name) }
        guard map.shape.count == 4 else { throw .noMap(name, shape: map.shape) }
        return (logits, map)
    }

    private func checked(_ classes: [Int]?, _ logits: Tensor) throws(ExplanationError) -> [Int] {
        guard let classes else { return logits.argmax().scalars(Int32.self).map(Int.init) }
        let count = logits.shape[1]
        if let wrong = classes.first(where: { $0 < 0 || $0 >= count }) {
            throw .noSuchClass(wrong, count: count)
        }
        return classes
    }
}
