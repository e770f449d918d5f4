// SPDX-License-Identifier: Apache-2.0

import Foundation

/// JSON as it goes into a checkpoint's metadata: the same text for the same value. JSON has no word for numbers that are not
/// finite; they are written as texts, and read again.
package enum JSON {
    private static let words = (infinity: "Infinity", negative: "-Infinity", nan: "NaN")

    package static func text(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: words.infinity, negativeInfinity: words.negative, nan: words.nan)
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    package static func value<T: Decodable>(_ type: T.Type, _ text: String) throws -> T {
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: words.infinity, negativeInfinity: words.negative, nan: words.nan)
        return try decoder.decode(type, from: Data(text.utf8))
    }
}
