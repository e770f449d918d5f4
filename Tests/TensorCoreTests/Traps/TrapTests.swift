// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

private let traps = tensorTraps + memoryTraps + autogradTraps + elementwiseTraps + networkTraps + shapeTraps

@Suite struct TrapTests {
    @Test(
        "A mistake ends the process with its message, in release builds too", arguments: traps.map(\.message))
    func message(_ message: String) async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            [message] in try await traps.run(message)
        }
        traps.expect(message, in: result)
    }

    /// They are found by them.
    @Test func messagesDiffer() {
        #expect(Set(traps.map(\.message)).count == traps.count)
    }
}
