// SPDX-License-Identifier: Apache-2.0

import Checks
import Foundation
import VGGKit

extension HTMLReport {
    /// A photo with what the model made of it.
    public struct Photo: Sendable {
        /// As it is shown: some 176 pixels wide, cut as the model saw it.
        public var image: Image
        /// The same with what the model looked at, as `GradCAM` finds it; shown beside it.
        public var overlay: Image?
        /// The file's name.
        public var name: String
        /// Where it was read; not shown.
        public var file: URL?
        public var label: String
        /// The classes of the highest probabilities, highest first.
        public var ranking: [Guess]
        /// The probability of the label.
        public var labelProbability: Double

        public struct Guess: Sendable, Equatable {
            public var name: String
            public var probability: Double

            public init(name: String, probability: Double) {
                self.name = name
                self.probability = probability
            }
        }

        public init(
            image: Image, overlay: Image? = nil, name: String, label: String, ranking: [Guess],
            labelProbability: Double, file: StaticString = #fileID, line: UInt = #line
        ) {
            check(
                !ranking.isEmpty,
                "HTMLReport.Photo: the ranking of \(name) is empty; it has at least one class", file: file,
                line: line)
            self.image = image
            self.overlay = overlay
            self.name = name
            self.label = label
            self.ranking = ranking
            self.labelProbability = labelProbability
        }

        var isHit: Bool { ranking[0].name == label }
    }

    var mistakesSection: Section? {
        gallery(
            mistakes, id: "mistakes", name: "Mistakes", title: "The most confident mistakes",
            "Photos that were taken for what they are not, the surest first. Some of them say more about the data than about the model."
        )
    }

    var hitsSection: Section? {
        gallery(
            hits, id: "hits", name: "Typical photos", title: "The most typical photos",
            "Of each class the photos that the model is surest of, and rightly.")
    }

    private func gallery(_ photos: [Photo], id: HTML, name: String, title: String, _ remark: String)
        -> Section?
    {
        guard !photos.isEmpty else { return nil }
        let hasOverlays = photos.contains { $0.overlay != nil }
        let explained =
            hasOverlays
            ? remark + " Beside each, what spoke for the prediction keeps its colour and glows (Grad-CAM)."
            : remark
        return Section(
            id: id, name: name, title: title,
            body: """
                <p class="remark">\(explained)</p>
                <ul class="photos\(hasOverlays ? " pairs" as HTML : "")">\(photos.map(\.card))</ul>
                """)
    }
}

extension HTMLReport.Photo {
    fileprivate var card: HTML {
        let alt = "\(name): \(label), taken for \(ranking[0].name)"
        return """
            <li><figure><div class="pictures">\(HTML.jpeg(image, alt: alt))\
            \(overlay.map { HTML.jpeg($0, alt: "What spoke for \(ranking[0].name)") })</div>
            <figcaption>\(guesses)<p class="file" title="\(name)">\(HTML.name(name))</p></figcaption></figure></li>

            """
    }

    /// The prediction, and where it is another, what is on the photo.
    private var guesses: HTML {
        let first = Self.guess(ranking[0].name, ranking[0].probability, isHit ? "right" : "wrong")
        let label = isHit ? nil : Self.guess(label, labelProbability, "label")
        return "<ul class=\"guesses\">\(first)\(label)</ul>"
    }

    private static func guess(_ name: String, _ probability: Double, _ kind: HTML) -> HTML {
        """
        <li class="\(kind)" style="--w:\(100 * probability)%"><span>\(kind == "label" ? "is " : "" as HTML)\(HTML.name(name))</span>\
        <b>\(Words.percent(probability))</b></li>
        """
    }
}
