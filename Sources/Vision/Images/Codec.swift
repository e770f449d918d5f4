// SPDX-License-Identifier: Apache-2.0

import CImages

/// Calls of the C codecs.
enum Codec {
    /// Turns a codec's result into an error.
    static func call(
        _ source: String, _ format: ImageFormat, _ body: (UnsafeMutablePointer<CChar>) -> Int32
    ) throws(ImageError) {
        var message = [CChar](repeating: 0, count: Int(CI_MESSAGE_SIZE))
        let result = message.withUnsafeMutableBufferPointer { body($0.baseAddress!) }
        guard result != Int32(CI_OK) else { return }
        let text = String(decoding: message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        switch Int(result) {
        case CI_TRUNCATED: throw .truncated(source: source, reason: text)
        case CI_DAMAGED: throw .damaged(source: source, reason: text)
        case CI_UNSUPPORTED: throw .unsupported(source: source, reason: text)
        case CI_NO_LIBRARY: throw .missingLibrary(source: source, format: format, decoder: nil)
        case CI_NO_DECODER: throw .missingLibrary(source: source, format: format, decoder: text)
        case CI_OUT_OF_MEMORY: throw .unreadable(source: source, reason: "out of memory")
        default: throw .corrupt(source: source, reason: text)
        }
    }

    /// Decodes the rectangle `part` of the picture at `eighths`/8 of its size. Only JPEG can decode less than
    /// the whole, or at a smaller size.
    static func decode(
        _ file: EncodedImage, eighths: Int, part: PixelRect, _ options: DecodingOptions
    ) throws(ImageError) -> Image {
        var failure: ImageError?
        let channels = file.header.channels
        var bytes = SpareBytes.take(part.width * part.height * channels)
        bytes.withUnsafeMutableBufferPointer { pixels in
            if (options.acceptsTruncated || options.acceptsDamaged) && hasRows(file.header.format) {
                pixels.initialize(repeating: 128)
            }
            let rect = ci_rect(x: part.x, y: part.y, width: part.width, height: part.height)
            do throws(ImageError) {
                try call(file.source, file.header.format) { message in
                    let (data, count, target) = (file.bytes, file.bytes.count, pixels.baseAddress)
                    return switch file.header.format {
                    case .jpeg: ci_jpeg_decode(data, count, Int32(eighths), rect, target, message)
                    case .png:
                        ci_png_decode(
                            data, count, options.acceptsDamaged || options.acceptsTruncated, target, message)
                    case .webp: ci_webp_decode(data, count, part.width, part.height, target, message)
                    case .heif, .avif: ci_heif_decode(data, count, part.width, part.height, target, message)
                    }
                }
            } catch {
                failure = error
            }
        }
        if let failure, !accepts(failure, file.header.format, options) { throw failure }
        return Image(width: part.width, height: part.height, channels: channels, pixels: bytes)
    }

    /// Whether the format can decode a part of the picture from a part of the file.
    private static func hasRows(_ format: ImageFormat) -> Bool { format == .jpeg || format == .png }

    /// Whether there is a usable picture in spite of the error.
    private static func accepts(
        _ failure: ImageError, _ format: ImageFormat, _ options: DecodingOptions
    ) -> Bool {
        switch failure {
        case .damaged: options.acceptsDamaged || options.acceptsTruncated
        case .truncated: options.acceptsTruncated && hasRows(format)
        default: false
        }
    }
}
