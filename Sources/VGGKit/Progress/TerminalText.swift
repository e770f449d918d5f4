// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Text in a terminal, where a character may take two columns or none.
package enum TerminalText {
    /// The number of columns that `text` takes: two for characters of East Asian scripts and for emoji, none
    /// for combining marks.
    ///
    /// Unicode Standard Annex #11, "East Asian Width".
    package static func columns(_ text: String) -> Int { text.reduce(0) { $0 + columns($1) } }

    private static func columns(_ character: Character) -> Int {
        let scalars = character.unicodeScalars
        guard let first = scalars.first else { return 0 }
        if first.isASCII && scalars.count == 1 { return first.value < 0x20 || first.value == 0x7F ? 0 : 1 }
        switch first.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format, .control: return 0
        default: break
        }
        let isEmoji = first.properties.isEmojiPresentation || scalars.contains("\u{FE0F}")
        return isEmoji || wide.contains { $0.contains(first.value) } ? 2 : 1
    }

    /// The characters whose East_Asian_Width in Unicode is W or F, without emoji.
    private static let wide: [ClosedRange<UInt32>] = [
        0x1100...0x115F, 0x2329...0x232A, 0x2E80...0x303E, 0x3041...0x4DBF, 0x4E00...0xA4CF,
        0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE10...0xFE19, 0xFE30...0xFE6F,
        0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x16FE0...0x18DFF, 0x1AFF0...0x1B2FF, 0x1F200...0x1F265,
        0x20000...0x3FFFD,
    ]

    /// `text`, padded with spaces to `width` columns.
    package static func padded(_ text: String, to width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - columns(text)))
    }

    /// Breaks lines of `text` that are wider than `width` columns, between words. A word that is wider by
    /// itself is not broken.
    /// - Parameters:
    ///   - indent: the beginning of continuation lines.
    ///   - ending: the end of lines that are continued, such as a shell's backslash. If it is not empty, text
    ///     in single quotes is one word.
    package static func wrapped(
        _ text: String, width: Int, indent: String = "  ", ending: String = ""
    ) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false)
            .map { wrappedLine(String($0), max(1, width), indent, ending) }.joined(separator: "\n")
    }

    private static func wrappedLine(
        _ line: String, _ width: Int, _ indent: String, _ ending: String
    ) -> String {
        guard columns(line) > width else { return line }
        let margin = String(line.prefix { $0 == " " })
        var lines: [String] = []
        var current = margin
        var isEmpty = true
        for word in ending.isEmpty ? line.split(separator: " ") : shellWords(line) {
            let longer = current + (isEmpty ? "" : " ") + word
            if isEmpty || columns(longer) + columns(ending) <= width {
                current = longer
            } else {
                lines.append(current + ending)
                current = margin + indent + word
            }
            isEmpty = false
        }
        return (lines + [current]).joined(separator: "\n")
    }

    /// The words of a command, as a shell splits them.
    private static func shellWords(_ line: String) -> [Substring] {
        var (isQuoted, isEscaped) = (false, false)
        return line.split { character in
            if isEscaped {
                isEscaped = false
            } else if character == "\\" && !isQuoted {
                isEscaped = true
            } else if character == "'" {
                isQuoted.toggle()
            }
            return character == " " && !isQuoted
        }
    }

    /// The width of the terminal of a file descriptor, in columns; nil for a file, a pipe or a dumb terminal.
    package static func width(of descriptor: Int32) -> Int? {
        guard isatty(descriptor) != 0, ProcessInfo.processInfo.environment["TERM"] != "dumb" else {
            return nil
        }
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }
}
