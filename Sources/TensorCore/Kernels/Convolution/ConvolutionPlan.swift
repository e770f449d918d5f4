// SPDX-License-Identifier: Apache-2.0

import Checks

/// The algorithm for one pass of a convolution, and why it was chosen.
///
/// The input gradient of a convolution with stride 1 is itself a convolution, of the output's gradient with turned
/// filters (`ConvolutionGeometry.flipped`), and is planned as the forward pass of that one.
package struct ConvolutionPlan: Sendable, Equatable, CustomStringConvertible {
    package enum Algorithm: String, Sendable, CaseIterable {
        /// 3×3 filters, stride 1: `Winograd`
        case winograd
        /// 1×1 filters: `Pointwise`
        case pointwise
        /// Images with few channels, as the first layer has: `FewChannels`
        case fewChannels
        /// Anything: `Im2col`
        case im2col
    }

    package enum Pass: Sendable, CaseIterable {
        case forward, inputGradient, filterGradient
    }

    package let algorithm: Algorithm
    package let reason: String

    /// Takes the place of the choice, for tests and measurements. It must be able to do what it is asked for.
    @TaskLocal package static var forced: Algorithm?

    package init(_ geometry: ConvolutionGeometry, _ pass: Pass) {
        if let forced = Self.forced {
            check(
                Self.supports(forced, geometry, pass),
                "ConvolutionPlan: \(forced) cannot do \(pass) of \(geometry)")
            (algorithm, reason) = (forced, "asked for")
        } else {
            (algorithm, reason) = Self.choice(geometry, pass)
        }
    }

    package var description: String { "\(algorithm): \(reason)" }

    package static func supports(_ algorithm: Algorithm, _ geometry: ConvolutionGeometry, _ pass: Pass)
        -> Bool
    {
        if pass == .inputGradient {
            return geometry.flipped.map { supports(algorithm, $0, .forward) } ?? (algorithm == .im2col)
        }
        return switch algorithm {
        case .winograd:
            geometry.kernel == 3 && geometry.stride == 1 && geometry.dilation == 1 && geometry.groups == 1
        case .pointwise: geometry.isPointwise
        case .fewChannels: geometry.groups == 1
        case .im2col: true
        }
    }

    private static func choice(_ geometry: ConvolutionGeometry, _ pass: Pass) -> (Algorithm, String) {
        if pass == .inputGradient {
            return geometry.flipped.map { choice($0, .forward) } ?? (.im2col, "not itself a convolution")
        }
        if supports(.pointwise, geometry, pass) { return (.pointwise, "1×1 filters: one matrix product") }
        if supports(.winograd, geometry, pass) {
            let saving = WinogradTiles(geometry).saving
            if saving > 1 {
                let tenths = Int((saving * 10).rounded())
                return (.winograd, "3×3 filters, stride 1: \(tenths / 10).\(tenths % 10) times less work")
            }
        }
        // What is gathered has its padding in memory, which with long strides can be much more than the output.
        if supports(.fewChannels, geometry, pass), geometry.inChannels <= 8,
            geometry.padding.width <= geometry.input.width + geometry.kernel.width
        {
            return (
                .fewChannels,
                "\(geometry.inChannels) input channels: short patches, gathered as they are needed"
            )
        }
        return (.im2col, "filters \(geometry.kernel), stride \(geometry.stride), groups \(geometry.groups)")
    }
}
