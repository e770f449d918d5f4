// SPDX-License-Identifier: Apache-2.0

import Files
import Foundation
import VGGKit

/// A report about a training run or an evaluation, as one self-contained HTML file. It works on desktops, on
/// phones and on paper, in dark and light mode, offline, and without scripts.
///
/// ```swift
/// var report = HTMLReport(title: "Five kinds of flowers")
/// report.history = history
/// report.evaluation = try evaluate(model, on: loader, classes: card.classes)
/// report.summary = model.summary(inputShape: [1, 3, 64, 64])
/// try report.write(to: URL(filePath: "runs/first/result/report.html"))
/// ```
/// Properties that are not set have no section.
public struct HTMLReport: Sendable {
    /// The heading, also the title of the browser's tab.
    public var title: String
    /// Shown below the title: what was measured, on which photos.
    public var subtitle = ""
    /// Shown below the headline's numbers: how far they can be trusted.
    public var remark = ""
    /// Curves of loss, accuracy and learning rate.
    public var history: History?
    /// The name of the curves' loss, if it differs from the evaluation's, such as `cross entropy with label
    /// smoothing`.
    public var lossName = "cross entropy"
    /// Headline numbers, the confusion matrix, the classes, calibration.
    public var evaluation: Evaluation?
    /// Photos that were predicted wrongly.
    public var mistakes: [Photo] = []
    /// Correctly predicted photos with the highest confidence.
    public var hits: [Photo] = []
    /// Photos that may be mislabelled, the most doubtful first.
    public var suspects: [Suspect] = []
    /// The number of photos that were searched for suspects.
    public var suspectsOf = 0
    /// A map of all photos as points of a plane.
    public var map: PhotoMap?
    /// The filters of the first layer, one picture for each.
    public var filters: [Image] = []
    /// The table of the model's layers.
    public var summary: Summary?
    /// The command that made it.
    public var command: String?
    /// Further facts that are needed to reproduce the result: the recipe, the machine.
    public var facts: [Fact] = []

    /// An empty report. Set the parts it is to show, then call `write(to:)`.
    public init(title: String) { self.title = title }

    /// A name and a value.
    public struct Fact: Sendable, Equatable, Codable {
        /// The name, such as `processor`.
        public var name: String
        /// The value as text.
        public var value: String

        /// A line of the report's last section, which says how the result was made.
        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// Writes the file: whole or not at all.
    /// - Throws: `FileError`
    public func write(to url: URL) throws(FileError) {
        try writeAtomically(Data(html.utf8), to: url)
    }

    /// The whole document.
    public var html: String { document.text }

    struct Section {
        var id: HTML
        /// The name in the list of sections.
        var name: String
        var title: String
        var body: HTML
    }

    private var sections: [Section] {
        [
            training, classes, calibration, mistakesSection, suspectsSection, hitsSection, mapSection,
            filtersSection, modelSection, runSection,
        ].compactMap(\.self)
    }

    private var document: HTML {
        let sections = self.sections
        return """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8"/>
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'"/>
            <meta name="viewport" content="width=device-width, initial-scale=1"/>
            <meta name="color-scheme" content="light dark"/>
            <meta name="generator" content="VGGKit"/>
            <title>\(title)</title>
            <link rel="icon" href="data:,"/>
            <style>\(ReportStyle.sheet)</style>
            </head>
            <body>
            <header><h1>\(title)</h1>\(subtitle.isEmpty ? "" : "<p class=\"subtitle\">\(subtitle)</p>" as HTML)
            \(headline)\(remark.isEmpty ? "" : "<p class=\"remark\">\(remark)</p>" as HTML)
            \(navigation(sections))</header>
            <main>
            \(sections.map(Self.markup))
            </main>
            </body>
            </html>

            """
    }

    private func navigation(_ sections: [Section]) -> HTML? {
        guard sections.count > 2 else { return nil }
        return """
            <nav aria-label="Sections"><ul>\(sections.map { "<li><a href=\"#\($0.id)\">\($0.name)</a></li>" as HTML })</ul></nav>
            """
    }

    private static func markup(_ section: Section) -> HTML {
        """
        <section id="\(section.id)" aria-labelledby="\(section.id)-title">
        <h2 id="\(section.id)-title">\(section.title)</h2>
        \(section.body)
        </section>

        """
    }

    /// A region that may be wider than a phone scrolls by itself, also with the keyboard.
    static func scrolling(_ name: String, _ content: HTML, isTall: Bool = false) -> HTML {
        """
        <div class="scrolling\(isTall ? " tall" as HTML : "")" role="region" aria-label="\(name)" tabindex="0">\(content)</div>
        """
    }
}
