// SPDX-License-Identifier: Apache-2.0

import Files
import Foundation

/// What a run writes: `weights/best`, `weights/last` and `history.csv`.
extension Trainer {
    private static var stateKey: String { History.checkpointKey }
    private static var optimizerPrefix: String { "optimizer." }
    private static var averagePrefix: String { "average." }

    /// The part of a run's state that is not tensors.
    private struct State: Codable {
        var position: Position
        var history: History
        var seed: UInt64
        /// How many steps are in the average of the weights, if there is one.
        var averagedSteps: Int?
    }

    public static func bestCheckpoint(in output: URL) -> URL {
        output.appending(path: "weights/best.safetensors")
    }
    public static func lastCheckpoint(in output: URL) -> URL {
        output.appending(path: "weights/last.safetensors")
    }

    var existingCheckpoint: URL? {
        output.map { Self.lastCheckpoint(in: $0) }.flatMap {
            FileManager.default.fileExists(atPath: $0.path) ? $0 : nil
        }
    }

    /// Makes sure that no other run is written over.
    /// - Throws: `TrainingError.outputHoldsRun`
    func takeOutput() throws(TrainingError) {
        guard let output else { return }
        let isOwn = ownRun.map { ($0.realPath + "/").hasPrefix(output.realPath + "/") } ?? false
        if !isOwn && !overwritesOutput && existingCheckpoint != nil { throw .outputHoldsRun(output) }
        ownRun = output
    }

    /// The weights of the best epoch so far, for use.
    func saveBest() throws {
        guard let output else { return }
        try Checkpoint(tensors: model.stateDictionary, metadata: card?.metadata ?? [:])
            .write(to: Self.bestCheckpoint(in: makeFolders(output)))
    }

    /// Everything it takes to go on: weights, the optimizer's state, where in the run it is, the history.
    @discardableResult
    func saveLast() throws -> URL? {
        guard let output else { return nil }
        let url = Self.lastCheckpoint(in: try makeFolders(output))
        var metadata = try card?.metadata ?? [:]
        metadata[Self.stateKey] = try JSON.text(
            State(position: position, history: history, seed: seed, averagedSteps: weightAverage?.steps))
        let optimizerState = optimizer.state(named: model.namedParameters)
            .map { (name: Self.optimizerPrefix + $0.name, tensor: $0.tensor) }
        let averages = (weightAverage?.stateDictionary ?? [])
            .map { (name: Self.averagePrefix + $0.name, tensor: $0.tensor) }
        try Checkpoint(
            tensors: model.stateDictionary + optimizerState + averages, metadata: metadata
        ).write(to: url)
        return url
    }

    /// Writes the state of the run as PyTorch's scripts do: a dictionary of `model`, `optimizer` and `epoch` (how many are
    /// complete), which `torch.load(path, weights_only=True)` reads.
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

    /// Goes on with a run that PyTorch began: takes over the weights and the optimizer's state from a dictionary of
    /// `model` (or `state_dict`, `model_state_dict`) and `optimizer` (or `optimizer_state_dict`). Nothing changes unless all
    /// of it fits.
    /// - Parameter completedEpochs: how many epochs the run has made; nil for the file's `epoch`.
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

    /// Takes up a run where its last checkpoint stands. The trainer must have been set up as for the run's beginning.
    /// - Throws: `TrainingError.cannotResume`, `CheckpointError`, `StateError`
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
        guard state.seed == seed else {
            throw TrainingError.cannotResume(url, reason: "its run has seed \(state.seed), this one \(seed)")
        }
        guard (state.averagedSteps == nil) == (weightAverage == nil) else {
            throw TrainingError.cannotResume(
                url,
                reason: weightAverage == nil
                    ? "its run averages the weights, this one does not"
                    : "its run has no average of the weights, this one has")
        }
        func part(_ prefix: String) -> [(name: String, tensor: Tensor)] {
            checkpoint.tensors.filter { $0.name.hasPrefix(prefix) }
                .map { (name: String($0.name.dropFirst(prefix.count)), tensor: $0.tensor) }
        }
        try model.load(checkpoint.weights.tensors)
        try optimizer.restore(part(Self.optimizerPrefix), named: model.namedParameters)
        try weightAverage?.load(part(Self.averagePrefix), steps: state.averagedSteps ?? 0)
        position = state.position
        history = state.history
        ownRun = url
    }

    func writeHistory() throws {
        guard let output else { return }
        _ = try makeFolders(output)
        try writeAtomically(Data(history.csv.utf8), to: output.appending(path: "history.csv"))
    }

    private func makeFolders(_ output: URL) throws -> URL {
        for name in ["weights", "result"] {
            try makeFolder(output.appending(path: name))
        }
        return output
    }
}
