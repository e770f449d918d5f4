// SPDX-License-Identifier: Apache-2.0

import VGGKit

extension HTMLReport {
    /// Beyond this many classes, counts do not fit into cells; the matrix becomes a picture.
    private static let mostClassesWithNumbers = 24

    var classes: Section? {
        guard let confusion = evaluation?.confusion, confusion.total > 0 else { return nil }
        let isSmall = confusion.classes.count <= Self.mostClassesWithNumbers
        return Section(
            id: "classes", name: "Classes", title: "Class by class",
            body: """
                <div class="tables"><div>\(isSmall ? matrix(confusion) : picture(confusion))
                \(frequentMistakes(confusion))</div>
                <div>\(table(confusion))</div></div>
                """)
    }

    private func matrix(_ confusion: ConfusionMatrix) -> HTML {
        let names = confusion.classes.map(HTML.name)
        let header = names.map { "<th scope=\"col\"><span>\($0)</span></th>" as HTML }
        let rows = confusion.classes.indices.map { row -> HTML in
            "<tr><th scope=\"row\">\(names[row])</th>\(confusion.classes.indices.map { cell(confusion, row, $0) })</tr>\n"
        }
        let isWide = confusion.classes.count > 8 || confusion.classes.contains { $0.count > 11 }
        return Self.scrolling(
            "Confusion matrix",
            """
            <table class="matrix\(isWide ? " slim" as HTML : "")" style="--letters:\(confusion.classes.map(\.count).max() ?? 0)">
            <caption>Rows are what photos show, columns what they were taken for; shades are shares of a row.</caption>
            <thead><tr><th scope="col" class="corner">shown <span>↓</span> taken for <span>→</span></th>\(header)</tr></thead>
            <tbody>\(rows)</tbody></table>
            """)
    }

    private func cell(_ confusion: ConfusionMatrix, _ row: Int, _ column: Int) -> HTML {
        let (count, total) = (confusion.counts[row][column], confusion.support(of: row))
        guard count > 0 else { return "<td class=\"none\">0</td>" }
        let share = Double(count) / Double(total)
        let isStrong: HTML = share > 0.7 ? " strong" : ""
        let title =
            "\(count) of \(total) \(confusion.classes[row]) taken for \(confusion.classes[column]): \(Words.percent(share))"
        return """
            <td class="\(row == column ? "hit" : "miss" as HTML)\(isStrong)" style="--a:\(0.12 + 0.88 * share, decimals: 2)" title="\(title)">\(count)</td>
            """
    }

    /// A pixel for each pair of classes, darker for larger shares of the row.
    private func picture(_ confusion: ConfusionMatrix) -> HTML {
        let count = confusion.classes.count
        var pixels = [UInt8](repeating: 255, count: 3 * count * count)
        for row in 0..<count {
            let total = confusion.support(of: row)
            for column in 0..<count where confusion.counts[row][column] > 0 {
                let share = Double(confusion.counts[row][column]) / Double(total)
                let color = row == column ? (28.0, 92.0, 160.0) : (190.0, 75.0, 15.0)
                let strength = 0.2 + 0.8 * share
                let offset = 3 * (row * count + column)
                for (channel, value) in [color.0, color.1, color.2].enumerated() {
                    pixels[offset + channel] = UInt8(255 + strength * (value - 255))
                }
            }
        }
        let image = Image(width: count, height: count, channels: 3, pixels: pixels)
        return """
            <figure class="matrix-picture">\(HTML.png(image, alt: "Confusion matrix of \(count) classes", class: "pixels"))\
            <figcaption>A row for each class, a column for each prediction, in the order of the names; darker where a larger \
            share of the row lies. What lies off the diagonal is taken for something else.</figcaption></figure>
            """
    }

    private func frequentMistakes(_ confusion: ConfusionMatrix) -> HTML? {
        let pairs = confusion.classes.indices.flatMap { row in
            confusion.classes.indices.compactMap { column -> (row: Int, column: Int, count: Int)? in
                let count = confusion.counts[row][column]
                return row == column || count == 0 ? nil : (row, column, count)
            }
        }.sorted { ($1.count, $0.row, $0.column) < ($0.count, $1.row, $1.column) }
        guard !pairs.isEmpty else { return "<p>All photos were classified correctly.</p>" }
        let rows = pairs.prefix(confusion.classes.count > Self.mostClassesWithNumbers ? 12 : 3).map {
            pair -> HTML in
            let share = Double(pair.count) / Double(confusion.support(of: pair.row))
            return """
                <li>\(HTML.name(confusion.classes[pair.row])) taken for \(HTML.name(confusion.classes[pair.column])): \
                <b>\(pair.count)</b> of \(confusion.support(of: pair.row)), \(Words.percent(share))</li>
                """
        }
        return "<p class=\"lead-in\">Most frequent:</p><ol class=\"frequent\">\(rows)</ol>"
    }

    private func table(_ confusion: ConfusionMatrix) -> HTML {
        let rows = confusion.classes.indices.map { index -> HTML in
            """
            <tr><th scope="row">\(HTML.name(confusion.classes[index]))</th>\
            \(Self.bar(confusion.precision(of: index)))\(Self.bar(confusion.recall(of: index)))\
            \(Self.bar(confusion.f1(of: index)))<td>\(Words.count(confusion.support(of: index)))</td></tr>

            """
        }
        let table: HTML = """
            <table class="numbers classes"><caption>Precision: of the photos taken for a class, the share that shows it. \
            Recall: of the photos that show it, the share taken for it. F1: their harmonic mean.</caption>
            <thead><tr><th scope="col">class</th><th scope="col">precision</th><th scope="col">recall</th>\
            <th scope="col">F1</th><th scope="col">photos</th></tr></thead>
            <tbody>\(rows)</tbody></table>
            """
        return Self.scrolling(
            "Precision and recall of each class", table,
            isTall: confusion.classes.count > Self.mostClassesWithNumbers)
    }

    /// A share, with a bar of proportional length.
    private static func bar(_ share: Double?) -> HTML {
        "<td class=\"bar\" style=\"--w:\(share ?? 0, decimals: 3)\">\(Words.percent(share))</td>"
    }
}
