// SPDX-License-Identifier: Apache-2.0

import CZlib
import Files

/// zlib's inflate, for streams whose whole length is known.
enum Inflation {
    /// The largest factor by which a stream can grow: a match of 258 bytes takes two bits.
    static let largestFactor = 1032

    /// - Returns: the number of bytes inflated, at most the size of the memory
    static func inflate(_ deflated: ByteSlice, beginning memory: UnsafeMutableRawBufferPointer) -> Int {
        var stream = z_stream()
        guard
            inflateInit2_(&stream, -MAX_WBITS, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
        else { return 0 }
        defer { inflateEnd(&stream) }
        return deflated.withUnsafeBytes { input in
            stream.next_in = UnsafeMutablePointer(mutating: input.bindMemory(to: UInt8.self).baseAddress)
            stream.avail_in = uInt(input.prefix(1 << 30).count)
            stream.next_out = memory.bindMemory(to: UInt8.self).baseAddress
            stream.avail_out = uInt(memory.count)
            _ = CZlib.inflate(&stream, Z_SYNC_FLUSH)
            return memory.count - Int(stream.avail_out)
        }
    }

    /// - Returns: whether the stream is whole and fills the memory, no more and no less.
    static func inflate(_ deflated: ByteSlice, into memory: MappedMemory) -> Bool {
        var stream = z_stream()
        // Negative: without zlib's own header.
        let windowBits = -MAX_WBITS
        guard
            inflateInit2_(&stream, windowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
        else { return false }
        defer { inflateEnd(&stream) }
        return deflated.withUnsafeBytes { input in
            var (input, output) = (input, memory.bytes)
            while true {
                let (piece, space) = (input.prefix(1 << 30).count, output.prefix(1 << 30).count)
                stream.next_in = UnsafeMutablePointer(
                    mutating: input.bindMemory(to: UInt8.self).baseAddress)
                stream.avail_in = uInt(piece)
                stream.next_out = output.bindMemory(to: UInt8.self).baseAddress
                stream.avail_out = uInt(space)
                let status = CZlib.inflate(&stream, Z_NO_FLUSH)
                let (read, written) = (piece - Int(stream.avail_in), space - Int(stream.avail_out))
                input = UnsafeRawBufferPointer(rebasing: input.dropFirst(read))
                output = UnsafeMutableRawBufferPointer(rebasing: output.dropFirst(written))
                if status == Z_STREAM_END { return input.isEmpty && output.isEmpty }
                guard status == Z_OK, read > 0 || written > 0 else { return false }
            }
        }
    }
}
