// SPDX-License-Identifier: Apache-2.0

import Foundation

/// JSON for a checkpoint's metadata: equal values give equal texts. JSON has no infinity and no NaN, so these
/// numbers are written as strings.
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
