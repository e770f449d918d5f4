// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing
import VGGKit

@Suite struct BatchMixingTests {
    private let images = Deterministic.tensor([3, 2, 4, 5], seed: 1, scale: 1)

    @Test func mixUpIsAWeightedSum() {
        let mixed = MixUp().blended(images, share: 0.3).floats
        let own = images.floats
        let size = own.count / 3
        for (place, value) in mixed.enumerated() {
            let other = own[(place + 2 * size) % own.count]
            #expect(abs(value - (0.3 * own[place] + 0.7 * other)) < 1e-6)
        }
    }

    @Test func cutMixReplacesARectangle() {
        let (mixed, share) = CutMix().patched(images, rows: 1..<3, columns: 2..<5)
        #expect(abs(share - (1 - 6.0 / 20)) < 1e-6)
        let (own, found) = (images.floats, mixed.floats)
        for place in found.indices {
            let (row, column) = (place / 5 % 4, place % 5)
            let isOther = (1..<3).contains(row) && (2..<5).contains(column)
            #expect(found[place] == own[isOther ? (place + 80) % 120 : place])
        }
    }

    @Test func sharesAreThoseOfTheRectangle() {
        var generator = RandomGenerator(seed: 2)
        let zeroAndOne = concatenate([Tensor.zeros([1, 1, 9, 7]), Tensor.ones([1, 1, 9, 7])], axis: 0)
        var shares: [Float] = []
        for _ in 0..<200 {
            let (mixed, share) = CutMix()(zeroAndOne, using: &generator)
            #expect(abs(mixed[1].mean().item() - share) < 1e-5)
            shares.append(share)
        }
        #expect(shares.min()! < 0.5 && shares.max()! > 0.9)
    }

    /// Beta(α, α) has the mean 1/2 and the variance 1 / (4 (2 α + 1)).
    @Test(arguments: [0.05, 0.2, 1, 3] as [Float]) func sharesAreOfTheBetaDistribution(alpha: Float) {
        var generator = RandomGenerator(seed: 3)
        let count = 20_000
        let shares = (0..<count).map { _ in Double(generator.beta(alpha)) }
        #expect(shares.allSatisfy { $0 >= 0 && $0 <= 1 })
        let mean = shares.reduce(0, +) / Double(count)
        let variance = shares.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count)
        let expected = 1 / (4 * (2 * Double(alpha) + 1))
        #expect(abs(mean - 0.5) < 0.02)
        #expect(abs(variance - expected) < 0.03 * expected + 0.002)
    }

    @Test func oneOfSeveralOrNone() {
        var generator = RandomGenerator(seed: 4)
        let mixing = RandomMixing(MixUp(alpha: 1), CutMix(), probability: 0.5)
        var counts = [0, 0, 0]
        for _ in 0..<300 {
            let (mixed, share) = mixing(images, using: &generator)
            let isWhole = zip(mixed.floats, images.floats).allSatisfy { $0 == $1 }
            let hasPixels = zip(mixed.floats, images.floats).contains { $0 == $1 }
            counts[isWhole ? 0 : hasPixels ? 1 : 2] += 1
            #expect(isWhole ? share == 1 : share < 1)
        }
        #expect(counts.allSatisfy { $0 > 40 })
    }

    @Test func aBatchOfOneStaysAsItIs() {
        var generator = RandomGenerator(seed: 5)
        let one = images[0..<1]
        for mixing in [MixUp(), CutMix()] as [any BatchMixing] {
            for (found, expected) in zip(mixing(one, using: &generator).images.floats, one.floats) {
                #expect(abs(found - expected) < 1e-6)
            }
        }
    }

    /// The blend of two losses is the loss against blended classes, also with label smoothing.
    @Test func theLossIsThatOfBlendedProbabilities() {
        let logits = Deterministic.tensor([3, 4], seed: 6, scale: 2)
        let labels = Tensor([1, 3, 0] as [Int32])
        let oneHot = Tensor.oneHot(labels, classCount: 4)
        let probabilities = oneHot * 0.3 + oneHot.rolled * 0.7
        for smoothing in [0, 0.1] as [Float] {
            let loss = CrossEntropy(labelSmoothing: smoothing)
            let blended = loss(logits, labels) * 0.3 + loss(logits, labels.rolled) * 0.7
            let expected = crossEntropy(
                logits, probabilities: probabilities * (1 - smoothing) + Tensor(smoothing / 4))
            #expect(abs(blended.item() - expected.item()) < 1e-5)
        }
    }
}
