// SPDX-License-Identifier: Apache-2.0

import TensorCore
import TestSupport
import Testing
import VGGKit

@Suite struct GradientReductionTests {
    private static let counts = [10, 300, 7, 1, 40, 90]
    private static let ranks = 3
    /// Of a step's samples, a rank has so many.
    private static func share(_ rank: Int) -> Float { Float(rank + 1) }

    private static func gradient(_ rank: Int, _ parameter: Int, _ step: Int) -> Tensor? {
        // Of one parameter a rank has no gradient, of another one nobody has.
        if parameter == 4 || (parameter == 2 && rank == 1) { return nil }
        return Deterministic.tensor([counts[parameter]], seed: UInt64(100 * step + 10 * parameter + rank))
    }

    /// With 400 bytes the parameters need five buckets, of which one is larger.
    @Test(arguments: [4, 400, 25 << 20], [GradientTransport.float32, .bfloat16])
    func gradientsAreMeansOverAllSamples(bucketSize: Int, transport: GradientTransport) throws {
        let steps = 3
        let found = try LocalCommunicator.run(ranks: Self.ranks) { communicator in
            let parameters = Self.counts.map { Parameter(Tensor.zeros([$0])) }
            let reduction = GradientReduction(communicator, transport, bucketSize: bucketSize)
            reduction.setParameters(parameters)
            return try (0..<steps).map { step in
                reduction.begin(scale: Self.share(communicator.rank))
                var order = RandomGenerator(seed: UInt64(communicator.rank + step))
                // Gradients are complete in another order on each rank, and the last are not told of.
                for index in Array(parameters.indices).permuted(using: &order) {
                    parameters[index].gradient = Self.gradient(communicator.rank, index, step)
                    if index > 0 { reduction.add(parameters[index]) }
                }
                try reduction.finish(dividingBy: 6)
                return parameters.map { $0.gradient?.floats }
            }
        }
        for step in 0..<steps {
            for index in Self.counts.indices {
                let gradients = (0..<Self.ranks).map { Self.gradient($0, index, step) }
                let expected: [Float]? =
                    index == 4
                    ? nil
                    : (0..<Self.counts[index]).map { place in
                        (0..<Self.ranks).reduce(Float(0)) { sum, rank in
                            sum + Self.share(rank) * (gradients[rank]?.floats[place] ?? 0)
                        } / 6
                    }
                for rank in 0..<Self.ranks {
                    #expect(found[rank][step][index] == found[0][step][index])
                    let values = found[rank][step][index]
                    #expect((values == nil) == (expected == nil))
                    let tolerance: Float = transport == .float32 ? 1e-6 : 2e-2
                    for (a, b) in zip(values ?? [], expected ?? []) { #expect((a - b).magnitude < tolerance) }
                }
            }
        }
    }
}
