// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing
import VGGKit

@Suite struct StochasticDepthTests {
    private let input = Deterministic.tensor([200, 3, 2, 2], seed: 1) + 2

    @Test func samplesAreSkippedOrScaledWhole() {
        let layer = StochasticDepth(rate: 0.25)
        let output = withPhase(.training) {
            withRandomSource(RandomSource(seed: 5)) { layer(input) }
        }
        let ratios = (output / input).reshaped(to: [200, 12])
        var skipped = 0
        for sample in 0..<200 {
            let values = ratios[sample].floats
            let expected: Float = values[0] == 0 ? 0 : 1 / 0.75
            if values[0] == 0 { skipped += 1 }
            #expect(values.allSatisfy { ($0 - expected).magnitude < 1e-6 })
        }
        // Four standard deviations around 50.
        #expect((25...75).contains(skipped), "\(skipped) samples")
    }

    @Test func theGradientIsThatOfTheProduct() {
        let x = Parameter(input)
        let output = withPhase(.training) {
            withRandomSource(RandomSource(seed: 5)) { StochasticDepth(rate: 0.5)(x.tensor) }
        }
        output.sum().backward()
        let gradient = x.gradient!.floats
        let factors = (output.detached / input).floats
        #expect(zip(gradient, factors).allSatisfy { ($0 - $1).magnitude < 1e-6 })
    }

    @Test func theEndsOfTheRate() {
        withPhase(.training) {
            #expect(StochasticDepth(rate: 0)(input).floats == input.floats)
            #expect(StochasticDepth(rate: 1)(input).floats.allSatisfy { $0 == 0 })
        }
        #expect(withPhase(.inference) { StochasticDepth(rate: 0.9)(input) }.floats == input.floats)
        #expect("\(StochasticDepth(rate: 0.25))" == "StochasticDepth(0.25)")
    }
}
