// SPDX-License-Identifier: Apache-2.0

import Foundation
import TensorCore
import Testing
import Vision

/// WebP, HEIC and AVIF, from `Tests/Oracle/phone_photos.py`, where the libraries are installed that decode
/// them.
@Suite struct PhonePhotoTests {
    private static let folder = Fixture.folder.appending(path: "phone")
    private static let names = [
        "lossy.webp", "lossless.webp", "alpha.webp", "lossy-alpha.webp", "turned.webp", "photo.heic",
        "alpha.heic",
        "turned.heic", "mirrored.heic", "photo.avif", "alpha.avif", "turned.avif",
    ]

    private func bytes(_ name: String) throws -> Data {
        try Data(contentsOf: Self.folder.appending(path: name))
    }

    private func format(_ name: String) throws -> ImageFormat {
        try #require(ImageFormat(pathExtension: String(name.suffix(4))))
    }

    /// Whether it can be read here; if not, a line says so.
    private func isReadable(_ name: String) throws -> Bool {
        let format = try format(name)
        if format.isReadable { return true }
        print("\(name) is skipped: the library for \(format.name) is not installed")
        return false
    }

    @Test(arguments: names)
    func pixelsArePillows(name: String) throws {
        guard try isReadable(name) else { return }
        let image: Image
        do {
            image = try Image(decoding: bytes(name))
        } catch ImageError.missingLibrary(_, _, let decoder?) {
            print("\(name) is skipped: \(decoder) is not installed")
            return
        }
        // WebP's pixels are fixed by its specification; versions of libheif and libavif round colours
        // differently.
        try expectEqual(
            image, Fixture.decoded("phone", name), levels: name.hasSuffix("webp") ? 0 : 6)
        let header = try ImageHeader(contentsOf: Self.folder.appending(path: name))
        #expect(try header.format == format(name))
        #expect(header.uprightSize == image.size)
    }

    /// Whatever the library, its absence is no damage.
    @Test(arguments: names)
    func theFormatIsKnownByTheFirstBytes(name: String) throws {
        #expect(try ImageFormat(bytes(name)) == format(name))
        guard try !format(name).isReadable else { return }
        #expect {
            try ImageHeader(bytes(name))
        } throws: {
            if case .missingLibrary = $0 as? ImageError { true } else { false }
        }
    }

    @Test func theMessageNamesThePackage() {
        let heic = ImageError.missingLibrary(source: "a.heic", format: .heif, decoder: nil)
        let webp = ImageError.missingLibrary(source: "a.webp", format: .webp, decoder: nil)
        let decoder = ImageError.missingLibrary(source: "a.heic", format: .heif, decoder: "libde265")
        #expect("\(heic)".hasPrefix("a.heic is HEIC") && "\(webp)".hasPrefix("a.webp is WebP"))
        #if os(Linux)
            #expect("\(heic)".contains("libheif1") && "\(webp)".contains("libwebp7"))
            #expect("\(decoder)".contains("libheif-plugin-libde265"))
        #endif
    }

    @Test(arguments: names)
    func aCutFileIsAnError(name: String) throws {
        guard try isReadable(name) else { return }
        let whole = try bytes(name)
        // What follows the pixels of WebP is metadata.
        let last = name.hasPrefix("turned") ? whole.count / 2 : whole.count - 8
        for length in stride(from: 64, to: last, by: 61) {
            #expect(throws: ImageError.self, "\(length) of \(whole.count) bytes") {
                try Image(decoding: whole.prefix(length))
            }
        }
    }

    @Test(arguments: names)
    func damageIsSurvived(name: String) throws {
        guard try isReadable(name) else { return }
        let whole = try bytes(name)
        var options = DecodingOptions()
        options.pixelLimit = 1 << 16
        var generator = RandomGenerator(seed: 8)
        for _ in 0..<40 {
            var bytes = whole
            for _ in 0...Int(generator.uniform() * 3) {
                bytes[Int(generator.uniform() * Float(bytes.count))] = UInt8(
                    truncatingIfNeeded: generator.nextWord())
            }
            if let image = try? Image(decoding: bytes, options) {
                #expect(image.width * image.height <= options.pixelLimit)
            }
        }
    }

    @Test func anAnimationIsNotDamaged() throws {
        guard ImageFormat.webp.isReadable else { return }
        #expect {
            try Image(decoding: bytes("animation.webp"))
        } throws: {
            if case .unsupported(_, let reason) = $0 as? ImageError {
                reason.contains("animation")
            } else {
                false
            }
        }
    }

    @Test func theLimitOnPixelsHolds() throws {
        var options = DecodingOptions()
        options.pixelLimit = 1000
        for name in ["lossless.webp", "photo.heic", "photo.avif"] where try isReadable(name) {
            #expect(throws: ImageError.tooLarge(source: "image data", width: 37, height: 29, limit: 1000)) {
                try Image(decoding: bytes(name), options)
            }
        }
    }

    @Test func threadsDecodeAtOnce() async throws {
        for name in ["lossy.webp", "photo.heic", "photo.avif"] where try isReadable(name) {
            let whole = try bytes(name)
            guard let expected = try? Image(decoding: whole) else { continue }
            await withTaskGroup(of: Image?.self) { group in
                for _ in 0..<16 { group.addTask { try? Image(decoding: whole) } }
                for await image in group { #expect(image == expected) }
            }
        }
    }
}
