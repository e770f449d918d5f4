// SPDX-License-Identifier: Apache-2.0

import CImages

/// One axis of a resampling: the source interval, the new length, and which of the new pixels are wanted, in
/// which direction.
struct ResampledAxis: Sendable {
    /// The source interval that becomes the new pixels, in old pixels.
    let start, length: Double
    /// The number of old pixels.
    let limit: Int
    /// The number of new pixels before cropping.
    let target: Int
    private var wanted: Range<Int>
    private var isReversed = false

    init(from start: Double, _ length: Double, limit: Int, to target: Int) {
        (self.start, self.length, self.limit, self.target) = (start, length, limit, target)
        wanted = 0..<target
    }

    var count: Int { wanted.count }

    /// Whether the new pixels equal the old ones.
    var isIdentity: Bool {
        start == 0 && length == Double(target) && limit == target && wanted.count == target && !isReversed
    }

    mutating func reverse() { isReversed.toggle() }

    mutating func crop(to part: Range<Int>) {
        let first = isReversed ? wanted.upperBound - part.upperBound : wanted.lowerBound + part.lowerBound
        wanted = first..<first + part.count
    }

    /// The index among all new pixels of the wanted pixel at a position.
    func index(at position: Int) -> Int {
        isReversed ? wanted.upperBound - 1 - position : wanted.lowerBound + position
    }

    /// The old pixels nearest to the middles of new ones. Added up as Pillow does, whose rounding decides
    /// between two that are equally near.
    var nearest: [Int] {
        let step = length / Double(target)
        var middle = start + step / 2
        let all = (0..<target).map { _ in
            defer { middle += step }
            return min(Int(middle), limit - 1)
        }
        return isReversed ? all[wanted].reversed() : Array(all[wanted])
    }
}

/// The weights of one axis in fixed point, computed in Pillow's steps, so that results are Pillow's.
struct AxisWeights: Sendable {
    private var starts: [Int32] = []
    private var lengths: [Int32] = []
    private var weights: [Int32] = []
    private var support = 0
    private var values: [Double] = []

    /// Replaces the weights, in the same memory.
    mutating func set(_ axis: ResampledAxis, _ interpolation: Interpolation) {
        let scale = axis.length / Double(axis.target)
        let filterScale = max(scale, 1)
        let reach = interpolation.support * filterScale
        support = Int(reach.rounded(.up)) * 2 + 1
        starts.setCount(axis.count, 0)
        lengths.setCount(axis.count, 0)
        weights.setCount(axis.count * support, 0)
        values.setCount(support, 0)
        for position in 0..<axis.count {
            let center = axis.start + (Double(axis.index(at: position)) + 0.5) * scale
            let first = min(max(0, Int(center - reach + 0.5)), axis.limit - 1)
            let last = max(first + 1, min(axis.limit, Int(center + reach + 0.5)))
            var total = 0.0
            for source in first..<last {
                let weight = interpolation.weight((Double(source) - center + 0.5) * (1 / filterScale))
                values[source - first] = weight
                total += weight
            }
            starts[position] = Int32(first)
            lengths[position] = Int32(last - first)
            for offset in 0..<(last - first) {
                let share = total == 0 ? values[offset] : values[offset] / total
                weights[position * support + offset] = Int32(
                    (share * 4_194_304).rounded(.toNearestOrAwayFromZero))
            }
        }
    }

    /// The range of inputs that are used.
    var span: Range<Int> {
        let last = starts.count - 1
        let end = max(starts[0] + lengths[0], starts[last] + lengths[last])
        return Int(min(starts[0], starts[last]))..<Int(end)
    }

    /// Makes the inputs' indices count from a later input on.
    mutating func move(by distance: Int) {
        for index in starts.indices { starts[index] -= Int32(distance) }
    }

    func withAxis(_ body: (ci_axis) -> Void) {
        starts.withUnsafeBufferPointer { starts in
            lengths.withUnsafeBufferPointer { lengths in
                weights.withUnsafeBufferPointer { weights in
                    body(
                        ci_axis(
                            count: starts.count, starts: starts.baseAddress, lengths: lengths.baseAddress,
                            weights: weights.baseAddress, support: support))
                }
            }
        }
    }
}
