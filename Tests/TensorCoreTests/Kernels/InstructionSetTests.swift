// SPDX-License-Identifier: Apache-2.0

import Foundation
import TensorCore
import Testing

@Suite struct InstructionSetTests {
    @Test func theEnvironmentChoosesAmongWhatIsAvailable() {
        #expect(!InstructionSet.available.isEmpty)
        let wanted = ProcessInfo.processInfo.environment["VGGKIT_ISA"].flatMap(InstructionSet.init)
        #expect(Kernels.instructionSet == wanted ?? InstructionSet.available.last!)
    }
}
