// SPDX-License-Identifier: Apache-2.0

import TensorCore

/// A pool of objects that are used briefly and then reused. Shared by the threads that read photos.
final class Pool<Element: Sendable>: Sendable {
    private let spare = Lock<[Element]>([])
    /// More are not kept.
    private let limit = 32

    func take() -> Element? { spare.withLock { $0.popLast() } }

    func give(_ element: Element) {
        spare.withLock { spare in
            if spare.count < limit { spare.append(element) }
        }
    }
}

/// The bytes of files and of decoded pictures, recycled.
enum SpareBytes {
    private static let pool = Pool<[UInt8]>()
    /// Larger ones are rare, and not kept.
    private static let largestKept = 8 << 20

    /// An array of the given number of bytes with undefined values.
    static func take(_ count: Int) -> [UInt8] {
        guard var bytes = pool.take(), bytes.capacity >= count else {
            // A file may claim too much: only memory that is written to is really taken.
            return [UInt8](unsafeUninitializedCapacity: count) { $1 = count }
        }
        bytes.setCount(count, 0)
        return bytes
    }

    static func give(_ bytes: [UInt8]) {
        if bytes.capacity <= largestKept { pool.give(bytes) }
    }
}

extension Array {
    /// Resizes to exactly `count` elements, without allocating if the capacity suffices. Existing elements
    /// stay.
    mutating func setCount(_ count: Int, _ filler: Element) {
        if count < self.count {
            removeLast(self.count - count)
        } else {
            append(contentsOf: repeatElement(filler, count: count - self.count))
        }
    }
}
