// SPDX-License-Identifier: Apache-2.0

extension Layer {
    /// What a layer within makes of images at inference: the feature maps `[N, C, H, W]` of a convolution, the vectors
    /// `[N, D]` of a linear layer. Of a layer that is called several times, what it makes last.
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
