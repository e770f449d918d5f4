// SPDX-License-Identifier: Apache-2.0

import Checks

/// The algorithm for one pass of a convolution: the cheapest of those that can do it.
package struct ConvolutionPlan: Sendable, Equatable, CustomStringConvertible {
    /// Of equally cheap algorithms the first is taken.
    package enum Algorithm: String, Sendable, CaseIterable {
        case cuda, depthwise, pointwise, winograd, fewChannels, im2col

        var implementation: any ConvolutionAlgorithm.Type {
            switch self {
            case .cuda: CUDAConvolution.self
            case .depthwise: Depthwise.self
            case .pointwise: Pointwise.self
            case .winograd: Winograd.self
            case .fewChannels: FewChannels.self
            case .im2col: Im2col.self
            }
        }
    }

    package enum Pass: Sendable, CaseIterable {
        case forward, inputGradient, filterGradient

        /// The convolution that the pass computes, or for the filter gradient, the one whose filters it is
        /// of. Nil for an input gradient that is not itself a convolution.
        func convolution(of geometry: ConvolutionGeometry) -> ConvolutionGeometry? {
            self == .inputGradient ? geometry.flipped : geometry
        }
    }

    package let algorithm: Algorithm
    private let geometry: ConvolutionGeometry?

    /// Overrides the choice, for tests and measurements. The algorithm must support the convolution.
    @TaskLocal package static var forced: Algorithm?

    package init(_ geometry: ConvolutionGeometry, _ pass: Pass) {
        self.geometry = pass.convolution(of: geometry)
        // Algorithms of the processor can do nothing on a GPU, and there the GPU's does everything.
        guard Device.current == .cpu else {
            algorithm = .cuda
            return
        }
        guard let convolution = self.geometry else {
            let isDepthwise = Self.forced.map { $0 == .depthwise } ?? true
            algorithm = isDepthwise && Depthwise.supports(geometry) ? .depthwise : .im2col
            return
        }
        if let forced = Self.forced {
            check(
                Self.supports(forced, geometry, pass),
                "ConvolutionPlan: \(forced) cannot do \(pass) of \(geometry)")
            algorithm = forced
        } else {
            algorithm = Self.cheapest(convolution)
        }
    }

    package var description: String {
        "\(algorithm): \(geometry.map(algorithm.implementation.reason) ?? "not itself a convolution")"
    }

    package static func supports(_ algorithm: Algorithm, _ geometry: ConvolutionGeometry, _ pass: Pass)
        -> Bool
    {
        pass.convolution(of: geometry).map(algorithm.implementation.supports)
            ?? (algorithm == .im2col || algorithm == .depthwise && Depthwise.supports(geometry))
    }

    private static func cheapest(_ geometry: ConvolutionGeometry) -> Algorithm {
        Algorithm.allCases.filter { $0.implementation.supports(geometry) }
            .map { (algorithm: $0, cost: $0.implementation.cost(geometry)) }
            .min { $0.cost < $1.cost }!.algorithm
    }
}
