// SPDX-License-Identifier: Apache-2.0

/// Random tensors made by all threads at once: an element's numbers depend on where the generator stands and on the
/// element's index alone, so the result is the one that drawing one after the other gives.
extension Kernels {
    /// Numbers from `lower ..< upper`, drawn in row-major order.
    static func uniform(_ shape: [Int], _ lower: Float, _ upper: Float, _ generator: inout RandomGenerator)
        -> Tensor
    {
        draw(shape, words: 1, &generator) { lower + (upper - lower) * $0.uniform() }
    }

    /// Numbers from a normal distribution, drawn in row-major order.
    static func normal(_ shape: [Int], _ mean: Float, _ deviation: Float, _ generator: inout RandomGenerator)
        -> Tensor
    {
        draw(shape, words: 2, &generator) { mean + deviation * $0.normal() }
    }

    /// - Parameter words: how many words of the generator `element` takes.
    private static func draw(
        _ shape: [Int], words: UInt64, _ generator: inout RandomGenerator,
        _ element: (inout RandomGenerator) -> Float
    ) -> Tensor {
        let start = generator
        func at(_ index: Int) -> RandomGenerator {
            RandomGenerator(
                seed: start.seed, stream: start.stream, position: start.position &+ UInt64(index) &* words)
        }
        let result = Tensor(uninitialized: shape)
        let values = result.mutablePointer
        ThreadPool.shared.split(result.count, grain: 4096) { range in
            var own = at(range.lowerBound)
            for index in range { values[index] = element(&own) }
        }
        generator = at(result.count)
        return result
    }
}
