// SPDX-License-Identifier: Apache-2.0

import TensorCore
import Testing

@Suite struct RandomGeneratorTests {
    /// The known answers that the authors of Philox publish with Random123.
    @Test func knownAnswers() {
        let zero = RandomGenerator.block(seed: 0, stream: 0, counter: 0)
        #expect(zero == SIMD4(0x6627_E8D5, 0xE169_C58D, 0xBC57_AC4C, 0x9B00_DBD8))
        let ones = RandomGenerator.block(seed: .max, stream: .max, counter: .max)
        #expect(ones == SIMD4(0x408F_276D, 0x41C8_3B0E, 0xA20B_C7C6, 0x6D54_51FD))
        let pi = RandomGenerator.block(
            seed: 0x299F_31D0_A409_3822, stream: 0x0370_7344_1319_8A2E, counter: 0x85A3_08D3_243F_6A88)
        #expect(pi == SIMD4(0xD16C_FE09, 0x94FD_CCEB, 0x5001_E420, 0x2412_6EA1))
    }

    @Test(arguments: 0..<9) func aRunIsTakenUpAtAnyPosition(_ position: Int) {
        var whole = RandomGenerator(seed: 5, stream: 6)
        for _ in 0..<position { _ = whole.nextWord() }
        var resumed = RandomGenerator(seed: 5, stream: 6, position: UInt64(position))
        for _ in 0..<10 { #expect(resumed.nextWord() == whole.nextWord()) }
    }

    @Test func forksDependOnTheirKeyAlone() {
        var parent = RandomGenerator(seed: 5)
        let before = parent.forked(3)
        _ = parent.next()
        #expect(parent.forked(3) == before)
        #expect(parent.forked(4) != before)
    }

    @Test func uniformNumbersFillTheirRange() {
        var generator = RandomGenerator(seed: 1)
        var counts = [Int](repeating: 0, count: 10)
        for _ in 0..<100_000 {
            let value = generator.uniform()
            #expect(value >= 0 && value < 1)
            counts[Int(value * 10)] += 1
        }
        #expect(counts.allSatisfy { abs($0 - 10_000) < 500 })
    }

    /// What Swift 6.3's `next(upperBound:)` draws; later versions may draw otherwise.
    @Test func indicesStayTheSame() {
        var generator = RandomGenerator(seed: 7)
        var reference = generator
        for count in [1, 2, 3, 5, 7, 100, 1 << 40, .max] {
            for _ in 0..<50 {
                let index = generator.index(below: count)
                #expect(index == Int(reference.next(upperBound: UInt64(count))) && index < count)
            }
        }
        #expect(generator.position == reference.position)
    }
}
