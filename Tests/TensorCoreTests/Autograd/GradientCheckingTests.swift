// SPDX-License-Identifier: Apache-2.0

import TensorCore
import TestSupport
import Testing

@Suite struct GradientCheckingTests {
    private func cube(_ input: Tensor, factor: Float) -> Tensor {
        differentiable(input) { x in (x * x * x, { $0 * x * x * factor }) }
    }

    @Test func aRightPullbackPasses() {
        let x = Deterministic.tensor([3, 4], seed: 3)
        #expect(checkGradients(at: [x]) { cube($0[0], factor: 3) }.worstError < 1e-3)
    }

    @Test func aWrongPullbackIsNamed() {
        let x = Deterministic.tensor([3, 4], seed: 3)
        let check = checkGradients(at: [x]) { cube($0[0], factor: 2) }
        #expect(check.worstError > 0.1)
        #expect(check.description.contains("input 0, element"))
    }

    @Test func aPullbackThatReturnsNotANumberIsFound() {
        let x = Deterministic.tensor([2], seed: 4)
        let check = checkGradients(at: [x]) { inputs in
            differentiable(inputs[0]) { x in (x * 1, { $0 * Float.nan }) }
        }
        #expect(!(check.worstError < 1))
    }

    @Test func aUsersOwnOperationOfTwoInputsComputesWhatIsNeeded() {
        func product(_ a: Tensor, _ b: Tensor) -> Tensor {
            differentiable([a, b]) { inputs, needed in
                let (x, y) = (inputs[0], inputs[1])
                return (x * y, { [needed[0] ? $0 * y : nil, needed[1] ? $0 * x : nil] })
            }
        }
        let (a, b) = (Deterministic.tensor([4], seed: 5), Deterministic.tensor([4], seed: 6))
        #expect(checkGradients(at: [a, b]) { product($0[0], $0[1]) }.worstError < 1e-3)
        let (value, gradients) = valueWithGradients(at: [a, b]) { product($0[0], $0[1]).sum() }
        expectClose(value, [zip(a.floats, b.floats).reduce(0) { $0 + $1.0 * $1.1 }])
        expectClose(gradients[0], b.floats)
        expectClose(gradients[1], a.floats)
    }
}
