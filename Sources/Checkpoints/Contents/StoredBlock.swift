// SPDX-License-Identifier: Apache-2.0

import Files
import Foundation

/// Contiguous elements of one type in a file: what PyTorch calls a storage. Several tensors may share one.
package final class StoredBlock: Sendable {
    package let bytes: ByteSlice
    package let type: StoredType
    let isBigEndian: Bool
    /// Whether another block covers the same bytes: then each needs its own memory before it is written to.
    let isShared: Bool
    /// The storage that all tensors of the block share, so that they copy before they write.
    private let made = Lock<Storage?>(nil)

    package init(_ bytes: ByteSlice, _ type: StoredType, isBigEndian: Bool = false, isShared: Bool = false) {
        self.bytes = bytes
        self.type = type
        self.isBigEndian = isBigEndian && type.byteCount > 1
        self.isShared = isShared
    }

    /// The same bytes as elements of another type.
    convenience init(_ other: StoredBlock, as type: StoredType) {
        let count = other.bytes.count / type.byteCount * type.byteCount
        self.init(other.bytes[0..<count], type, isBigEndian: other.isBigEndian, isShared: true)
    }

    package var count: Int { bytes.count / type.byteCount }

    /// The bytes in little-endian order.
    package var littleEndian: ByteSlice {
        get throws(MappingError) {
            guard isBigEndian else { return bytes }
            let width = type.byteCount
            let memory = try MappedMemory(zeroed: bytes.count)
            for start in stride(from: 0, to: bytes.count, by: width) {
                for byte in 0..<width { memory.bytes[start + byte] = bytes[start + width - 1 - byte] }
            }
            return memory.slice
        }
    }

    /// The elements in a type of tensors: the file's own memory if possible, else a conversion.
    /// - Throws: the index and value of the first element that does not fit the tensors' type.
    func storage() throws(Failure) -> Storage {
        let result: Result<Storage, Failure> = made.withLock { made in
            if let made { return .success(made) }
            do throws(Failure) {
                let storage = try makeStorage()
                made = storage
                return .success(storage)
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    enum Failure: Error {
        case misfit(index: Int, value: String)
        case memory(String)
    }

    private func makeStorage() throws(Failure) -> Storage {
        let bytes: ByteSlice
        do throws(MappingError) { bytes = try littleEndian } catch { throw .memory(error.reason) }
        guard type.scalarType.isSame else { return try ElementConversion.convert(bytes, type) }
        if !isShared, bytes.isAligned(to: type.byteCount), let memory = bytes.owner as? MappedMemory {
            let start = bytes.offset(in: UnsafeRawPointer(memory.bytes.baseAddress!))
            let range = start..<start + bytes.count
            return Storage(viewing: UnsafeMutableRawBufferPointer(rebasing: memory.bytes[range])) {
                memory.discard(range)
            }
        }
        let storage = Storage(byteCount: bytes.count)
        bytes.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress, bytes.count > 0 else { return }
            storage.mutableBytes.copyMemory(from: start, byteCount: bytes.count)
        }
        return storage
    }
}
