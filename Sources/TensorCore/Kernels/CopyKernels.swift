// SPDX-License-Identifier: Apache-2.0

extension Tensor {
    /// The first element of a `float32` tensor, for kernels of the CPU. The tensor must outlive the use.
    var pointer: UnsafePointer<Float> { pointer(to: Float.self) }

    /// For kernels that write to a tensor that no other one shares memory with.
    var mutablePointer: UnsafeMutablePointer<Float> { mutablePointer(to: Float.self) }

    /// The same for elements of any type, which is not checked.
    func pointer<S: Scalar>(to type: S.Type) -> UnsafePointer<S> {
        Fallback.note()
        return storage.bytes.assumingMemoryBound(to: S.self) + offset
    }

    func mutablePointer<S: Scalar>(to type: S.Type) -> UnsafeMutablePointer<S> {
        Fallback.note()
        return storage.mutableBytes.assumingMemoryBound(to: S.self) + offset
    }
}

extension Tensor {
    /// A buffer for the threads of one kernel. Its memory is allocated at once, whether or not all threads
    /// get work, so that equal steps need equal memory.
    init(scratch shape: [Int]) {
        self.init(uninitialized: shape)
        _ = mutablePointer
    }
}

extension Kernels {
    static func copy(_ tensor: Tensor, strides: [Int]) -> Tensor {
        var result = Tensor(uninitialized: tensor.shape, strides: strides, tensor.scalarType)
        fill(&result, from: tensor)
        return result
    }

    /// Copies `source` into `target`. No other tensor may share the storage of `target`; both have the same
    /// shape and type.
    static func fill(_ target: inout Tensor, from source: Tensor) {
        if let gpu { return gpu.fill(target, from: source) }
        switch target.scalarType {
        case .float32: fill(Float.self, &target, from: source)
        case .int32: fill(Int32.self, &target, from: source)
        case .bfloat16: fill(BFloat16.self, &target, from: source)
        case .uint8: fill(UInt8.self, &target, from: source)
        }
    }

    private static func fill<S: Scalar>(_ type: S.Type, _ target: inout Tensor, from source: Tensor) {
        let (out, input) = (target.mutablePointer(to: S.self), source.pointer(to: S.self))
        let loop = StridedLoop(shape: target.shape, strides: [target.strides, source.strides])
        let (outStride, inStride) = (loop.innerStride(0), loop.innerStride(1))
        loop.run { count, offsets in
            let (to, from) = (out + offsets[0], input + offsets[1])
            if outStride == 1 && inStride == 1 {
                to.update(from: from, count: count)
            } else {
                for i in 0..<count { to[i * outStride] = from[i * inStride] }
            }
        }
        withExtendedLifetime((target, source)) {}
    }
}

extension Tensor {
    /// This tensor with the given strides: itself if it has them already, else a copy.
    package func laidOut(as wanted: [Int]) -> Tensor {
        Shape.matches(shape, strides, wanted) ? self : Kernels.copy(self, strides: wanted)
    }

    var rowMajor: Tensor { laidOut(as: Shape.strides(shape)) }

    /// The channels of a pixel side by side.
    var pixelMajor: Tensor { laidOut(as: Shape.strides(shape, order: .channelsLast)) }
}
