// SPDX-License-Identifier: Apache-2.0

import Foundation
import TensorCore
import Testing
import Vision

/// Files as an accident or an attacker leaves them. None may crash, hang, or take memory out of proportion.
@Suite struct HostileFileTests {
    private static let lenient: DecodingOptions = {
        var options = DecodingOptions()
        options.acceptsTruncated = true
        options.pixelLimit = 1 << 16
        return options
    }()

    @Test(.timeLimit(.minutes(5)), arguments: Fixture.decodedNames)
    func everyLengthIsAnErrorOfTheRightKind(name: String) throws {
        let whole = try Fixture.file(name)
        let expected = try Image(decoding: whole)
        for length in 0..<whole.count - 2 {
            // A PNG whose pixels are whole is read: what may be missing are deflate's last code, the
            // checksums, and the end.
            if name.hasSuffix(".png"), length >= whole.count - 24,
                let image = try? Image(decoding: whole.prefix(length))
            {
                #expect(image == expected, "the first \(length) of \(whole.count) bytes")
                continue
            }
            #expect("the first \(length) of \(whole.count) bytes") {
                try Image(decoding: whole.prefix(length))
            } throws: { error in
                switch error as? ImageError {
                case .notAnImage: length < 8
                case .truncated, .corrupt: true
                default: false
                }
            }
        }
    }

    @Test(.timeLimit(.minutes(5)), arguments: Fixture.decodedNames)
    func whatThereIsOfATruncatedFileHasTheWholesSize(name: String) throws {
        let whole = try Fixture.file(name)
        let expected = try Image(decoding: whole)
        var pictures = 0
        for length in 0..<whole.count {
            guard let image = try? Image(decoding: whole.prefix(length), Self.lenient) else { continue }
            pictures += 1
            #expect((image.width, image.height) == (expected.width, expected.height))
        }
        #expect(pictures > 0)
    }

    @Test(.timeLimit(.minutes(5)), arguments: Fixture.decodedNames)
    func anyChangedByteIsSurvived(name: String) throws {
        let whole = try Fixture.file(name)
        for place in whole.indices {
            for change: UInt8 in [0xFF, 1 << (place % 8)] {
                var bytes = whole
                bytes[place] ^= change
                if let image = try? Image(decoding: bytes, Self.lenient) {
                    #expect(image.width * image.height <= Self.lenient.pixelLimit)
                }
            }
        }
    }

    @Test(arguments: [(30000, 30000), (100_000_000, 2), (Int(Int32.max), Int(Int32.max))])
    func aPNGsHugeClaimIsRefused(width: Int, height: Int) throws {
        let bytes = try claiming(width, height, in: Fixture.file("grey.png"))
        #expect(
            throws: ImageError.tooLarge(
                source: "image data", width: width, height: height, limit: 178_956_970)
        ) { try Image(decoding: bytes) }
    }

    @Test(arguments: [(0, 5), (5, 0)])
    func aPNGWithoutPixelsIsDamaged(width: Int, height: Int) throws {
        let bytes = try claiming(width, height, in: Fixture.file("grey.png"))
        #expect {
            try Image(decoding: bytes)
        } throws: {
            if case .corrupt = $0 as? ImageError { true } else { false }
        }
    }

    /// A large photo may be decoded at an eighth.
    @Test func aHugeJPEGIsDecodedSmall() throws {
        var options = DecodingOptions()
        options.smallestUsefulSize = Extent(200)
        options.acceptsTruncated = true
        let bytes = try claiming(30000, 30000, inJPEG: Fixture.file("grey.jpg"))
        let image = try Image(decoding: bytes, options)
        #expect((image.width, image.height, image.channels) == (3750, 3750, 1))
    }

    /// A JPEG of several scans is held whole while it is decoded, at whatever scale, progressive or not.
    @Test(arguments: ["progressive.jpg", "baseline.jpg"])
    func aHugeJPEGOfSeveralScansIsRefused(name: String) throws {
        var options = DecodingOptions()
        options.smallestUsefulSize = Extent(200)
        options.acceptsTruncated = true
        var bytes = try claiming(30000, 30000, inJPEG: Fixture.file(name))
        if name == "baseline.jpg" {
            let scan = try #require(bytes.firstRange(of: [0xFF, 0xDA]))
            let first = bytes[scan.upperBound + 3]
            bytes.replaceSubrange(
                scan.lowerBound..., with: [0xFF, 0xDA, 0, 8, 1, first, 0, 0, 63, 0, 0xFF, 0xD9])
        }
        #expect(
            throws: ImageError.tooLarge(source: "image data", width: 30000, height: 30000, limit: 178_956_970)
        ) { try Image(decoding: bytes, options) }
    }

    private func claiming(_ width: Int, _ height: Int, in png: Data) throws -> Data {
        var bytes = [UInt8](png)
        for shift in 0..<4 {
            bytes[19 - shift] = UInt8(truncatingIfNeeded: width >> (8 * shift))
            bytes[23 - shift] = UInt8(truncatingIfNeeded: height >> (8 * shift))
        }
        let sum = checksum(bytes[12..<29])
        for shift in 0..<4 { bytes[32 - shift] = UInt8(truncatingIfNeeded: sum >> (8 * UInt32(shift))) }
        return Data(bytes)
    }

    private func claiming(_ width: Int, _ height: Int, inJPEG jpeg: Data) throws -> Data {
        var bytes = jpeg
        let frame = try #require(
            bytes.firstRange(of: [0xFF, 0xC0]) ?? bytes.firstRange(of: [0xFF, 0xC2]), "no frame")
        for (offset, value) in [height >> 8, height & 255, width >> 8, width & 255].enumerated() {
            bytes[frame.lowerBound + 5 + offset] = UInt8(value)
        }
        return bytes
    }
}
