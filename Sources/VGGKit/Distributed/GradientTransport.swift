// SPDX-License-Identifier: Apache-2.0

/// The numbers in which ranks send each other gradients.
public enum GradientTransport: String, Sendable, CaseIterable {
    /// As they are computed.
    case float32
    /// Rounded to `bfloat16`: half the bytes. Sums are computed in `float32`, and rounded again.
    case bfloat16 = "bf16"
}
