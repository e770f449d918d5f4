// SPDX-License-Identifier: Apache-2.0

import CImages
import Files
import Foundation

extension Image {
    /// The picture as a JPEG file.
    /// - Parameter quality: 1 … 100
    public func jpegData(quality: Int = 90) -> Data {
        precondition((1...100).contains(quality), "jpegData: quality \(quality) is not in 1...100")
        return encoded { pixels, data, size, message in
            ci_jpeg_encode(pixels, width, height, Int32(channels), Int32(quality), data, size, message)
        }
    }

    /// The picture as a PNG file.
    public var pngData: Data {
        encoded { pixels, data, size, message in
            ci_png_encode(pixels, width, height, Int32(channels), data, size, message)
        }
    }

    /// Writes a JPEG or PNG file, as the URL's extension says.
    /// - Parameter quality: of a JPEG, 1 … 100
    /// - Throws: `ImageError.unwritable`; a file that was there before is then as it was.
    public func write(to url: URL, quality: Int = 90) throws(ImageError) {
        let data: Data
        switch url.pathExtension.lowercased() {
        case "jpg", "jpeg":
            guard width <= 65_500 && height <= 65_500 else {
                throw .unwritable(
                    source: url.path, reason: "JPEG holds at most 65500×65500 pixels, not \(width)×\(height)")
            }
            data = jpegData(quality: quality)
        case "png": data = pngData
        case let other:
            throw .unwritable(source: url.path, reason: "'.\(other)' is neither .jpg, .jpeg nor .png")
        }
        do {
            try writeAtomically(data, to: url)
        } catch {
            throw .unwritable(source: url.path, reason: "\(error)")
        }
    }

    private func encoded(
        _ encode: (
            UnsafePointer<UInt8>?, UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>,
            UnsafeMutablePointer<Int>,
            UnsafeMutablePointer<CChar>
        ) -> Int32
    ) -> Data {
        var bytes: UnsafeMutablePointer<UInt8>?
        var size = 0
        var message = [CChar](repeating: 0, count: Int(CI_MESSAGE_SIZE))
        let result = pixels.withUnsafeBufferPointer { encode($0.baseAddress, &bytes, &size, &message) }
        // Sizes and channels are checked by `init`; what is left is memory.
        guard result == Int32(CI_OK), let bytes else { fatalError("encoding an image failed: out of memory") }
        defer { free(bytes) }
        return Data(bytes: bytes, count: size)
    }
}
