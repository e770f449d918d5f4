// SPDX-License-Identifier: Apache-2.0

import Drawing
import Foundation
import Testing

@Suite struct GeometryTests {
    private func isClose(_ a: Point, _ b: Point) -> Bool { (a - b).length < 1e-12 }

    @Test func turnsFromRightToDown() {
        #expect(isClose(Point(angle: .pi / 2, length: 3), Point(0, 3)))
        #expect(isClose(Transform.rotation(.pi / 2).apply(Point(2, 0)), Point(0, 2)))
    }

    @Test func carriesOutTheLastStepFirst() {
        let transform = Transform.translation(Point(10, 20)).rotated(.pi / 2).scaled(2, 3)
        #expect(isClose(transform.apply(Point(1, 1)), Point(7, 22)))
    }

    @Test func goesPartOfTheWay() {
        #expect(Point(0, 4).toward(Point(8, 0), 0.25) == Point(2, 3))
    }
}
