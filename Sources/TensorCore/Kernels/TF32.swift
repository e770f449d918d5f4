// SPDX-License-Identifier: Apache-2.0

import Checks
import Foundation

/// Where a GPU may round the factors of products to TF32: ten bits of fraction in place of 23, for several
/// times the speed. Sums stay in `float32`. cuBLAS and cuDNN do it; our own kernels compute in `float32`.
public enum TF32: String, Sendable, CaseIterable {
    case off
    /// In convolutions, as PyTorch's default.
    case convolutions
    /// In matrix products too.
    case everywhere

    /// The setting of this task; child tasks inherit it. Without `withTF32` it is that of the environment
    /// variable `VGGKIT_TF32`, or `convolutions`.
    @TaskLocal public static var current = TF32.initial

    private static let initial: TF32 = {
        guard let name = ProcessInfo.processInfo.environment["VGGKIT_TF32"], !name.isEmpty else {
            return .convolutions
        }
        guard let use = TF32(rawValue: name) else {
            fail("VGGKIT_TF32 is \(name); there are \(allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return use
    }()
}

/// Runs `body` with TF32 allowed in the given operations of a GPU.
public func withTF32<R>(_ use: TF32, _ body: () throws -> R) rethrows -> R {
    try TF32.$current.withValue(use) { try body() }
}

/// The same for an asynchronous body.
@_disfavoredOverload
public func withTF32<R>(
    _ use: TF32, isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> R
) async rethrows -> R {
    try await TF32.$current.withValue(use, operation: body, isolation: isolation)
}
