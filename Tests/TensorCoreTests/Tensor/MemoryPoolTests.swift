// SPDX-License-Identifier: Apache-2.0

import TensorCore
import TestSupport
import Testing

/// Other tests allocate at the same time: what is expected here holds whatever they do.
@Suite struct MemoryPoolTests {
    @Test func whatATensorHoldsIsCounted() {
        let before = MemoryPool.shared.statistics.bytesInUse
        withExtendedLifetime(Tensor.zeros([64 << 20])) {
            let statistics = MemoryPool.shared.statistics
            #expect(statistics.peakBytesInUse >= 256 << 20)
            #expect(statistics.bytesInUse >= 256 << 20)
            #expect(before >= 0)
        }
    }

    @Test func memoryIsAligned() {
        for count in [1, 15, 17, 1000, 100_000, 1_000_000] {
            let x = Tensor.zeros([count])
            x.withScalars(Float.self) { #expect(Int(bitPattern: $0.baseAddress!) % 64 == 0) }
        }
    }
}
