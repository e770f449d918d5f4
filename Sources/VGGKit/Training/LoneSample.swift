// SPDX-License-Identifier: Apache-2.0

/// With a batch of one image, batch normalisation may see a single value per channel, as in a ResNet whose
/// last maps have one pixel. One value has no variance, so such a batch cannot be trained on.
extension Trainer {
    /// The loader that the run uses. If its last batch would be one image that the model cannot be trained
    /// on, the batch before gives it one of its images. The number of batches stays the same.
    /// - Throws: `TrainingError.oneValuePerChannel` if every batch would be too small, before anything is
    ///   trained
    func evened<T: Dataset>(_ training: DataLoader<T>) throws -> DataLoader<T> {
        let isLastAlone = !training.dropLast && training.dataset.count % training.sharedBatchSize == 1
        let normalized = settings.sharesStatistics ? training.sharedBatchSize : training.batchSize
        guard normalized == 1 || isLastAlone, let images = try Self.firstImage(of: training) else {
            return training
        }
        if let layer = model.normalizationOfOneValue(images), training.sharedLastBatch == nil {
            throw layer.error(batchSize: training.batchSize, imageCount: training.dataset.count)
        }
        // Frozen layers count as well: they may be trained in later epochs.
        let isNeeded = model.normalizationOfOneValue(images, countingFrozen: true) != nil
        return isNeeded ? training.sharedLastBatch ?? training : training
    }

    /// Whether a batch can be trained on. A single image can remain of a larger batch if the others cannot be
    /// read. It is then skipped in this epoch.
    /// - Throws: `TrainingError.oneValuePerChannel`
    func isTrainable<T: Dataset>(_ batch: Batch, of training: DataLoader<T>) throws -> Bool {
        guard batch.labels.count == 1 else { return batch.labels.count > 0 }
        // Layers may be frozen or unfrozen between epochs.
        if loneImage?.epoch != position.epoch || loneImage?.shape != batch.images.shape {
            loneImage = LoneImage(
                epoch: position.epoch, shape: batch.images.shape,
                layer: model.normalizationOfOneValue(batch.images))
        }
        guard let layer = loneImage?.layer else { return true }
        guard training.batchSize > 2 else {
            throw layer.error(batchSize: training.batchSize, imageCount: training.dataset.count)
        }
        return false
    }

    /// The next batch, if it can be trained on; nil if not.
    func nextTrainable<T: Dataset>(_ batches: Batches<T>, of training: DataLoader<T>) throws -> Batch? {
        guard ranks.size > 1, settings.sharesStatistics else {
            guard let batch = try batches.next() else { return nil }
            report(batch.skipped)
            return try isTrainable(batch, of: training) ? batch : nil
        }
        return try nextShared(batches, of: training)
    }

    /// Where ranks share statistics, all go through the layers together, also those without images: so they
    /// agree on it first.
    private func nextShared<T: Dataset>(_ batches: Batches<T>, of training: DataLoader<T>) throws -> Batch? {
        let next = try ranks.together { try batches.next() }
        guard var batch = next else { return nil }
        report(batch.skipped)
        // Ranks without images have no shape of an image either.
        let shapes = try ranks.gather(numbers: batch.labels.count > 0 ? batch.images.shape : [0])
        let total = shapes.reduce(0) { $0 + $1[0] }
        guard let imageShape = shapes.first(where: { $0[0] > 0 })?.dropFirst() else { return nil }
        if total == 1 {
            let isUsable = try ranks.together {
                try batch.labels.count == 0 || isTrainable(batch, of: training)
            }
            if try ranks.any(!isUsable) { return nil }
        }
        if batch.labels.count == 0 { batch.images = Tensor.zeros([0] + imageShape) }
        return batch
    }

    /// Runs `body` with batch normalisation by the statistics of all ranks, if the configuration says so.
    func withSharedStatistics<R>(_ batch: Batch, _ body: () throws -> R) throws -> R {
        guard settings.sharesStatistics else { return try body() }
        return try ranks.withSharedStatistics(
            weight: settings.batchesPerStep == 1 ? Double(batch.labels.count) : 1, body)
    }

    private static func firstImage<T: Dataset>(of loader: DataLoader<T>) throws -> Tensor? {
        for index in 0..<loader.dataset.count {
            let batch = try loader.loadAlone(index)
            if batch.labels.count > 0 { return batch.images }
        }
        return nil
    }
}

/// Whether training on a batch of one image is possible.
struct LoneImage {
    var epoch: Int
    var shape: [Int]
    /// The layer that makes it impossible, if there is one.
    var layer: NormalizationOfOneValue?
}

/// A layer that would see one value per channel.
struct NormalizationOfOneValue {
    var name: String
    var input: [Int]

    func error(batchSize: Int, imageCount: Int) -> TrainingError {
        .oneValuePerChannel(layer: name, input: input, batchSize: batchSize, imageCount: imageCount)
    }
}

extension Layer {
    /// The first batch normalisation that would see one value per channel in training on these images; nil if
    /// there is none.
    /// - Parameter countingFrozen: whether layers count, too, that are frozen and so use their running
    ///   statistics
    func normalizationOfOneValue(_ images: Tensor, countingFrozen: Bool = false) -> NormalizationOfOneValue? {
        func counts(_ layer: any Layer) -> Bool {
            (layer as? BatchNorm2d).map { countingFrozen || !$0.isFrozen } ?? false
        }
        guard images.shape[0] == 1, LayerContents(of: self).layers.contains(where: { counts($0.layer) })
        else { return nil }
        var found: NormalizationOfOneValue?
        let calls = NamedCalls(self) { call in
            if found == nil, counts(call.layer), call.input.count == call.input.shape[1] {
                found = NormalizationOfOneValue(name: call.name ?? "", input: call.input.shape)
            }
            return nil
        }
        withObserver(calls) { withPhase(.inference) { withoutRecording { _ = self(images) } } }
        return found
    }
}
