// SPDX-License-Identifier: Apache-2.0

import Testing
import VGGKit

@Suite struct DecimalsTests {
    @Test func numbersThatAreNoneHaveNoSign() {
        #expect(Decimals.fixed(-.nan, 3) == "nan")
        #expect(Decimals.percent(-.nan) == "nan %")
        #expect(Decimals.short(-.nan) == "nan")
        #expect(Decimals.fixed(-.infinity, 1) == "-inf")
    }

    @Test func percentHasOneFormEverywhere() {
        #expect(Decimals.percent(0.2333) == "23.3 %")
        #expect(Decimals.percent(1) == "100.0 %")
        var confusion = ConfusionMatrix(classes: ["a", "b"])
        confusion.add(label: 0, prediction: 0)
        #expect(confusion.description.contains("100.0 %") && !confusion.description.contains("0%"))
    }

    @Test(arguments: [0.002, 0.1, 1e-7, 3, 0.0015, 1e30, 0])
    func aFloatIsTheDecimalThatWasMeant(value: Double) {
        #expect(Decimals.shortest(Float(value)) == value)
    }

    @Test func fewDigits() {
        #expect(Decimals.short(0.0020000000949949026) == "0.002")
        #expect(Decimals.short(0.000012345, 2) == "1.2e-05")
    }
}
