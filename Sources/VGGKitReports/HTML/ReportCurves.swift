// SPDX-License-Identifier: Apache-2.0

import VGGKit

extension HTMLReport {
    var training: Section? {
        guard let history, !history.epochs.isEmpty else { return nil }
        return Section(
            id: "training", name: "Training", title: "Training",
            body: """
                <div class="charts">\(lossChart(history).figure)\(accuracyChart(history).figure)\(rateChart(history).figure)</div>
                \(table(history))
                """)
    }

    private func lossChart(_ history: History) -> CurveChart {
        let epochs = history.epochs
        let best = history.best.flatMap { $0.validationLoss == nil ? nil : $0 }
        return CurveChart(
            title: "Loss",
            remark: best.map {
                "\(lossName); \(Words.number($0.validationLoss!)) in validation after the best epoch, \($0.number)"
            } ?? "\(lossName)",
            curves: curves(epochs.map(\.trainLoss), epochs.map(\.validationLoss)), ringed: best?.number,
            label: { Words.number($0) })
    }

    private func accuracyChart(_ history: History) -> CurveChart {
        let epochs = history.epochs
        let best = history.best.flatMap { $0.validationAccuracy == nil ? nil : $0 }
        return CurveChart(
            title: "Accuracy",
            remark: best.map {
                "best validation accuracy \(Words.percent($0.validationAccuracy)) after epoch \($0.number)"
            } ?? "of the photos it was trained on",
            curves: curves(
                epochs.map { 100 * $0.trainAccuracy }, epochs.map { $0.validationAccuracy.map { 100 * $0 } }),
            yRange: 0...100, unit: "\u{A0}%", ringed: best?.number, label: { Words.percent($0 / 100) })
    }

    private func rateChart(_ history: History) -> CurveChart {
        let rates = history.epochs.map(\.learningRate)
        return CurveChart(
            title: "Learning rate",
            remark:
                "highest \(Words.short(rates.filter(\.isFinite).max() ?? .nan)), at the end of each epoch",
            curves: [CurveChart.Curve(name: "rate", values: rates, style: "third")], yRange: 0...0,
            label: { Words.short($0) })
    }

    private func curves(_ training: [Double], _ validation: [Double?]) -> [CurveChart.Curve] {
        let curves = [CurveChart.Curve(name: "training", values: training, style: "first")]
        guard validation.contains(where: { $0?.isFinite == true }) else { return curves }
        return curves + [
            CurveChart.Curve(name: "validation", values: validation.map { $0 ?? .nan }, style: "second")
        ]
    }

    /// The same in numbers.
    private func table(_ history: History) -> HTML {
        let best = history.best?.number
        let rows = history.epochs.map { epoch -> HTML in
            """
            <tr\(epoch.number == best ? " class=\"best\"" as HTML : "")><th scope="row">\(epoch.number)</th>\
            <td>\(Words.short(epoch.learningRate))</td>\
            <td>\(Words.number(epoch.trainLoss))</td><td>\(Words.percent(epoch.trainAccuracy))</td>\
            <td>\(epoch.validationLoss.map { Words.number($0) } ?? "–")</td>\
            <td>\(Words.percent(epoch.validationAccuracy))</td></tr>

            """
        }
        return """
            <details><summary>The curves in numbers</summary>
            \(Self.scrolling("Measurements of each epoch", """
            <table class="numbers"><caption>What each epoch measured; the best one is marked.</caption>
            <thead><tr><th scope="col">epoch</th><th scope="col">rate</th><th scope="col">training loss</th>\
            <th scope="col">training accuracy</th><th scope="col">validation loss</th>\
            <th scope="col">validation accuracy</th></tr></thead>
            <tbody>\(rows)</tbody></table>
            """))
            </details>
            """
    }
}
