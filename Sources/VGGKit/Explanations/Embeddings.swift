// SPDX-License-Identifier: Apache-2.0

extension Layer {
    /// What a classifier knows of images before it decides: the input of its last linear layer; where it has none, as
    /// SqueezeNet, the mean over space of its last convolution's input. `[N, C, H, W]` → `[N, D]`, at inference.
    /// - Throws: `ExplanationError.noFeatures`
    public func embeddings(of images: Tensor) throws(ExplanationError) -> Tensor {
        let features = LastFeatures(of: self)
        _ = withPhase(.inference) { withoutRecording { features.callModel(images) } }
        guard let vectors = features.vectors else { throw .noFeatures }
        return vectors
    }

    /// The embeddings of all samples that can be read, `[N, D]`, and where in the data set these stand.
    /// - Throws: `ExplanationError`; what the loader throws
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

/// Keeps what comes into the last linear layer of a model, or, where it has none, into its last convolution.
///
/// It is cheap where there is a linear layer: everything before it is computed as ever.
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

    /// `[N, D]`, of the last call; nil if the model has no layer to take them from.
    var vectors: Tensor? {
        guard let latest, latest.rank == 2 || latest.rank == 4 else { return nil }
        return withoutRecording { latest.rank == 4 ? latest.mean(axes: [2, 3]) : latest }
    }
}
