// SPDX-License-Identifier: Apache-2.0

import TensorCore
import Testing

@Suite struct TensorPrintingTests {
    @Test func rowsAreAligned() {
        let x = Tensor([1, -2.5, 10, 0.25] as [Float], shape: [2, 2])
        #expect("\(x)" == "[[ 1.00, -2.50],\n [10.00,  0.25]]")
        #expect("\(Tensor.arange(3))" == "[0., 1., 2.]")
        #expect("\(Tensor([7, -12] as [Int32]))" == "[  7, -12]")
        #expect("\(Tensor(2 as Float))" == "2.")
    }

    @Test func longAxesAreShortened() {
        let text = "\(Tensor.arange(2000, .int32))"
        #expect(text == "[   0,    1,    2, ..., 1997, 1998, 1999]")
        #expect("\(Tensor.zeros([100, 100]))".split(separator: "\n").count == 7)
    }

    @Test func emptyAndNonFiniteTensorsPrint() {
        #expect("\(Tensor.zeros([0, 3]))".contains("shape: [0, 3]"))
        #expect("\(Tensor([.nan, 1, .infinity] as [Float]))" == "[nan,  1., inf]")
    }
}
