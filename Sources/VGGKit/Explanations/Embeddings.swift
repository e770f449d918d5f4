// SPDX-License-Identifier: Apache-2.0

extension Layer {
    /// The embeddings of images: the input of the classifier's last linear layer. Without a linear layer, as
    /// in SqueezeNet, the mean over space of the last convolution's input. `[N, C, H, W]` → `[N, D]`, at
    /// inference.
    /// - Throws: `ExplanationError.noFeatures`
    public func embeddings(of images: Tensor) throws(ExplanationError) -> Tensor {
        let features = LastFeatures(of: self)
        _ = withPhase(.inference) { withoutRecording { features.callModel(images) } }
        guard let vectors = features.vectors else { throw .noFeatures }
        return vectors
    }

    /// The embeddings of all samples that can be read, `[N, D]`, and the samples' indices in the data set.
    /// - Throws: `ExplanationError`; errors of the loader
    public func embeddings<D: Dataset>(
        of loader: DataLoader<D>
    ) throws -> (vectors: Tensor, indices: [Int]) {
        var (vectors, indices) = ([Tensor](), [Int]())
        let batches = loader.batches(epoch: 0)
        while let batch = try batches.next() {
            guard !batch.indices.isEmpty else { continue }
            vectors.append(try embeddings(of: batch.images))
            indices += batch.indices
        }
        return (vectors.isEmpty ? Tensor.zeros([0, 0]) : concatenate(vectors, axis: 0), indices)
    }
}

/// Captures the input of a model's last linear layer, or of its last convolution if it has no linear layer.
///
/// With a linear layer this is cheap: everything before it is computed as usual.
///
/// Sendable because only the one task that calls the model uses it.
final class LastFeatures: LayerObserver, @unchecked Sendable {
    private let model: any Layer
    private let hasLinear: Bool
    private var latest: Tensor?

    init(of model: any Layer) {
        self.model = model
        hasLinear = LayerContents(of: model).layers.contains { $0.layer is Linear }
    }

    var separatesLayers: Bool { !hasLinear }

    func call(_ layer: any Layer, index: Int?, _ input: Tensor, _ body: () -> Tensor) -> Tensor {
        if layer is Linear || !hasLinear && layer is Conv2d { latest = input.detached }
        return body()
    }

    /// The model's own output.
    func callModel(_ images: Tensor) -> Tensor {
        latest = nil
        return withObserver(self) { model(images) }
    }

    /// The embeddings of the last call, `[N, D]`; nil if the model has no such layer.
    var vectors: Tensor? {
        guard let latest, latest.rank == 2 || latest.rank == 4 else { return nil }
        return withoutRecording { latest.rank == 4 ? latest.mean(axes: [2, 3]) : latest }
    }
}
