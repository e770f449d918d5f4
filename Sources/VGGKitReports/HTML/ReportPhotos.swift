// SPDX-License-Identifier: Apache-2.0

import Checks
import Foundation
import VGGKit

extension HTMLReport {
    /// A photo with its prediction.
    public struct Photo: Sendable {
        /// The picture that is shown: about 176 pixels wide, cropped as the model's input.
        public var image: Image
        /// The picture with a heat map of `GradCAM`, shown beside it.
        public var overlay: Image?
        /// The file's name.
        public var name: String
        /// The path that it was read from; not shown.
        public var file: URL?
        /// Name of the class that the photo belongs to.
        public var label: String
        /// The classes with the highest probabilities, highest first.
        public var ranking: [Guess]
        /// The probability of the label.
        public var labelProbability: Double

        /// A class with the model's probability.
        public struct Guess: Sendable, Equatable {
            /// Name of the class.
            public var name: String
            /// Between 0 and 1.
            public var probability: Double

            /// A class with its probability, 0 to 1.
            public init(name: String, probability: Double) {
                self.name = name
                self.probability = probability
            }
        }

        /// A photo with its prediction.
        /// - Parameters:
        ///   - overlay: the photo with a heat map on it, shown beside it
        ///   - name: file name, shown below the photo
        ///   - label: name of the photo's class
        ///   - ranking: the most probable classes, best first; at least one
        ///   - labelProbability: probability of `label`, 0 to 1
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
            "Wrong predictions, the most confident first. Some of them say more about the data than about the model."
        )
    }

    var hitsSection: Section? {
        gallery(
            hits, id: "hits", name: "Typical photos", title: "The most typical photos",
            "For each class, the correct predictions with the highest confidence.")
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

    /// The prediction and, if it is wrong, the label.
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
