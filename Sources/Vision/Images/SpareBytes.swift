// SPDX-License-Identifier: Apache-2.0

import TensorCore

/// Things that are used for a moment, kept for the next one who needs such: what threads that read photos have in common.
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

    /// So many bytes, whose values are undefined.
    static func take(_ count: Int) -> [UInt8] {
        guard var bytes = pool.take(), bytes.capacity >= count else {
            // Of what a file claims, no more memory is taken than what is written.
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
    /// Makes room for exactly `count` elements in the memory that there is, if it suffices. Those there are stay.
    mutating func setCount(_ count: Int, _ filler: Element) {
        if count < self.count {
            removeLast(self.count - count)
        } else {
            append(contentsOf: repeatElement(filler, count: count - self.count))
        }
    }
}
