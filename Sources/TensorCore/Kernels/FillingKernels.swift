// SPDX-License-Identifier: Apache-2.0

extension Kernels {
    /// A tensor whose elements all have the value; in an integer tensor, the nearest integer of its range.
    static func full(_ value: Double, _ shape: [Int], _ type: ScalarType) -> Tensor {
        if let gpu { return gpu.full(value, shape, type) }
        var tensor = Tensor(uninitialized: shape, type)
        switch type {
        case .float32: tensor.withMutableScalars { $0.update(repeating: Float(value)) }
        case .int32: tensor.withMutableScalars { $0.update(repeating: Int32(converting: value)) }
        case .bfloat16: tensor.withMutableScalars { $0.update(repeating: BFloat16(converting: value)) }
        case .uint8: tensor.withMutableScalars { $0.update(repeating: UInt8(converting: value)) }
        }
        return tensor
    }

    static func zeros(_ shape: [Int]) -> Tensor { full(0, shape, .float32) }

    /// Zeros with the shape, type and memory order of another tensor.
    static func zeros(like other: Tensor) -> Tensor {
        let tensor = Tensor(
            uninitialized: other.shape, other.scalarType,
            order: other.isChannelsLast ? .channelsLast : .contiguous)
        clear(tensor)
        return tensor
    }

    /// Sets every byte of a new tensor to 0, by all threads: the first write to fresh memory is slow.
    static func clear(_ tensor: Tensor) {
        if let gpu { return gpu.clear(tensor) }
        let start = tensor.storage.mutableBytes
        ThreadPool.shared.split(tensor.byteCount, grain: 1 << 18) { range in
            (start + range.lowerBound).initializeMemory(as: UInt8.self, repeating: 0, count: range.count)
        }
        withExtendedLifetime(tensor) {}
    }
}
