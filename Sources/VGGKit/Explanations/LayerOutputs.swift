// SPDX-License-Identifier: Apache-2.0

extension Layer {
    /// The output of an inner layer at inference: the feature maps `[N, C, H, W]` of a convolution, or the
    /// vectors `[N, D]` of a linear layer. For a layer that is called several times, the output of its last
    /// call.
    /// ```swift
    /// let maps = try model.output(of: "features.3", for: images)
    /// ```
    /// - Parameter images: a batch, `[N, C, H, W]`
    /// - Throws: `ExplanationError`
    public func output(of layer: LayerSelection, for images: Tensor) throws(ExplanationError) -> Tensor {
        let name = try layer.name(in: self, for: images)
        var output: Tensor?
        let calls = NamedCalls(self) { call in
            if call.name == name { output = call.output }
            return nil
        }
        withObserver(calls) { withPhase(.inference) { withoutRecording { _ = self(images) } } }
        guard let output else { throw .notCalled(name) }
        return output
    }
}
