// SPDX-License-Identifier: Apache-2.0

import TensorCore
import TestSupport
import Testing

/// Where other tests' allocations would disturb, the expectation runs in a process of its own.
@Suite struct MemoryPoolTests {
    @Test func whatATensorHoldsIsCounted() async {
        await #expect(processExitsWith: .success) {
            let before = MemoryPool.shared.statistics.bytesInUse
            do {
                let tensor = withDevice(.cpu) { Tensor.zeros([16 << 20]) }
                withExtendedLifetime(tensor) {
                    #expect(MemoryPool.shared.statistics.bytesInUse - before >= 64 << 20)
                }
            }
            #expect(MemoryPool.shared.statistics.bytesInUse == before)
            #expect(MemoryPool.shared.statistics.peakBytesInUse >= 64 << 20)
            MemoryPool.shared.resetPeak()
            #expect(MemoryPool.shared.statistics.peakBytesInUse == before)
        }
    }

    @Test func memoryIsAligned() {
        for count in [1, 15, 17, 1000, 100_000, 1_000_000] {
            let x = Tensor.zeros([count])
            x.withScalars(Float.self) { #expect(Int(bitPattern: $0.baseAddress!) % 64 == 0) }
        }
    }

    @Test(.disabled(if: Sanitizer.address, "with the address sanitizer, each block is the system's"))
    func aSteadyTrainingStepAsksTheSystemForNothing() async {
        await #expect(processExitsWith: .success) {
            let images = Deterministic.tensor([4, 3, 64, 64], seed: 1)
            let labels = Deterministic.labels([4], seed: 2, below: 5)
            let filters = Parameter(Deterministic.tensor([32, 3, 3, 3], seed: 3, scale: 0.3))
            let deeper = Parameter(Deterministic.tensor([64, 32, 3, 3], seed: 4, scale: 0.1))
            let head = Parameter(Deterministic.tensor([5, 64 * 16 * 16], seed: 5, scale: 0.01))
            func step() {
                for parameter in [filters, deeper, head] { parameter.gradient = nil }
                var x = conv2d(images, weight: filters.tensor, padding: 1, activation: .relu)
                x = maxPool2d(x, kernelSize: 2)
                x = maxPool2d(
                    relu(batchNorm2d(conv2d(x, weight: deeper.tensor, padding: 1)).value), kernelSize: 2)
                crossEntropy(linear(x.flattened(from: 1), weight: head.tensor), labels).backward()
                for parameter in [filters, deeper, head] {
                    parameter.value = parameter.value - 0.01 * parameter.gradient!
                }
            }
            for _ in 0..<3 { step() }
            let (allocations, inUse) = (
                MemoryPool.shared.statistics.systemAllocations, MemoryPool.shared.statistics.bytesInUse
            )
            for _ in 0..<5 { step() }
            #expect(MemoryPool.shared.statistics.systemAllocations == allocations)
            #expect(MemoryPool.shared.statistics.bytesInUse == inUse)
        }
    }

    @Test func manyThreadsTakeAndGiveBack() async {
        await withTaskGroup(of: Bool.self) { group in
            for seed in 0..<8 {
                group.addTask {
                    var kept: [Tensor] = []
                    for index in 0..<500 {
                        let size = 1 + Deterministic.integer(seed: UInt64(seed), index, below: 200_000)
                        kept.append(Tensor.full(Float(index), [size]))
                        if kept.count > 8 { kept.remove(at: index % 8) }
                        guard kept.allSatisfy({ $0[0].item() == $0[-1].item() }) else { return false }
                    }
                    return true
                }
            }
            for await isSound in group { #expect(isSound) }
        }
    }
}
