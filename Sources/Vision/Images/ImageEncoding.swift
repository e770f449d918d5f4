// SPDX-License-Identifier: Apache-2.0

import CImages
import Checks
import Files
import Foundation

/// How the colour of a JPEG is stored.
public enum ChromaSubsampling: Sendable {
    /// At half the width and height (4:2:0): smaller files, and what cameras do.
    case halved
    /// At full size (4:4:4), for drawings and sharp edges.
    case none
}

extension Image {
    /// The longest side that JPEG can hold here.
    private static let longestSide = 65_500

    /// The picture as a JPEG file.
    /// - Parameter quality: 1 … 100
    public func jpegData(
        quality: Int = 90, subsampling: ChromaSubsampling = .halved, file: StaticString = #fileID,
        line: UInt = #line
    ) -> Data {
        check(
            (1...100).contains(quality), "jpegData: quality \(quality) is not in 1...100", file: file,
            line: line)
        check(
            max(width, height) <= Self.longestSide,
            "jpegData: JPEG holds at most 65500×65500 pixels, not \(width)×\(height)", file: file, line: line)
        return encoded { pixels, data, size, message in
            ci_jpeg_encode(
                pixels, width, height, Int32(channels), Int32(quality), subsampling == .halved, data, size,
                message)
        }
    }

    /// The picture as a PNG file.
    public var pngData: Data {
        encoded { pixels, data, size, message in
            ci_png_encode(pixels, width, height, Int32(channels), data, size, message)
        }
    }

    /// Writes a JPEG or PNG file, as the URL's extension says: whole or not at all.
    /// - Parameters:
    ///   - quality: of a JPEG, 1 … 100
    ///   - subsampling: of a JPEG
    /// - Throws: `ImageError.unwritable`; a file that was there before is then as it was.
    public func write(
        to url: URL, quality: Int = 90, subsampling: ChromaSubsampling = .halved,
        file: StaticString = #fileID, line: UInt = #line
    ) throws(ImageError) {
        let data: Data
        switch ImageFormat(pathExtension: url.pathExtension) {
        case .jpeg:
            guard max(width, height) <= Self.longestSide else {
                throw .unwritable(
                    source: url.relativePath,
                    reason: "JPEG holds at most 65500×65500 pixels, not \(width)×\(height)")
            }
            data = jpegData(quality: quality, subsampling: subsampling, file: file, line: line)
        case .png: data = pngData
        default:
            let other = url.pathExtension.lowercased()
            throw .unwritable(source: url.relativePath, reason: "'.\(other)' is neither .jpg, .jpeg nor .png")
        }
        do {
            try writeAtomically(data, to: url)
        } catch {
            throw .unwritable(source: url.relativePath, reason: error.reason)
        }
    }

    private typealias Encoder = (
        UnsafePointer<UInt8>?, UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>,
        UnsafeMutablePointer<Int>, UnsafeMutablePointer<CChar>
    ) -> Int32

    private func encoded(_ encode: Encoder) -> Data {
        var bytes: UnsafeMutablePointer<UInt8>?
        var size = 0
        var message = [CChar](repeating: 0, count: Int(CI_MESSAGE_SIZE))
        let result = pixels.withUnsafeBufferPointer { encode($0.baseAddress, &bytes, &size, &message) }
        // Sizes and channels have been checked, so only a lack of memory can be the cause.
        guard result == Int32(CI_OK), let bytes else { fail("encoding an image failed: out of memory") }
        return Data(bytesNoCopy: bytes, count: size, deallocator: .free)
    }
}
