// SPDX-License-Identifier: Apache-2.0

import Foundation
import TensorCore
import Testing
import Vision

/// Photos of the external data, against what Pillow decodes.
@Suite(.enabled(if: ExternalData.isThere, "the external photos are absent")) struct PhotoPixelsTests {
    private struct Expected: Decodable {
        var width: Int
        var height: Int
        var means: [Double]
        var pixels: [UInt8]
    }

    private static let photos: [String: Expected] =
        (try? JSONDecoder().decode([String: Expected].self, from: Fixture.file("photos.json"))) ?? [:]

    @Test func thereArePhotos() { #expect(Self.photos.count >= 26) }

    @Test(arguments: photos.keys.sorted())
    func pixelsArePillows(name: String) throws {
        let expected = try #require(Self.photos[name])
        let image = try Image(contentsOf: ExternalData.folder.appending(path: name))
        #expect((image.width, image.height) == (expected.width, expected.height))
        #expect(image.channels == expected.means.count)
        let count = image.width * image.height
        var sums = [Int](repeating: 0, count: image.channels)
        for (index, level) in image.pixels.enumerated() { sums[index % image.channels] += Int(level) }
        for (sum, mean) in zip(sums, expected.means) {
            #expect(abs(Double(sum) / Double(count) - mean) < 0.1)
        }
        for sample in 0..<24 {
            let place = sample * (count - 1) / 23
            for channel in 0..<image.channels {
                let found = image.pixels[place * image.channels + channel]
                let wanted = expected.pixels[sample * image.channels + channel]
                #expect(
                    abs(Int(found) - Int(wanted)) <= 2, "pixel \(place) is \(found), Pillow's is \(wanted)")
            }
        }
    }

    /// The photo is progressive: what is missing of it is detail, not rows.
    @Test func theTruncatedPhotoIsAnErrorOrLessDetailed() throws {
        let url = ExternalData.folder.appending(path: "jpeg/truncated.jpg")
        #expect {
            try Image(contentsOf: url)
        } throws: {
            if case .truncated = $0 as? ImageError { true } else { false }
        }
        var options = DecodingOptions()
        options.acceptsTruncated = true
        let image = try Image(contentsOf: url, options)
        #expect(image.size == Extent(100))
        for rows in [image.pixels.prefix(3 * 100), image.pixels.suffix(3 * 100)] {
            #expect(Set(rows).count > 20)
        }
    }
}
