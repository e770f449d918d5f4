// SPDX-License-Identifier: Apache-2.0

/// Random tensors, made by all threads at once. An element's numbers depend only on the generator's position
/// and the element's index, so the result is the same as drawing one after the other.
extension Kernels {
    /// Numbers from `lower ..< upper`, drawn in row-major order.
    static func uniform(_ shape: [Int], _ lower: Float, _ upper: Float, _ generator: inout RandomGenerator)
        -> Tensor
    {
        let width = upper - lower
        return draw(
            shape, words: 1, &generator, one: { lower + width * $0.uniform() },
            several: { block, values in
                for lane in 0..<4 { values[lane] = lower + width * RandomGenerator.uniform(block[lane]) }
            })
    }

    /// Numbers from a normal distribution, drawn in row-major order.
    static func normal(_ shape: [Int], _ mean: Float, _ deviation: Float, _ generator: inout RandomGenerator)
        -> Tensor
    {
        draw(
            shape, words: 2, &generator, one: { mean + deviation * $0.normal() },
            several: { block, values in
                values[0] = mean + deviation * RandomGenerator.normal(block[0], block[1])
                values[1] = mean + deviation * RandomGenerator.normal(block[2], block[3])
            })
    }

    /// Dropout: the elements times `scale`, or 0 where the generator's word for the element is below the
    /// threshold. Words are assigned in memory order; the tensor has no gaps.
    static func dropout(_ x: Tensor, below threshold: UInt32, scale: Float, _ generator: RandomGenerator)
        -> Tensor
    {
        if let gpu { return gpu.dropout(x, below: threshold, scale: scale, generator) }
        let result = Tensor(uninitialized: x.shape, strides: x.strides)
        let (from, to) = (x.pointer, result.mutablePointer)
        ThreadPool.shared.split(x.count, grain: 16384) { range in
            loops.dropout(
                range.count, from + range.lowerBound, generator.seed, generator.stream,
                generator.position &+ UInt64(range.lowerBound), threshold, scale, to + range.lowerBound)
        }
        withExtendedLifetime(x) {}
        return result
    }

    /// - Parameters:
    ///   - words: how many words of the generator an element takes.
    ///   - one: makes one element.
    ///   - several: makes the elements that four words give.
    @inline(__always)
    private static func draw(
        _ shape: [Int], words: Int, _ generator: inout RandomGenerator,
        one: (inout RandomGenerator) -> Float,
        several: (_ block: SIMD4<UInt32>, _ values: UnsafeMutablePointer<Float>) -> Void
    ) -> Tensor {
        let (seed, stream, start) = (generator.seed, generator.stream, generator.position)
        func position(_ index: Int) -> UInt64 { start &+ UInt64(index * words) }
        // On the host for every device, so that a seed gives the same numbers on each.
        var result = Tensor(uninitialized: shape)
        result.withMutableScalars(Float.self) { buffer in
            guard let values = buffer.baseAddress else { return }
            ThreadPool.shared.split(buffer.count, grain: 4096) { range in
                var index = range.lowerBound
                while index < range.upperBound {
                    if position(index) & 3 == 0 {
                        var counter = position(index) >> 2
                        while index + 4 / words <= range.upperBound {
                            several(
                                RandomGenerator.block(seed: seed, stream: stream, counter: counter),
                                values + index)
                            counter &+= 1
                            index += 4 / words
                        }
                    }
                    guard index < range.upperBound else { break }
                    var single = RandomGenerator(seed: seed, stream: stream, position: position(index))
                    values[index] = one(&single)
                    index += 1
                }
            }
        }
        generator = RandomGenerator(seed: seed, stream: stream, position: position(result.count))
        return result
    }
}
