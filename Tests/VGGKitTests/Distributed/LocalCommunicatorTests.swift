// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing
import VGGKit

/// What every communicator does, with ranks that are threads.
@Suite struct LocalCommunicatorTests {
    private static func gathered(_ value: Int, by communicator: any Communicator) throws -> [Int] {
        try communicator.allGather(value: value)
    }

    @Test(arguments: [1, 2, 5])
    func everyRankGetsTheValuesOfAll(size: Int) throws {
        let results = try LocalCommunicator.run(ranks: size) { communicator in
            #expect(communicator.size == size && communicator.hostSize == size)
            #expect(communicator.hostRank == communicator.rank)
            // Again and again: a fast rank may be one exchange ahead.
            return try (0..<50).map { try Self.gathered(100 * communicator.rank + $0, by: communicator) }
        }
        for result in results {
            #expect(result == (0..<50).map { round in (0..<size).map { 100 * $0 + round } })
        }
    }

    @Test func everyRankGetsItsPieces() throws {
        let results = try LocalCommunicator.run(ranks: 3) { communicator in
            let sent = (0..<6).map { UInt8(10 * communicator.rank + $0) }
            var received = [UInt8](repeating: 0, count: 6)
            try sent.withUnsafeBytes { sent in
                try received.withUnsafeMutableBytes { try communicator.allToAll(sent, into: $0) }
            }
            return received
        }
        #expect(results == [[0, 1, 10, 11, 20, 21], [2, 3, 12, 13, 22, 23], [4, 5, 14, 15, 24, 25]])
    }

    @Test func aRanksBytesGoToAll() throws {
        let results = try LocalCommunicator.run(ranks: 3) { communicator in
            var bytes = [UInt8(communicator.rank), 7]
            try bytes.withUnsafeMutableBytes { try communicator.broadcast($0, from: 2) }
            let counts = try communicator.allGather(Data(repeating: 9, count: communicator.rank)).map(\.count)
            return (Data(bytes), counts)
        }
        for result in results {
            #expect(result.0 == Data([2, 7]) && result.1 == [0, 1, 2])
        }
    }

    @Test func theSecondCommunicatorHasNoOrderWithTheFirst() throws {
        let results = try LocalCommunicator.run(ranks: 2) { communicator in
            let (a, b) = (communicator as any Communicator, try communicator.background())
            // One rank begins with one of them, the other with the other one, on threads of their own.
            let sums = Lock<[String: [Int]]>([:])
            let done = DispatchGroup()
            for (name, copy) in communicator.rank == 0 ? [("a", a), ("b", b)] : [("b", b), ("a", a)] {
                done.enter()
                Thread {
                    let values = try? Self.gathered(communicator.rank + (name == "a" ? 10 : 20), by: copy)
                    sums.withLock { $0[name] = values }
                    done.leave()
                }.start()
            }
            done.wait()
            return sums.withLock { $0 }
        }
        #expect(results == [["a": [10, 11], "b": [20, 21]], ["a": [10, 11], "b": [20, 21]]])
    }

    /// The others do not wait for a rank that has ended.
    @Test func anErrorOnOneRankEndsAll() throws {
        struct Broken: Error {}
        let others = Lock<[CommunicationError]>([])
        #expect(throws: Broken.self) {
            try LocalCommunicator.run(ranks: 3) { communicator in
                if communicator.rank == 1 { throw Broken() }
                do throws(CommunicationError) { try communicator.barrier() } catch {
                    others.withLock { $0.append(error) }
                    throw error
                }
            }
        }
        #expect(others.withLock { $0.count } == 2)
    }
}

@Suite struct RankSumTests {
    private static let numbers = (0..<3).map { rank in
        Deterministic.tensor([1001], seed: UInt64(rank + 1)).floats
    }

    private func sums(_ transport: GradientTransport) throws -> [[UInt32]] {
        try LocalCommunicator.run(ranks: 3) { communicator in
            let sum = RankSum(communicator, transport)
            var numbers = Self.numbers[communicator.rank]
            try numbers.withUnsafeMutableBufferPointer { try sum($0) }
            // The buffers are used again.
            for count in [2, 3, 999] {
                var fewer = Array(Self.numbers[communicator.rank].prefix(count))
                try fewer.withUnsafeMutableBufferPointer { try sum($0) }
                #expect(fewer == Array(numbers.prefix(count)))
            }
            return numbers.map(\.bitPattern)
        }
    }

    @Test func sumsAreInTheOrderOfTheRanks() throws {
        let expected = (0..<1001).map { index in
            (Self.numbers[0][index] + Self.numbers[1][index] + Self.numbers[2][index]).bitPattern
        }
        for result in try sums(.float32) { #expect(result == expected) }
    }

    @Test func halfTheBytesAreTheSameOnEveryRank() throws {
        let results = try sums(.bfloat16)
        #expect(results[1] == results[0] && results[2] == results[0])
        for (index, bits) in results[0].enumerated() {
            let values = Self.numbers.map { BFloat16($0[index]).floatValue }
            #expect(Float(bitPattern: bits) == BFloat16(values[0] + values[1] + values[2]).floatValue)
        }
    }
}
