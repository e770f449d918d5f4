// SPDX-License-Identifier: Apache-2.0

import Drawing
import Testing

@Suite struct ColorTests {
    @Test(
        arguments: [
            (0.0, [1.0, 0, 0]), (60, [1, 1, 0]), (120, [0, 1, 0]), (240, [0, 0, 1]), (-120, [0, 0, 1]),
            (360, [1, 0, 0]),
        ] as [(Double, [Double])])
    func turnsHuesIntoColors(_ hue: Double, _ expected: [Double]) {
        let color = Color(hue: hue, saturation: 1, value: 1)
        #expect([color.red, color.green, color.blue] == expected)
    }

    @Test func keepsComponentsBetweenZeroAndOne() {
        #expect(Color(1.5, -0.5, 0.5, alpha: 2) == Color(1, 0, 0.5, alpha: 1))
    }

    @Test func readsHexadecimalNumbers() {
        #expect(Color(hex: 0xFF0033) == Color(1, 0, 0.2))
    }

    @Test func mixesByShares() {
        #expect(Color.black.mixed(with: .white, 0.25) == Color.grey(0.25))
        #expect(Color(1, 0, 0).darker(0.5) == Color(0.5, 0, 0))
    }
}
