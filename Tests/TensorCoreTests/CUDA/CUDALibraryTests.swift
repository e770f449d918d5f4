// SPDX-License-Identifier: Apache-2.0

import Foundation
import TensorCore
import TestSupport
import Testing

/// cuBLAS and cuDNN. Those of the tests have engines that round to TF32, and others that must not be chosen.
@Suite(.enabled(if: TestGPU.isFake && TestGPU.hasLibraries)) struct CUDALibraryTests {
    @Test func librariesAreNamed() throws {
        #expect(try TestGPU.device.librariesFound == "cuBLAS 12.9, cuDNN 9.5")
    }

    private func difference(_ a: [Float], _ b: [Float]) -> Float {
        zip(a, b).reduce(0) { $1.1.isNaN ? .infinity : max($0, abs($1.0 - $1.1)) }
    }

    /// A convolution's value and gradients, and a product's.
    private func results(_ activation: Activation) -> (convolution: [[Float]], product: [[Float]]) {
        let (x, w, b) = (
            Parameter(Deterministic.tensor([2, 6, 9, 8], seed: 1)),
            Parameter(Deterministic.tensor([4, 3, 3, 3], seed: 2)),
            Parameter(Deterministic.tensor([4], seed: 3))
        )
        let y = conv2d(
            x.tensor, weight: w.tensor, bias: b.tensor, stride: [2, 1], padding: 1, groups: 2,
            activation: activation)
        y.backward(gradient: Deterministic.tensor(y.shape, seed: 4))
        let product = matmul(
            Deterministic.tensor([3, 20, 30], seed: 5), Deterministic.tensor([3, 30, 10], seed: 6))
        let turned = linear(
            Deterministic.tensor([40, 30], seed: 7), weight: Deterministic.tensor([12, 30], seed: 8),
            bias: Deterministic.tensor([12], seed: 9), activation: activation)
        return (
            [y.floats, x.gradient!.floats, w.gradient!.floats, b.gradient!.floats],
            [product.floats, turned.floats]
        )
    }

    @Test(arguments: [Activation.identity, .relu]) func withoutTF32TheyAreThoseOfTheProcessor(
        activation: Activation
    ) throws {
        let cpu = withDevice(.cpu) { results(activation) }
        let gpu = try withTF32(.off) { withDevice(try TestGPU.device) { results(activation) } }
        for (a, b) in zip(cpu.convolution + cpu.product, gpu.convolution + gpu.product) {
            #expect(difference(a, b) < 1e-5)
        }
    }

    /// TF32 where it is allowed, and nowhere else.
    @Test func tf32IsUsedWhereItIsAllowed() throws {
        let device = try TestGPU.device
        let exact = withDevice(.cpu) { results(.relu) }
        let usual = withTF32(.convolutions) { withDevice(device) { results(.relu) } }
        let all = withTF32(.everywhere) { withDevice(device) { results(.relu) } }
        for index in 0..<3 {
            let rounding = difference(exact.convolution[index], usual.convolution[index])
            #expect(rounding > 1e-5 && rounding < 1e-2)
        }
        for index in exact.product.indices {
            #expect(difference(exact.product[index], usual.product[index]) < 1e-5)
            let rounding = difference(exact.product[index], all.product[index])
            #expect(rounding > 1e-5 && rounding < 1e-2)
        }
    }
}
