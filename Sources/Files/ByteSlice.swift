// SPDX-License-Identifier: Apache-2.0

import Checks
import Foundation

/// Bytes to be read, and the object that keeps them alive. Every access is checked against the bounds.
///
/// Sendable because nobody writes to the bytes while a slice of them exists: owners of memory that can be
/// written to copy it first, as tensors do.
package struct ByteSlice: ContiguousBytes, @unchecked Sendable {
    private let start: UnsafeRawPointer
    package let count: Int
    package let owner: any AnyObject & Sendable

    package init(_ bytes: UnsafeRawBufferPointer, keeping owner: any AnyObject & Sendable) {
        // An empty buffer may have no address; any will do where nothing is read.
        start = bytes.baseAddress ?? UnsafeRawPointer(bitPattern: 64)!
        count = bytes.count
        self.owner = owner
    }

    package subscript(position: Int) -> UInt8 {
        check(position >= 0 && position < count, "ByteSlice: byte \(position) of \(count)")
        return start.load(fromByteOffset: position, as: UInt8.self)
    }

    package subscript(range: Range<Int>) -> ByteSlice {
        check(range.lowerBound >= 0 && range.upperBound <= count, "ByteSlice: \(range) of \(count)")
        return ByteSlice(
            UnsafeRawBufferPointer(start: start + range.lowerBound, count: range.count), keeping: owner)
    }

    package func withUnsafeBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
        try withExtendedLifetime(owner) { try body(UnsafeRawBufferPointer(start: start, count: count)) }
    }

    /// A copy of the bytes as an array.
    package var array: [UInt8] { withUnsafeBytes { Array($0) } }

    /// The integer that begins at a position, least significant byte first.
    package func integer<T: FixedWidthInteger>(at position: Int, as type: T.Type = T.self) -> T {
        let width = T.bitWidth / 8
        check(
            position >= 0 && position <= count - width, "ByteSlice: bytes \(position)..+\(width) of \(count)")
        return T(littleEndian: start.loadUnaligned(fromByteOffset: position, as: T.self))
    }

    package func starts(with prefix: some Collection<UInt8>) -> Bool {
        count >= prefix.count && zip(0..., prefix).allSatisfy { self[$0] == $1 }
    }

    /// The text, if it is UTF-8.
    package var text: String? { withUnsafeBytes { String(validating: $0, as: UTF8.self) } }

    /// Whether the first byte's address is a multiple of `alignment`.
    package func isAligned(to alignment: Int) -> Bool { UInt(bitPattern: start) % UInt(alignment) == 0 }

    /// The offset of this slice in its owner's memory.
    package func offset(in memory: UnsafeRawPointer) -> Int { start - memory }
}

extension ByteSlice {
    /// Appends `number` elements of `width` bytes that lie `stride` elements apart.
    /// - Parameter reversed: whether the bytes of each element are reversed.
    package func gather(
        _ number: Int, elementsOf width: Int, from first: Int, stride: Int, reversed: Bool,
        into target: inout [UInt8]
    ) {
        check(
            number >= 0 && first >= 0 && stride >= 0
                && (first + max(0, number - 1) * stride + 1) * width <= count,
            "ByteSlice: \(number) elements from \(first) by \(stride) of \(count) bytes")
        let start = target.count
        target.append(contentsOf: repeatElement(0, count: number * width))
        target.withUnsafeMutableBytes { target in
            for index in 0..<number {
                let (from, to) = ((first + index * stride) * width, start + index * width)
                if width == 4 && !reversed {
                    let element = self.start.loadUnaligned(fromByteOffset: from, as: UInt32.self)
                    target.storeBytes(of: element, toByteOffset: to, as: UInt32.self)
                } else {
                    for byte in 0..<width {
                        target[to + (reversed ? width - 1 - byte : byte)] = self[from + byte]
                    }
                }
            }
        }
    }

    /// Memory that a slice keeps alive. Sendable because nobody writes to it.
    private final class Copy: @unchecked Sendable {
        let bytes: UnsafeRawBufferPointer

        init(_ array: [UInt8]) {
            let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: array.count, alignment: 16)
            copy.copyBytes(from: array)
            bytes = UnsafeRawBufferPointer(copy)
        }

        deinit { bytes.deallocate() }
    }

    /// A slice with its own copy of the bytes.
    package static func copying(_ array: [UInt8]) -> ByteSlice {
        let copy = Copy(array)
        return ByteSlice(copy.bytes, keeping: copy)
    }
}
