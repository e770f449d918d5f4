// SPDX-License-Identifier: Apache-2.0

import Testing
import VGGKit

@Suite struct AccuracyTests {
    private let logits = Tensor([3, 2, 1, 0, 0, 1, 2, 3, 9, 8, 7, 6] as [Float], shape: [3, 4])
    private let labels = Tensor([0, 2, 3] as [Int32])

    @Test(arguments: [(1, 1), (2, 2), (3, 2), (4, 3), (5, 3)] as [(Int, Int)])
    func countsLabelsAmongTheHighest(k: Int, hits: Int) {
        #expect(topKAccuracy(logits, labels, k: k) == Double(hits) / 3)
    }

    @Test func ofTiesTheFirstCounts() {
        #expect(topKAccuracy(Tensor.zeros([2, 3]), Tensor([0, 1] as [Int32])) == 0.5)
    }

    @Test func noSamplesHaveNone() {
        #expect(topKAccuracy(Tensor.zeros([0, 3]), Tensor.zeros([0], .int32)) == 0)
    }
}
