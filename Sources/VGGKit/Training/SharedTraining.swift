// SPDX-License-Identifier: Apache-2.0

/// What the ranks of a run do together, beside the exchange of each step.
extension Trainer {
    /// Gives all ranks the weights of the first, and prepares the exchange of gradients.
    func startTogether<T: Dataset, V: Dataset>(
        _ training: DataLoader<T>, _ validation: DataLoader<V>?, epochs: Int
    ) throws {
        try ranks.requireEqual([
            "epochs": "\(epochs)", "images to train on": "\(training.dataset.count)",
            "images to validate": "\(validation?.dataset.count ?? 0)",
            "batch size": "\(training.batchSize)", "batches per step": "\(settings.batchesPerStep)",
            "seed": "\(settings.seed), \(training.seed)", "epochs so far": "\(position.epoch)",
            "steps of this epoch so far": "\(position.step)",
            "parameters": "\(model.parameterCount)", "shared statistics": "\(settings.sharesStatistics)",
            "gradient transport": "\(settings.gradientTransport)",
        ])
        try ranks.first { try takeOutput() }
        if let output = settings.output { ownRun = output }
        guard ranks.size > 1, let communicator = settings.communicator else { return }
        // In a resumed epoch, each rank has running statistics of its own.
        try ranks.shareState(of: model, withBuffers: position.step == 0)
        reduction = GradientReduction(try communicator.background(), settings.gradientTransport)
    }

    /// What gets gradients: of the model, and what else the optimizer has.
    var trainedParameters: [Parameter] {
        var known: Set<ObjectIdentifier> = []
        return (model.parameters + optimizer.groups.flatMap(\.parameters)).filter {
            $0.isTrainable && known.insert(ObjectIdentifier($0)).inserted
        }
    }

    /// At the end of an epoch: makes running statistics those of all images, and compares the weights.
    func bringRanksTogether() throws {
        // A run that was stopped in the validation has done this before.
        guard ranks.size > 1, !isJoined else { return }
        try ranks.requireEqualWeights(of: model, epoch: position.epoch + 1)
        try ranks.average(
            LayerContents(of: model).state.compactMap {
                if case .buffer(let buffer) = $0.state { buffer } else { nil }
            })
        try weightAverage?.averageBuffers(over: ranks)
        isJoined = true
    }

    /// Tells the first rank of the samples that the others have skipped.
    func gatherSkipped() throws {
        defer { untold = [] }
        guard ranks.size > 1 else { return }
        let all = try ranks.gather(skipped: untold)
        for (rank, samples) in all.enumerated() where rank != ranks.rank { report(samples) }
    }
}
