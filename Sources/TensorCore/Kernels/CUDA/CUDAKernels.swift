// SPDX-License-Identifier: Apache-2.0

import CCUDA
import Checks

/// The kernels of a GPU: each entry of `Kernels`, with the same values. The kernels themselves are CUDA C, in
/// `CCUDA/kernels`; what follows here checks nothing but lengths, and queues them.
struct CUDAKernels {
    let context: CUDAContext

    /// Threads of a block, of kernels whose threads do not know of each other.
    private static let blockLength = 256

    /// Queues a kernel with a thread for each of `count` elements; the count is its first argument.
    func forEach(
        _ kernel: CUDAKernel, _ count: Int, _ others: (inout CUDAArguments) -> Void
    ) {
        let count = number(count)
        context.launch(kernel, grid: Self.blocks(count), block: CUDAExtent(x: Self.blockLength)) {
            $0.add(count)
            others(&$0)
        }
    }

    /// The same with a loop as the first argument, and the count as the second one.
    /// - Parameter count: the number of threads, if it is not that of the loop
    func forEach(
        _ kernel: CUDAKernel, _ loop: StridedLoop, count: Int? = nil,
        _ others: (inout CUDAArguments) -> Void
    ) {
        let count = number(count ?? loop.shape.reduce(1, *))
        context.launch(kernel, grid: Self.blocks(count), block: CUDAExtent(x: Self.blockLength)) {
            $0.add(arguments(loop))
            $0.add(count)
            others(&$0)
        }
    }

    private static func blocks(_ count: UInt32) -> CUDAExtent {
        CUDAExtent(x: (Int(count) + blockLength - 1) / blockLength)
    }

    /// A number of elements, as kernels take it.
    func number(_ count: Int) -> UInt32 {
        // The last thread's number, too, has 32 bits.
        check(
            count <= Int(UInt32.max) - Self.blockLength,
            "\(context.name): a tensor of \(count) elements is too large for its kernels, which count to 2³²")
        return UInt32(count)
    }

    /// The axes of a loop, as kernels take them.
    func arguments(_ loop: StridedLoop) -> cc_loop {
        let rank = loop.shape.count
        check(
            rank <= Int(CC_MAX_AXES) && loop.strides.count <= Int(CC_MAX_OPERANDS),
            "\(context.name): tensors whose memory has more than \(CC_MAX_AXES) axes are not supported; contiguous() has fewer"
        )
        var result = cc_loop()
        result.rank = UInt32(rank)
        for axis in 0..<rank {
            func stride(_ operand: Int) -> Int64 {
                operand < loop.strides.count ? Int64(loop.strides[operand][axis]) : 0
            }
            cc_set_axis(
                &result, UInt32(axis), number(loop.shape[axis]), stride(0), stride(1), stride(2), stride(3))
        }
        return result
    }

    /// Memory for numbers that only kernels see.
    func scratch(_ count: Int, _ bytesEach: Int) -> Storage { Storage(byteCount: count * bytesEach) }
}

extension CUDAArguments {
    mutating func add(_ tensor: Tensor, _ access: Storage.Access) {
        let start = tensor.storage.address(on: context, access)
        add(
            start + UInt64(bitPattern: Int64(tensor.offset * tensor.scalarType.byteCount)),
            keeping: tensor.storage)
    }

    mutating func add(reading tensor: Tensor) { add(tensor, .reading) }
    mutating func add(filling tensor: Tensor) { add(tensor, .filling) }
    mutating func add(updating tensor: Tensor) { add(tensor, .updating) }

    mutating func add(reading tensor: Tensor?) {
        if let tensor { add(reading: tensor) } else { addNull() }
    }

    mutating func add(_ storage: Storage, _ access: Storage.Access) {
        add(storage.address(on: context, access), keeping: storage)
    }

    mutating func add(_ flag: Bool) { add(Int32(flag ? 1 : 0)) }
}

extension ScalarType {
    /// As kernels know it.
    var code: Int32 {
        switch self {
        case .float32: Int32(CC_FLOAT32)
        case .bfloat16: Int32(CC_BFLOAT16)
        case .int32: Int32(CC_INT32)
        case .uint8: Int32(CC_UINT8)
        }
    }
}

extension CUDAKernel {
    /// One of three kernels, for elements of 1, 2 or 4 bytes.
    static func each(_ one: CUDAKernel, _ two: CUDAKernel, _ four: CUDAKernel, _ type: ScalarType)
        -> CUDAKernel
    {
        switch type.byteCount {
        case 1: one
        case 2: two
        default: four
        }
    }
}
