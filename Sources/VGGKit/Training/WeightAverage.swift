// SPDX-License-Identifier: Apache-2.0

import Checks

/// The exponential moving average (EMA) of a model's weights over the training steps. It is less noisy than
/// the weights themselves. Often it is as good as weights after the learning rate has been lowered, even
/// while the learning rate is still high.
///
/// ```swift
/// trainer.configuration.averageDecay = 0.999
/// ```
/// As `torch.optim.swa_utils.AveragedModel` with `get_ema_multi_avg_fn(decay)` and `use_buffers=True`: the
/// running statistics of batch normalisation are averaged like the weights, and counters are copied. The
/// decay is smaller in the first steps: it begins at 2/11 and rises as (1 + t) / (10 + t), so that the
/// initial weights are soon forgotten.
///
/// B. T. Polyak, A. B. Juditsky, "Acceleration of Stochastic Approximation by Averaging", 1992.
public final class WeightAverage {
    /// The share of the average that each step keeps, 0 ..< 1. It should cover a few epochs at most; 0.999
    /// covers about 1000 steps.
    public let decay: Float
    /// The number of steps in the average.
    public private(set) var steps = 0
    private let state: [(name: String, state: LayerContents.State)]
    private var averages: [Tensor]

    /// Starts the average from the model's current weights.
    /// - Parameters:
    ///   - model: the model whose parameters and buffers are averaged; only `apply` changes it, temporarily
    ///   - decay: the share of the average that each step keeps, 0 ..< 1
    public init(of model: some Layer, decay: Float, file: StaticString = #fileID, line: UInt = #line) {
        check(
            decay >= 0 && decay < 1, "WeightAverage: decay \(decay) must be 0 or more and below 1",
            file: file, line: line)
        self.decay = decay
        state = LayerContents(of: model).state
        averages = state.map(\.state.value)
    }

    /// Updates the average with the model's current weights, after a step.
    public func update() {
        let share = 1 - min(decay, Float(1 + steps) / Float(10 + steps))
        for index in averages.indices {
            Self.move(&averages[index], to: state[index].state.value, by: share)
        }
        steps += 1
    }

    private static func move(_ average: inout Tensor, to value: Tensor, by share: Float) {
        guard value.scalarType == .float32 else {
            average = value
            return
        }
        Kernels.move(&average, toward: value, by: share)
    }

    /// Runs `body` while the model has the averaged weights.
    public func apply<R>(_ body: () throws -> R) rethrows -> R {
        swap()
        defer { swap() }
        return try body()
    }

    private func swap() {
        for index in averages.indices {
            let value = state[index].state.value
            switch state[index].state {
            case .parameter(let parameter): parameter.value = averages[index]
            case .buffer(let buffer): buffer.value = averages[index]
            }
            averages[index] = value
        }
    }

    /// Replaces the averages of buffers by their means over the ranks, which have seen other images.
    func averageBuffers(over ranks: Ranks) throws {
        for index in averages.indices {
            guard case .buffer = state[index].state else { continue }
            let buffer = Buffer(averages[index])
            try ranks.average([buffer])
            averages[index] = buffer.value
        }
    }

    /// The averages under their keys in the model.
    public var stateDictionary: [(name: String, tensor: Tensor)] {
        zip(state, averages).map { ($0.name, $1) }
    }

    /// Restores saved averages. If anything does not fit, nothing is changed.
    /// - Throws: `StateError`
    public func load(_ dictionary: [(name: String, tensor: Tensor)], steps: Int) throws(StateError) {
        let values = Dictionary(dictionary.map { ($0.name, $0.tensor) }, uniquingKeysWith: { $1 })
        let missing = state.map(\.name).filter { values[$0] == nil }
        guard missing.isEmpty else { throw .names(LoadReport(missing: missing)) }
        for (name, state) in state where values[name]!.shape != state.value.shape {
            throw .shapeMismatch(name: name, found: values[name]!.shape, expected: state.value.shape)
        }
        averages = state.map { name, state in
            let value = values[name]!.to(state.value.scalarType)
            return value.rank == 4 ? value.channelsLast() : value.contiguous()
        }
        self.steps = steps
    }
}
