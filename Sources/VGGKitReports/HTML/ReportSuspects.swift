// SPDX-License-Identifier: Apache-2.0

import Foundation
import VGGKit

extension HTMLReport {
    /// A photo that may be mislabelled: it looks like another class than its folder's.
    public struct Suspect: Sendable {
        /// The path of the file, which can be copied from the page.
        public var path: String
        /// The class of its folder.
        public var label: String
        /// The model's probability of `label`, 0 to 1.
        public var labelProbability: Double
        /// The class that it looks like.
        public var suggestion: String
        /// The model's probability of `suggestion`, 0 to 1.
        public var suggestionProbability: Double
        /// The part of the data set, "training" or "validation"; empty if it is obvious.
        public var part: String
        /// The picture that is shown; nil to show the path only.
        public var image: Image?

        /// A photo in the folder of `label` that the model takes for `suggestion`.
        /// - Parameters:
        ///   - labelProbability: the model's probability of `label`, 0 to 1
        ///   - suggestionProbability: the model's probability of `suggestion`, 0 to 1
        ///   - part: "training" or "validation", shown below the photo; empty for none
        public init(
            path: String, label: String, labelProbability: Double, suggestion: String,
            suggestionProbability: Double, part: String = "", image: Image? = nil
        ) {
            self.path = path
            self.label = label
            self.labelProbability = labelProbability
            self.suggestion = suggestion
            self.suggestionProbability = suggestionProbability
            self.part = part
            self.image = image
        }

        fileprivate var margin: Double { suggestionProbability - labelProbability }
    }

    /// The number of suspects that are shown, and the number of paths that are listed.
    private static let (mostPictures, mostPaths) = (24, 500)

    /// Adds the photos that look mislabelled, as `Predictions.labelIssues` finds them.
    /// - Parameters:
    ///   - folder: the photos that the predictions are of
    ///   - part: the part of the data set, "training" or "validation"
    ///   - withPictures: whether the photos are shown, or their paths alone
    public mutating func addSuspects(
        of folder: ImageFolder, predictions: Predictions, part: String = "", withPictures: Bool = true
    ) {
        let found = predictions.labelIssues.enumerated().map { rank, issue in
            let file = folder.files[issue.sample]
            return Suspect(
                path: file.relativePath, label: folder.classes[issue.label],
                labelProbability: Double(issue.labelProbability),
                suggestion: folder.classes.className(issue.suggestion),
                suggestionProbability: Double(issue.suggestionProbability), part: part,
                image: withPictures && rank < Self.mostPictures
                    ? Photo.picture(of: file, folder.decoding) : nil)
        }
        suspectsOf += predictions.count
        suspects = (suspects + found).sorted { $0.margin > $1.margin }
    }

    var suspectsSection: Section? {
        guard !suspects.isEmpty else { return nil }
        let shown = suspects.prefix(Self.mostPictures).filter { $0.image != nil }
        let listed = suspects.prefix(Self.mostPaths)
        let paths = listed.map { "\($0.path)\n" as HTML }
        let rest =
            suspects.count > listed.count
            ? "The first \(Words.count(listed.count)) of them" : "The files"
        return Section(
            id: "suspects", name: "Labels", title: "Photos that look mislabelled",
            body: """
                <p class="remark">\(suspectsRemark)</p>
                \(shown.isEmpty ? nil : "<ul class=\"photos\">\(shown.map(\.card))</ul>" as HTML)
                <h3 class="list">\(rest), in the same order; one click selects all</h3>
                \(Self.scrolling("Files that look mislabelled", "<pre class=\"paths\">\(paths)</pre>", isTall: true))
                """)
    }

    private var suspectsRemark: String {
        let share = suspectsOf > 0 ? " of \(Words.count(suspectsOf))" : ""
        return
            "\(Words.plural(suspects.count, "photo"))\(share): the model is as sure of another class here as it is, on average, of "
            + "that class’s own photos (confident learning, Northcutt et al., 2021). Some lie in the wrong folder, some show "
            + "both or neither, and some the model gets wrong: look before you move them."
    }
}

extension HTMLReport.Suspect {
    fileprivate var card: HTML {
        """
        <li><figure><div class="pictures">\(image.map { HTML.jpeg($0, alt: "\(path): in \(label), looks like \(suggestion)") })</div>
        <figcaption><ul class="guesses">\(Self.guess("looks like", suggestion, suggestionProbability, "wrong"))\
        \(Self.guess("is in", label, labelProbability, "label"))</ul>\
        <p class="file-of-part" title="\(path)">\(part.isEmpty ? "" : "\(part): " as HTML)\(HTML.name(URL(filePath: path).lastPathComponent))</p></figcaption></figure></li>

        """
    }

    private static func guess(_ verb: HTML, _ name: String, _ probability: Double, _ kind: HTML)
        -> HTML
    {
        """
        <li class="\(kind)" style="--w:\(100 * probability)%"><span>\(verb) \(HTML.name(name))</span>\
        <b>\(Words.percent(probability))</b></li>
        """
    }
}
