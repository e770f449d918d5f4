// SPDX-License-Identifier: Apache-2.0

import Testing
import VGGKit

@Suite struct TerminalTextTests {
    @Test(arguments: [
        ("", 0), ("rose", 4), ("été", 3), ("e\u{301}te\u{301}", 3), ("花", 2), ("カメラ", 6), ("ｱｲ", 2),
        ("한국", 4), ("\u{1112}\u{1161}\u{11AB}", 2), ("🌹", 2), ("👩‍🌾", 2), ("🇯🇵", 2), ("❤\u{FE0F}", 2), ("❤", 1),
        ("Ж", 1), ("נרקיס", 5), ("𝒳", 1), ("𠀀", 2), ("ＡＢ", 4), ("a\u{200B}b", 2), ("\u{1B}", 0),
    ])
    func columns(text: String, expected: Int) {
        #expect(TerminalText.columns(text) == expected)
    }

    @Test func padsByColumns() {
        #expect(TerminalText.padded("花", to: 4) == "花  ")
        #expect(TerminalText.padded("e\u{301}", to: 2) == "e\u{301} ")
        #expect(TerminalText.padded("rose", to: 2) == "rose")
    }

    @Test func breaksBetweenWords() {
        #expect(TerminalText.wrapped("one two three", width: 8) == "one two\n  three")
        #expect(TerminalText.wrapped("one two three", width: 13) == "one two three")
        #expect(TerminalText.wrapped("a\n\nbb cc", width: 3) == "a\n\nbb\n  cc")
        #expect(TerminalText.wrapped("  deep down below", width: 11) == "  deep down\n    below")
        #expect(TerminalText.wrapped("花の名 花の名", width: 8) == "花の名\n  花の名")
    }

    @Test func aWordThatIsTooWideStaysWhole() {
        #expect(TerminalText.wrapped("in a/very/long/path now", width: 6) == "in\n  a/very/long/path\n  now")
        #expect(TerminalText.wrapped("word", width: 0) == "word")
    }

    @Test func aCommandIsBrokenAsAShellTakesIt() {
        #expect(
            TerminalText.wrapped("flowers train 'my  own photos'\\''s' -o b", width: 16, ending: " \\")
                == "flowers train \\\n  'my  own photos'\\''s' \\\n  -o b")
        #expect(
            TerminalText.wrapped("flowers train a --epochs 3", width: 16, ending: " \\")
                == "flowers train \\\n  a --epochs 3")
    }

    @Test func nothingIsAFile() {
        #expect(TerminalText.width(of: -1) == nil)
    }
}
