// SPDX-License-Identifier: Apache-2.0

import Foundation
import VGGKit

/// A piece of HTML. A literal is markup. Interpolated values are text and are escaped, unless they are pieces
/// of HTML themselves. So a name can never become markup by mistake.
/// ```swift
/// let cell: HTML = "<td title=\"\(file.name)\">\(count)</td>"
/// ```
/// Attributes stand in double quotes.
package struct HTML: ExpressibleByStringInterpolation, CustomStringConvertible, Sendable, Equatable {
    package var text: String

    package init(stringLiteral literal: String) { text = literal }
    package init(stringInterpolation: StringInterpolation) { text = stringInterpolation.text }

    /// Escapes a text.
    package init(escaping string: String) { text = Self.escaped(string) }

    package init(_ parts: some Sequence<HTML>) { text = parts.reduce(into: "") { $0 += $1.text } }

    package var description: String { text }
    package var isEmpty: Bool { text.isEmpty }

    package static func + (a: HTML, b: HTML) -> HTML { HTML([a, b]) }

    package struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var text = ""

        package init(literalCapacity: Int, interpolationCount: Int) {
            text.reserveCapacity(literalCapacity + 16 * interpolationCount)
        }

        package mutating func appendLiteral(_ literal: String) { text += literal }
        package mutating func appendInterpolation(_ string: String) { text += HTML.escaped(string) }
        package mutating func appendInterpolation(_ piece: HTML) { text += piece.text }
        package mutating func appendInterpolation(_ piece: HTML?) { text += piece?.text ?? "" }
        package mutating func appendInterpolation(_ pieces: [HTML]) {
            for piece in pieces { text += piece.text }
        }
        package mutating func appendInterpolation(_ number: Int) { text += String(number) }

        /// A number in a drawing or a style.
        package mutating func appendInterpolation(_ number: Double, decimals: Int = 1) {
            text += String(format: "%.\(decimals)f", number.isFinite ? number : 0)
        }
    }

    /// Control characters, which HTML and SVG forbid, become the replacement character.
    private static func escaped(_ string: String) -> String {
        var result = ""
        result.reserveCapacity(string.utf8.count)
        for scalar in string.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            case "\t", "\n", "\r": result.unicodeScalars.append(scalar)
            case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{FFFE}"..."\u{FFFF}": result += "\u{FFFD}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}

extension HTML {
    /// A name from outside. It cannot change the writing direction of the text beside it.
    static func name(_ string: String) -> HTML { "<bdi>\(string)</bdi>" }

    /// A picture that is embedded in the file.
    static func jpeg(_ image: Image, alt: String, class name: String = "") -> HTML {
        picture(image.jpegData(quality: 82), "jpeg", image, alt, name)
    }

    static func png(_ image: Image, alt: String, class name: String = "") -> HTML {
        picture(image.pngData, "png", image, alt, name)
    }

    private static func picture(
        _ data: Data, _ type: String, _ image: Image, _ alt: String, _ name: String
    ) -> HTML {
        let address = HTML(stringLiteral: "data:image/\(type);base64," + data.base64EncodedString())
        return """
            <img class="\(name)" src="\(address)" width="\(image.width)" height="\(image.height)" alt="\(alt)"/>
            """
    }
}

/// Formats numbers for readers.
package enum Words {
    /// 0.8123 → 81.2 %
    package static func percent(_ share: Double) -> String {
        guard share.isFinite else { return "–" }
        if share < 1 && share >= 0.9995 { return "> 99.9 %" }
        if share > 0 && share < 0.0005 { return "< 0.1 %" }
        return String(format: "%.1f\u{A0}%%", 100 * share).replacing("-", with: "−")
    }

    package static func percent(_ share: Double?) -> String { share.map { percent($0) } ?? "–" }

    package static func number(_ value: Double, decimals: Int = 3) -> String {
        value.isFinite ? String(format: "%.\(decimals)f", value).replacing("-", with: "−") : "–"
    }

    /// Three significant digits, as for learning rates.
    package static func short(_ value: Double) -> String {
        guard value.isFinite else { return "–" }
        let parts = String(format: "%.3g", value).split(separator: "e")
        let digits = parts[0].replacing("-", with: "−")
        guard parts.count == 2, let power = Int(parts[1]) else { return String(digits) }
        return "\(digits) · 10" + String(String(power).map { superscripts[$0] ?? $0 })
    }

    private static let superscripts: [Character: Character] = [
        "-": "⁻", "0": "⁰", "1": "¹", "2": "²", "3": "³", "4": "⁴", "5": "⁵", "6": "⁶", "7": "⁷", "8": "⁸",
        "9": "⁹",
    ]

    /// 1234567 → 1,234,567
    package static func count(_ number: Int) -> String { Summary.grouped(number) }

    package static func plural(_ number: Int, _ word: String, _ words: String? = nil) -> String {
        "\(count(number)) \(number == 1 ? word : words ?? word + "s")"
    }
}
