// SPDX-License-Identifier: Apache-2.0

import Checks
import Foundation

/// What a model made of one sample.
public struct SamplePrediction: Sendable, Equatable {
    public struct Rank: Sendable, Equatable {
        /// The class's place among the logits.
        public var index: Int
        public var probability: Float

        public init(index: Int, probability: Float) {
            self.index = index
            self.probability = probability
        }
    }

    /// Where in the data set the sample stands.
    public var sample: Int
    public var label: Int
    /// The probability of the label, the softmax of its logit.
    public var labelProbability: Float
    /// The classes of the highest probabilities, highest first: five, or all where there are fewer.
    public var ranking: [Rank]

    public var prediction: Int { ranking[0].index }
    /// The probability of the prediction.
    public var confidence: Float { ranking[0].probability }
    public var isHit: Bool { prediction == label }
}

/// What a model made of each sample of a data set, in the order in which it saw them.
///
/// Of each sample the five highest probabilities are kept, and the label's: 52 bytes, however many classes there are.
public struct Predictions: Sendable, Equatable, RandomAccessCollection {
    private var samples: [Int32] = []
    private var labels: [Int32] = []
    private var labelProbabilities: [Float] = []
    /// `depth` for each sample.
    private var classes: [Int32] = []
    private var probabilities: [Float] = []
    /// How many classes of a sample are kept.
    public private(set) var depth = 0

    package static let largestDepth = 5

    public init() {}

    public var startIndex: Int { 0 }
    public var endIndex: Int { labels.count }

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

    /// Each sample's label and the class that it was taken for.
    var pairs: some Sequence<(label: Int, prediction: Int)> {
        indices.lazy.map { (Int(labels[$0]), Int(classes[$0 * depth])) }
    }

    /// Whether each sample was taken for what it is.
    var hits: some Sequence<Bool> { indices.lazy.map(isHit) }

    private func isHit(_ position: Int) -> Bool { classes[position * depth] == labels[position] }

    /// Room for so many samples, so that none is asked for on the way.
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
    ///   - ranking: the classes of each row, as many as are to be kept, at least
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
    /// The samples that were taken for something else, those of the highest confidence first.
    public func mostConfidentMistakes(_ count: Int) -> [SamplePrediction] {
        best(count, among: indices.filter { !isHit($0) })
    }

    /// Of each class the samples that were taken for it with the highest confidence, and rightly; class by class.
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
