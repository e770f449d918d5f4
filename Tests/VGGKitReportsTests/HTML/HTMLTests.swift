// SPDX-License-Identifier: Apache-2.0

import Testing
import VGGKit
import VGGKitReports

@Suite struct HTMLTests {
    @Test func escapesWhatIsPutIn() {
        let name = "<b title=\"x\">'&amp;'</b>"
        let html: HTML = "<p title=\"\(name)\">\(name)</p>"
        let escaped = "&lt;b title=&quot;x&quot;&gt;&#39;&amp;amp;&#39;&lt;/b&gt;"
        #expect(html.text == "<p title=\"\(escaped)\">\(escaped)</p>")
    }

    @Test func takesPiecesAsTheyAre() {
        let cells = ["a", "<"].map { "<td>\($0)</td>" as HTML }
        let none: HTML? = nil
        #expect(("<tr>\(cells)\(none)</tr>" as HTML).text == "<tr><td>a</td><td>&lt;</td></tr>")
        #expect(("\(3) \(0.25) \(0.25, decimals: 2) \(Double.nan)" as HTML).text == "3 0.2 0.25 0.0")
    }

    @Test func replacesWhatHTMLForbids() {
        #expect(HTML(escaping: "a\u{0}b\u{1B}c\u{9B}\n").text == "a\u{FFFD}b\u{FFFD}c\u{FFFD}\n")
    }

    @Test(arguments: [
        (0.8123, "81.2\u{A0}%"), (0, "0.0\u{A0}%"), (1, "100.0\u{A0}%"), (0.99999, "> 99.9 %"),
        (0.00001, "< 0.1 %"), (Double.nan, "–"),
    ])
    func writesShares(_ share: Double, _ text: String) { #expect(Words.percent(share) == text) }

    @Test(arguments: [(0.0497, "0.0497"), (2e-7, "2 · 10⁻⁷"), (-1.25e12, "−1.25 · 10¹²"), (.infinity, "–")])
    func writesRates(_ rate: Double, _ text: String) { #expect(Words.short(rate) == text) }
}
