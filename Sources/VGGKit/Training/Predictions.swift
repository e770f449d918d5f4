// SPDX-License-Identifier: Apache-2.0

import Checks
import Foundation

/// The prediction of a model for one sample.
public struct SamplePrediction: Sendable, Equatable {
    /// A class with its probability.
    public struct Rank: Sendable, Equatable {
        /// The class's index among the logits.
        public var index: Int
        /// The softmax of the class's logit, 0 … 1.
        public var probability: Float

        /// - Parameter index: the class's index among the logits
        public init(index: Int, probability: Float) {
            self.index = index
            self.probability = probability
        }
    }

    /// The sample's index in the data set.
    public var sample: Int
    /// The class that the data set gives the sample.
    public var label: Int
    /// The probability of the label, the softmax of its logit.
    public var labelProbability: Float
    /// The five classes with the highest probabilities, highest first; all classes, if there are fewer.
    public var ranking: [Rank]

    /// The class with the highest logit.
    public var prediction: Int { ranking[0].index }
    /// The probability of the prediction.
    public var confidence: Float { ranking[0].probability }
    /// Whether the prediction is the label.
    public var isHit: Bool { prediction == label }
}

/// The predictions of a model for all samples of a data set, in the order of the evaluation.
///
/// For each sample the five highest probabilities and the label's are kept: 52 bytes, for any number of
/// classes.
public struct Predictions: Sendable, Equatable, RandomAccessCollection {
    private var samples: [Int32] = []
    private var labels: [Int32] = []
    private var labelProbabilities: [Float] = []
    /// `depth` entries for each sample.
    private var classes: [Int32] = []
    private var probabilities: [Float] = []
    /// The number of classes that are kept for each sample.
    public private(set) var depth = 0

    package static let largestDepth = 5

    /// Creates a collection without samples. `evaluate` fills one.
    public init() {}

    /// 0, the position of the first sample.
    public var startIndex: Int { 0 }
    /// The number of samples.
    public var endIndex: Int { labels.count }

    /// The prediction for a sample. The position is its position in the evaluation, not its index in the data
    /// set.
    public subscript(position: Int) -> SamplePrediction {
        check(
            indices.contains(position), "Predictions: index \(position) is outside 0..<\(labels.count)")
        let ranking = (position * depth..<(position + 1) * depth).map {
            SamplePrediction.Rank(index: Int(classes[$0]), probability: probabilities[$0])
        }
        return SamplePrediction(
            sample: Int(samples[position]), label: Int(labels[position]),
            labelProbability: labelProbabilities[position], ranking: ranking)
    }

    /// The probability of each sample's prediction.
    var confidences: some Sequence<Float> { indices.lazy.map { probabilities[$0 * depth] } }

    /// Each sample's label and predicted class.
    var pairs: some Sequence<(label: Int, prediction: Int)> {
        indices.lazy.map { (Int(labels[$0]), Int(classes[$0 * depth])) }
    }

    /// For each sample, whether the prediction is correct.
    var hits: some Sequence<Bool> { indices.lazy.map(isHit) }

    private func isHit(_ position: Int) -> Bool { classes[position * depth] == labels[position] }

    /// The predictions of all ranks, in the order of the ranks.
    func joined(_ ranks: Ranks) throws -> Predictions {
        var all = Predictions()
        all.depth = try ranks.gather(numbers: [depth]).map { $0[0] }.max()!
        all.samples = try ranks.gather(numbers: samples).flatMap(\.self)
        all.labels = try ranks.gather(numbers: labels).flatMap(\.self)
        all.labelProbabilities = try ranks.gather(numbers: labelProbabilities).flatMap(\.self)
        all.classes = try ranks.gather(numbers: classes).flatMap(\.self)
        all.probabilities = try ranks.gather(numbers: probabilities).flatMap(\.self)
        return all
    }

    /// Reserves memory for this many samples, so that none is allocated later.
    mutating func reserve(_ count: Int, classCount: Int) {
        let depth = Swift.min(classCount, Self.largestDepth)
        samples.reserveCapacity(count)
        labels.reserveCapacity(count)
        labelProbabilities.reserveCapacity(count)
        classes.reserveCapacity(count * depth)
        probabilities.reserveCapacity(count * depth)
    }

    /// - Parameters:
    ///   - logits: `[N, classes]`
    ///   - ranking: the ranked classes of each row, at least as many as are kept
    mutating func add(_ logits: Tensor, _ ranking: Ranking, labels: [Int32], samples: [Int]) {
        let width = logits.shape[1]
        depth = Swift.min(width, Self.largestDepth)
        let shares = withoutRecording { softmax(logits.detached) }.floats
        for row in labels.indices {
            self.samples.append(Int32(samples[row]))
            self.labels.append(labels[row])
            labelProbabilities.append(shares[row * width + Int(labels[row])])
            for index in ranking.rows[row].prefix(depth) {
                classes.append(index)
                probabilities.append(shares[row * width + Int(index)])
            }
        }
    }
}

extension Predictions {
    /// The samples that were predicted wrongly, those with the highest confidence first.
    public func mostConfidentMistakes(_ count: Int) -> [SamplePrediction] {
        best(count, among: indices.filter { !isHit($0) })
    }

    /// For each class, the correctly predicted samples with the highest confidence; class by class.
    public func mostTypicalHits(perClass count: Int) -> [SamplePrediction] {
        let hits = Dictionary(grouping: indices.filter(isHit)) { labels[$0] }
        return hits.keys.sorted().flatMap { best(count, among: hits[$0]!) }
    }

    private func best(_ count: Int, among positions: [Int]) -> [SamplePrediction] {
        let known = positions.filter { probabilities[$0 * depth].isFinite }
        let ordered = known.sorted {
            let (a, b) = (probabilities[$0 * depth], probabilities[$1 * depth])
            return a == b ? $0 < $1 : a > b
        }
        return ordered.prefix(count).map { self[$0] }
    }
}
