// SPDX-License-Identifier: Apache-2.0

import CImages

/// Calls of the C codecs.
enum Codec {
    /// Turns a codec's result into an error.
    static func call(_ source: String, _ body: (UnsafeMutablePointer<CChar>) -> Int32) throws(ImageError) {
        var message = [CChar](repeating: 0, count: Int(CI_MESSAGE_SIZE))
        let result = message.withUnsafeMutableBufferPointer { body($0.baseAddress!) }
        guard result != Int32(CI_OK) else { return }
        let text = String(decoding: message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        switch result {
        case Int32(CI_TRUNCATED): throw .truncated(source: source, reason: text)
        case Int32(CI_OUT_OF_MEMORY): throw .unreadable(source: source, reason: "out of memory")
        default: throw .corrupt(source: source, reason: text)
        }
    }

    /// Decodes the rectangle `part` of the picture at `eighths`/8 of its size. PNG knows only the whole.
    /// - Parameter acceptsTruncated: whether missing data is left grey instead of being an error
    static func decode(
        _ file: EncodedImage, eighths: Int, part: PixelRect, acceptsTruncated: Bool
    ) throws(ImageError) -> Image {
        var failure: ImageError?
        let channels = file.header.channels
        var bytes = SpareBytes.take(part.width * part.height * channels)
        bytes.withUnsafeMutableBufferPointer { pixels in
            if acceptsTruncated { pixels.initialize(repeating: 128) }
            let rect = ci_rect(x: part.x, y: part.y, width: part.width, height: part.height)
            do throws(ImageError) {
                try call(file.source) { message in
                    let (data, count) = (file.bytes, file.bytes.count)
                    return switch file.header.format {
                    case .jpeg:
                        ci_jpeg_decode(data, count, Int32(eighths), rect, pixels.baseAddress, message)
                    case .png: ci_png_decode(data, count, pixels.baseAddress, message)
                    }
                }
            } catch {
                failure = error
            }
        }
        if let failure {
            guard case .truncated = failure, acceptsTruncated else { throw failure }
        }
        return Image(width: part.width, height: part.height, channels: channels, pixels: bytes)
    }
}
