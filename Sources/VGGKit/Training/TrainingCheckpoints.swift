// SPDX-License-Identifier: Apache-2.0

import Files
import Foundation

/// The checkpoints that a run writes into its `RunFolder`.
extension Trainer {
    private static var stateKey: String { History.checkpointKey }
    private static var optimizerPrefix: String { "optimizer." }
    private static var averagePrefix: String { "average." }
    /// Of what a rank has of its own within an epoch.
    private static func rankPrefix(_ rank: Int) -> String { "ranks.\(rank)." }

    /// The part of a run's state that is not tensors.
    private struct State: Codable {
        var position: Position
        var history: History
        var seed: UInt64
        /// The number of steps in the average of the weights, if there is one.
        var averagedSteps: Int?
        /// The number of processes that share the batches; nil in files of earlier versions.
        var ranks: Int?
        /// Whether the running statistics are those of all processes; nil in files of earlier versions.
        var isJoined: Bool?
    }

    /// The folder that the run is written to; nil if nothing is written.
    var run: RunFolder? { settings.output.map(RunFolder.init) }

    var existingCheckpoint: URL? { run.flatMap { $0.hasRun ? $0.last : nil } }

    /// Makes sure that no other run is overwritten.
    /// - Throws: `TrainingError.outputHoldsRun`
    func takeOutput() throws(TrainingError) {
        guard let output = settings.output else { return }
        let isOwn = ownRun.map { ($0.realPath + "/").hasPrefix(output.realPath + "/") } ?? false
        if !isOwn && !settings.overwritesOutput && existingCheckpoint != nil {
            throw .outputHoldsRun(output)
        }
        ownRun = output
    }

    /// The weights of the best epoch so far, for prediction.
    func saveBest() throws {
        guard let run else { return }
        try makeFolders(run)
        try Checkpoint(tensors: model.stateDictionary, metadata: settings.card?.metadata ?? [:])
            .write(to: run.best)
        try savePyTorch(to: run.bestPyTorch)
    }

    /// Writes the model's weights as a state dictionary, if the configuration asks for it.
    private func savePyTorch(to url: URL) throws {
        guard settings.weightsFormat == .pyTorch else {
            // What an earlier part of the run has left is no longer true.
            try? FileManager.default.removeItem(at: url)
            return
        }
        try Checkpoint(tensors: model.stateDictionary).write(to: url)
    }

    /// Everything that is needed to resume: weights, the optimizer's state, the position in the run, the
    /// history. The first rank writes it.
    func saveLast() throws {
        let own = try rankBuffers()
        try ranks.first { if let run { try saveLast(run, own) } }
    }

    /// - Parameter ownBuffers: those of the other ranks
    private func saveLast(_ run: RunFolder, _ ownBuffers: [(name: String, tensor: Tensor)]) throws {
        try makeFolders(run)
        var metadata = try settings.card?.metadata ?? [:]
        metadata[Self.stateKey] = try JSON.text(
            State(
                position: position, history: history, seed: settings.seed,
                averagedSteps: weightAverage?.steps, ranks: ranks.size,
                isJoined: isJoined))
        let optimizerState = optimizer.state(named: model.namedParameters)
            .map { (name: Self.optimizerPrefix + $0.name, tensor: $0.tensor) }
        let averages = (weightAverage?.stateDictionary ?? [])
            .map { (name: Self.averagePrefix + $0.name, tensor: $0.tensor) }
        try Checkpoint(
            tensors: model.stateDictionary + optimizerState + averages + ownBuffers, metadata: metadata
        ).write(to: run.last)
        try savePyTorch(to: run.lastPyTorch)
    }

    /// The buffers in which ranks differ within an epoch: running statistics, and their averages.
    private var buffersOfThisRank: [(name: String, tensor: Tensor)] {
        let own = LayerContents(of: model).state.compactMap { name, state in
            if case .buffer(let buffer) = state { (name: name, tensor: buffer.value) } else { nil }
        }
        let names = Set(own.map(\.name))
        let averages = (weightAverage?.stateDictionary ?? []).filter { names.contains($0.name) }
        return own + averages.map { (name: Self.averagePrefix + $0.name, tensor: $0.tensor) }
    }

    /// The buffers of all ranks but the first, under names of their own; none between epochs, when all ranks
    /// have the same.
    private func rankBuffers() throws -> [(name: String, tensor: Tensor)] {
        guard ranks.size > 1, position.step > 0 else { return [] }
        var result: [(name: String, tensor: Tensor)] = []
        for (name, tensor) in buffersOfThisRank {
            let all = try ranks.gather(numbers: tensor.bytes)
            for (rank, bytes) in all.enumerated().dropFirst() {
                var tensor = Tensor.zeros(tensor.shape, tensor.scalarType)
                tensor.withMutableBytes { $0.copyBytes(from: bytes) }
                result.append((Self.rankPrefix(rank) + name, tensor))
            }
        }
        return result
    }

    /// Writes the state of the run as PyTorch's scripts do: a dictionary of `model`, `optimizer` and `epoch`
    /// (how many are complete), which `torch.load(path, weights_only=True)` reads.
    /// - Throws: `FileError`
    public func exportPyTorch(to url: URL) throws {
        let state = model.stateDictionary.map {
            (CheckpointKey.name($0.name), CheckpointValue.tensor($0.tensor))
        }
        try CheckpointValue.dictionary([
            ("model", .dictionary(state)), ("optimizer", optimizer.pyTorchState),
            ("epoch", .int(position.epoch)),
        ]).write(to: url)
    }

    /// Continues a run that PyTorch started: loads the weights and the optimizer's state from a dictionary of
    /// `model` (or `state_dict`, `model_state_dict`) and `optimizer` (or `optimizer_state_dict`). If anything
    /// does not fit, nothing is changed.
    /// - Parameter completedEpochs: the number of epochs that are complete; nil for the file's `epoch`.
    /// - Throws: `TrainingError.cannotResume`, `CheckpointError`, `StateError`, `OptimizerStateError`
    public func resume(fromPyTorch url: URL, completedEpochs: Int? = nil) throws {
        let value = try CheckpointValue(contentsOf: url)
        func first(_ names: [CheckpointKey]) -> CheckpointValue? { names.compactMap { value[$0] }.first }
        guard let state = first(["model", "state_dict", "model_state_dict"])?.members,
            let optimizerState = first(["optimizer", "optimizer_state_dict"])
        else {
            throw TrainingError.cannotResume(url, reason: "it has no model and optimizer")
        }
        guard let epoch = completedEpochs ?? value["epoch"]?.number.flatMap({ Int(exactly: $0) }), epoch >= 0
        else {
            throw TrainingError.cannotResume(url, reason: "it does not say how many epochs are complete")
        }
        let weights = Checkpoint(state, in: url)
        let before = model.stateDictionary
        try model.load(weights)
        do {
            try optimizer.restore(pyTorchState: optimizerState)
        } catch {
            try model.load(before)
            throw error
        }
        position = Position(epoch: epoch)
    }

    /// Resumes a run from its last checkpoint. The trainer must be set up as at the run's beginning. If
    /// anything does not fit, nothing is changed.
    /// - Throws: `TrainingError.cannotResume`, `CheckpointError`, `StateError`, `OptimizerStateError`
    public func resume(from url: URL) throws {
        let checkpoint = try Checkpoint(contentsOf: url)
        guard let text = checkpoint.metadata[Self.stateKey] else {
            throw TrainingError.cannotResume(url, reason: "it holds weights only, not the state of a run")
        }
        let state: State
        do {
            state = try JSON.value(State.self, text)
        } catch {
            throw TrainingError.cannotResume(url, reason: "its training state does not read: \(error)")
        }
        guard state.seed == settings.seed else {
            throw TrainingError.cannotResume(
                url, reason: "its run has seed \(state.seed), this one \(settings.seed)")
        }
        guard (state.averagedSteps == nil) == (settings.averageDecay == nil) else {
            throw TrainingError.cannotResume(
                url,
                reason: settings.averageDecay == nil
                    ? "its run averages the weights, this one does not"
                    : "its run has no average of the weights, this one has")
        }
        let savedRanks = state.ranks ?? 1
        guard state.position.step == 0 || savedRanks == ranks.size else {
            throw TrainingError.cannotResume(
                url,
                reason:
                    "it was stopped within an epoch with \(savedRanks) processes, now there are \(ranks.size). "
                    + "Within an epoch the batches depend on their number")
        }
        func part(_ prefix: String) -> [(name: String, tensor: Tensor)] {
            checkpoint.tensors.filter { $0.name.hasPrefix(prefix) }
                .map { (name: String($0.name.dropFirst(prefix.count)), tensor: $0.tensor) }
        }
        // What this rank had of its own.
        let own = part(Self.rankPrefix(ranks.rank))
        func replaced(
            _ tensors: [(name: String, tensor: Tensor)], prefix: String = ""
        ) -> [(name: String, tensor: Tensor)] {
            tensors.map { name, tensor in
                (name, own.first { $0.name == prefix + name }?.tensor ?? tensor)
            }
        }
        let average = settings.averageDecay.map { WeightAverage(of: model, decay: $0) }
        try average?.load(
            replaced(part(Self.averagePrefix), prefix: Self.averagePrefix), steps: state.averagedSteps ?? 0)
        let before = model.stateDictionary
        try model.load(replaced(checkpoint.weights.tensors))
        do {
            try optimizer.restore(part(Self.optimizerPrefix), named: model.namedParameters)
        } catch {
            try model.load(before)
            throw error
        }
        weightAverage = average
        position = state.position
        isJoined = state.isJoined ?? false
        history = state.history
        ownRun = url
    }

    func writeHistory() throws {
        guard let run else { return }
        try makeFolders(run)
        try writeAtomically(Data(history.csv.utf8), to: run.history)
    }

    private func makeFolders(_ run: RunFolder) throws {
        try makeFolder(run.last.deletingLastPathComponent())
        try makeFolder(run.results)
    }
}

extension Tensor {
    /// The elements' bytes, in row-major order.
    fileprivate var bytes: [UInt8] {
        var copy = contiguous()
        return copy.withMutableBytes { Array($0) }
    }
}
