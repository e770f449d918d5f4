// SPDX-License-Identifier: Apache-2.0

import CImages
import Foundation
import TensorCore

public enum ImageFormat: String, Sendable {
    case jpeg, png

    /// Tells by the first bytes; nil if they are of neither.
    init?(_ data: Data) {
        if data.starts(with: [0xFF, 0xD8, 0xFF]) {
            self = .jpeg
        } else if data.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
            self = .png
        } else {
            return nil
        }
    }
}

/// How files become images.
public struct DecodingOptions: Sendable {
    /// The most pixels that are decoded; beyond lies a mistake or an attack. Pillow's limit.
    public var pixelLimit = 178_956_970
    /// Whether to use what there is of a file that ends early; the rest is grey.
    public var acceptsTruncated = false
    /// Whether the picture is turned as its EXIF orientation says.
    public var appliesOrientation = true
    /// A JPEG may be decoded at a half, a quarter or an eighth of its size, as long as both sides stay at least so long.
    /// This is much faster, and what bounds the memory for very large ones.
    public var smallestUsefulSize: Extent?

    public init() {}
}

/// What a file says of its image before any pixel is decoded.
public struct ImageHeader: Sendable, Equatable {
    public let format: ImageFormat
    /// As stored: before the orientation is applied.
    public let size: Extent
    public let channels: Int
    /// 1 … 8, as EXIF numbers them; 1 is upright.
    public let orientation: Int
    let isProgressive: Bool

    /// The size of the picture as it is meant to be seen.
    public var uprightSize: Extent { orientation >= 5 ? Extent(size.width, size.height) : size }

    /// - Throws: `ImageError`
    public init(contentsOf url: URL) throws(ImageError) {
        try self.init(Image.read(url), source: url.path)
    }

    init(_ data: Data, source: String) throws(ImageError) {
        guard let format = ImageFormat(data) else {
            throw .notAnImage(source: source, beginsWith: Array(data.prefix(8)))
        }
        var info = ci_info()
        try Codec.check(source) { message in
            Codec.bytes(data) { start, count in
                format == .jpeg
                    ? ci_jpeg_info(start, count, &info, message) : ci_png_info(start, count, &info, message)
            }
        }
        guard info.width > 0 && info.height > 0 else {
            throw .corrupt(source: source, reason: "it has \(info.width)×\(info.height) pixels")
        }
        self.format = format
        size = Extent(info.height, info.width)
        channels = Int(info.channels)
        isProgressive = info.progressive
        orientation = format == .jpeg ? EXIF.orientation(ofJPEG: data) : 1
    }
}

extension Image {
    /// Reads a JPEG or PNG file.
    /// - Throws: `ImageError`
    public init(contentsOf url: URL, _ options: DecodingOptions = .init()) throws(ImageError) {
        try self.init(decoding: Self.read(url), options, source: url.path)
    }

    /// Decodes a JPEG or PNG file in memory.
    /// - Throws: `ImageError`
    public init(
        decoding data: Data, _ options: DecodingOptions = .init(), source: String = "image data"
    ) throws(ImageError) {
        let header = try ImageHeader(data, source: source)
        let eighths = header.format == .jpeg ? Self.eighths(header, options.smallestUsefulSize) : 8
        let size = Extent(
            ci_jpeg_scaled(header.size.height, eighths), ci_jpeg_scaled(header.size.width, eighths))
        // A progressive file's coefficients are held whole, whatever the scale.
        let held = header.isProgressive ? header.size : size
        guard held.height <= options.pixelLimit / held.width else {
            throw .tooLarge(
                source: source, width: header.size.width, height: header.size.height,
                limit: options.pixelLimit)
        }
        var failure: ImageError?
        let count = size.area * header.channels
        let pixels = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            buffer.initialize(repeating: 128)
            initialized = count
            do throws(ImageError) {
                try Codec.check(source) { message in
                    Codec.bytes(data) { start, length in
                        header.format == .jpeg
                            ? ci_jpeg_decode(start, length, eighths, buffer.baseAddress, message)
                            : ci_png_decode(start, length, buffer.baseAddress, message)
                    }
                }
            } catch {
                failure = error
            }
        }
        if let failure {
            guard case .truncated = failure, options.acceptsTruncated else { throw failure }
        }
        let stored = Image(width: size.width, height: size.height, channels: header.channels, pixels: pixels)
        self = options.appliesOrientation ? stored.oriented(header.orientation) : stored
    }

    /// The scale, in eighths, at which both sides stay long enough.
    private static func eighths(_ header: ImageHeader, _ smallest: Extent?) -> Int32 {
        guard let smallest else { return 8 }
        let upright = header.uprightSize
        return [Int32(1), 2, 4].first {
            ci_jpeg_scaled(upright.height, $0) >= smallest.height
                && ci_jpeg_scaled(upright.width, $0) >= smallest.width
        } ?? 8
    }

    static func read(_ url: URL) throws(ImageError) -> Data {
        do {
            return try Data(contentsOf: url)
        } catch {
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder) else {
                throw .unreadable(source: url.path, reason: "there is no such file")
            }
            throw .unreadable(
                source: url.path, reason: isFolder.boolValue ? "it is a folder" : error.localizedDescription)
        }
    }

    /// Turned upright from how EXIF says it was stored.
    func oriented(_ orientation: Int) -> Image {
        let (w, h) = (width, height)
        return switch orientation {
        case 2: flippedHorizontally
        case 3: remapped(width: w, height: h) { (w - 1 - $0, h - 1 - $1) }
        case 4: flippedVertically
        case 5: remapped(width: h, height: w) { ($1, $0) }
        case 6: remapped(width: h, height: w) { ($1, h - 1 - $0) }
        case 7: remapped(width: h, height: w) { (w - 1 - $1, h - 1 - $0) }
        case 8: remapped(width: h, height: w) { (w - 1 - $1, $0) }
        default: self
        }
    }
}

/// Calls of the C codecs.
enum Codec {
    static func bytes(_ data: Data, _ body: (UnsafePointer<UInt8>?, Int) -> Int32) -> Int32 {
        data.withUnsafeBytes { body($0.bindMemory(to: UInt8.self).baseAddress, $0.count) }
    }

    /// Turns a codec's result into an error.
    static func check(_ source: String, _ call: (UnsafeMutablePointer<CChar>) -> Int32) throws(ImageError) {
        var message = [CChar](repeating: 0, count: Int(CI_MESSAGE_SIZE))
        let result = message.withUnsafeMutableBufferPointer { call($0.baseAddress!) }
        guard result != Int32(CI_OK) else { return }
        let text = String(decoding: message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        switch result {
        case Int32(CI_TRUNCATED): throw .truncated(source: source, reason: text)
        case Int32(CI_OUT_OF_MEMORY): throw .unreadable(source: source, reason: "out of memory")
        default: throw .corrupt(source: source, reason: text)
        }
    }
}
