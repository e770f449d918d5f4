// SPDX-License-Identifier: Apache-2.0

import TensorCore
import Testing

@Suite struct ShapeTests {
    @Test(
        arguments: [
            ([2, 3], [3], [2, 3]), ([2, 1], [1, 3], [2, 3]), ([], [4], [4]),
            ([5, 1, 2], [3, 1], [5, 3, 2]),
            ([0], [1], [0]), ([2, 3], [2], nil), ([3], [4], nil),
        ] as [([Int], [Int], [Int]?)])
    func broadcastingFollowsNumPy(_ a: [Int], _ b: [Int], _ wanted: [Int]?) {
        #expect(Shape.broadcast(a, b) == wanted)
        #expect(Shape.broadcast(b, a) == wanted)
    }

    @Test func stridesOfBothOrders() {
        #expect(Shape.strides([2, 3, 4]) == [12, 4, 1])
        #expect(Shape.strides([2, 3, 4, 5], order: .channelsLast) == [60, 1, 15, 3])
        #expect(Shape.strides([]) == [])
    }

    @Test func densityAllowsAnyOrderButNoGaps() {
        #expect(Shape.isDense([2, 3, 4], [12, 4, 1]))
        #expect(Shape.isDense([2, 3, 4], [1, 8, 2]))
        #expect(!Shape.isDense([2, 3, 4], [24, 8, 2]))
        #expect(!Shape.isDense([2, 3], [0, 1]))
        #expect(Shape.isDense([1, 3], [99, 1]))
        #expect(Shape.isDense([2, 0, 3], [0, 3, 1]))
    }

    @Test func negativeAxesCountFromTheEnd() {
        #expect(Shape.axis(-1, rank: 4, "test") == 3)
        #expect(Shape.axes([0, -2], rank: 3, "test") == [0, 1])
    }
}
