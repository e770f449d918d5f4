// SPDX-License-Identifier: Apache-2.0

import CKernels

/// An activation that an operation applies to its result while that is still in the cache.
public enum Activation: String, Sendable {
    case identity, relu, relu6, hardswish, silu

    /// Whether its gradient is computed from its output alone, which an operation then keeps in place of the
    /// activation's input.
    var hasGradientFromOutput: Bool { self == .identity || self == .relu }

    /// As the loops in C know it.
    var code: ck_activation {
        switch self {
        case .identity: CK_IDENTITY
        case .relu: CK_RELU
        case .relu6: CK_RELU6
        case .hardswish: CK_HARDSWISH
        case .silu: CK_SILU
        }
    }
}
