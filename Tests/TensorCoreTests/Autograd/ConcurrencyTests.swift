// SPDX-License-Identifier: Apache-2.0

import Dispatch
import TensorCore
import TestSupport
import Testing

/// Tasks that compute at once: the same bits as one after the other.
@Suite struct ConcurrencyTests {
    private static func loss(_ images: Tensor, _ weight: Tensor) -> Tensor {
        maxPool2d(conv2d(images, weight: weight, padding: 1, activation: .relu), kernelSize: 2).mean()
    }

    @Test func forwardAndBackwardPassesOfTasksDoNotMeet() async {
        let images = (0..<8).map { Deterministic.tensor([2, 3, 12, 12], seed: UInt64($0), scale: 1) }
        let weight = Deterministic.tensor([8, 3, 3, 3], seed: 99, scale: 1)
        func gradient(_ images: Tensor) -> [Float] {
            valueWithGradients(at: [weight]) { Self.loss(images, $0[0]) }.gradients[0].floats
        }
        let alone = images.map(gradient)
        let together = await withTaskGroup(of: (Int, [Float]).self) { group in
            for (index, images) in images.enumerated() { group.addTask { (index, gradient(images)) } }
            return await group.reduce(into: [[Float]](repeating: [], count: 8)) { $0[$1.0] = $1.1 }
        }
        #expect(together == alone)
    }

    /// Each pass has a graph of its own, and all of them end at one parameter.
    @Test func aSharedParameterAddsUpWhatAllTasksPullBack() async {
        let shared = Parameter(Tensor([Float](repeating: 0.5, count: 100)))
        await withTaskGroup(of: Void.self) { group in
            for task in 0..<8 {
                group.addTask {
                    for _ in 0..<10 { (shared.tensor * Float(task)).sum().backward() }
                }
            }
        }
        #expect(shared.gradient!.floats.allSatisfy { $0 == 280 })
    }

    #if compiler(>=6.2)
        @Test func passesThroughOneGraphAtOnceTrap() async {
            await #expect(processExitsWith: .failure) {
                let value = Parameter(Tensor(2 as Float)).tensor * 2
                DispatchQueue.concurrentPerform(iterations: 8) { _ in value.backward() }
            }
        }
    #endif
}
