// SPDX-License-Identifier: Apache-2.0

import CCUDA

/// A kernel of a module.
struct CUDAKernel: Sendable {
    let module: StaticString
    let name: StaticString
}

/// The lengths of a grid of blocks, or of a block of threads.
struct CUDAExtent {
    var x: Int
    var y = 1
    var z = 1

    var lengths: cc_extent { cc_extent(x: UInt32(x), y: UInt32(y), z: UInt32(z)) }
}

/// The arguments of a launch, as they lie in memory: each at a multiple of its alignment.
struct CUDAArguments: ~Copyable {
    let context: CUDAContext
    private let memory: UnsafeMutableRawBufferPointer
    private(set) var byteCount = 0
    /// What must not be freed before the launch is queued.
    private var kept: [AnyObject] = []

    /// Bytes that suffice for the arguments of every kernel.
    static let capacity = 2048

    init(_ context: CUDAContext, _ memory: UnsafeMutableRawBufferPointer) {
        (self.context, self.memory) = (context, memory)
        kept.reserveCapacity(6)
    }

    mutating func add<T: BitwiseCopyable>(_ value: T) {
        let alignment = MemoryLayout<T>.alignment
        let start = (byteCount + alignment - 1) / alignment * alignment
        memory.storeBytes(of: value, toByteOffset: start, as: T.self)
        byteCount = start + MemoryLayout<T>.size
    }

    mutating func add(_ address: cc_address, keeping object: AnyObject) {
        add(address)
        kept.append(object)
    }

    /// An address that is not given.
    mutating func addNull() { add(cc_address(0)) }
}
