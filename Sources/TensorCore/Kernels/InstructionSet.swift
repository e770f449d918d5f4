// SPDX-License-Identifier: Apache-2.0

import CKernels
import Checks
import Foundation
import Synchronization

/// The instruction sets for which the inner loops are compiled.
public enum InstructionSet: String, Sendable, CaseIterable, CustomStringConvertible {
    case baseline, avx2, avx512, neon

    /// As the processor's maker calls it, and as `VGGKIT_ISA` does.
    public var description: String {
        switch self {
        #if arch(x86_64)
            case .baseline: "SSE2 (baseline)"
        #else
            case .baseline: "baseline"
        #endif
        case .avx2: "AVX2 (avx2)"
        case .avx512: "AVX-512 (avx512)"
        case .neon: "NEON (neon)"
        }
    }

    var identifier: Int32 {
        switch self {
        case .baseline: Int32(CK_BASELINE)
        case .avx2: Int32(CK_AVX2)
        case .avx512: Int32(CK_AVX512)
        case .neon: Int32(CK_NEON)
        }
    }

    /// The sets this processor can run, the slowest first.
    public static let available: [InstructionSet] = allCases.filter { ck_kernels_for($0.identifier) != nil }
}

/// The back end: everything that reads or writes a tensor's memory. It works on plain values and knows no
/// gradients.
package enum Kernels {
    /// The set in use: the fastest available, or the one that the environment variable `VGGKIT_ISA` names.
    package static var instructionSet: InstructionSet {
        get { InstructionSet.allCases[selected.load(ordering: .relaxed)] }
        set {
            check(
                InstructionSet.available.contains(newValue),
                "\(newValue.rawValue) is not available here; there are \(InstructionSet.available.map(\.rawValue))"
            )
            selected.store(InstructionSet.allCases.firstIndex(of: newValue)!, ordering: .relaxed)
        }
    }

    static var loops: ck_kernels { tables[selected.load(ordering: .relaxed)].pointee }

    private static let selected = Atomic<Int>(InstructionSet.allCases.firstIndex(of: atStart)!)

    private static var atStart: InstructionSet {
        guard let name = ProcessInfo.processInfo.environment["VGGKIT_ISA"] else {
            return InstructionSet.available.last!
        }
        guard let set = InstructionSet(rawValue: name), InstructionSet.available.contains(set) else {
            fail(
                "VGGKIT_ISA is \(name), but this processor offers \(InstructionSet.available.map(\.rawValue).joined(separator: ", "))"
            )
        }
        return set
    }

    // Constant tables in the binary. The table of an instruction set that is missing here is never selected.
    nonisolated(unsafe) private static let tables: [UnsafePointer<ck_kernels>] = InstructionSet.allCases.map {
        ck_kernels_for($0.identifier) ?? ck_kernels_for(InstructionSet.available[0].identifier)
    }
}
