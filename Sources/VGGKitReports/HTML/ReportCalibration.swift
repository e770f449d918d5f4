// SPDX-License-Identifier: Apache-2.0

import VGGKit

extension HTMLReport {
    var calibration: Section? {
        guard let evaluation, evaluation.calibration.count > 0 else { return nil }
        let calibration = evaluation.calibration
        let gap = calibration.meanConfidence - calibration.accuracy
        let verdict: HTML =
            abs(gap) < 0.01
            ? "On average its confidence matches its accuracy."
            : "On average its confidence is \(Words.number(100 * abs(gap), decimals: 1)) points too \(gap > 0 ? "high" : "low")."
        return Section(
            id: "calibration", name: "Calibration", title: "Does it know when it is right?",
            body: """
                <div class="beside"><div>\(ReliabilityChart(calibration).figure)</div>
                <div><p>\(verdict) Its mean confidence is \(Words.percent(calibration.meanConfidence)), its accuracy \
                \(Words.percent(calibration.accuracy)).</p>
                <dl class="facts"><div><dt>expected error</dt><dd>\(Words.percent(calibration.expectedError))</dd></div>\
                <div><dt>largest of a bin</dt><dd>\(Words.percent(calibration.maximumError))</dd></div>\
                <div><dt>bins</dt><dd>\(calibration.bins.count)</dd></div></dl>
                <p class="remark">Photos are sorted into bins by the probability of their prediction. Where a bar ends on the \
                diagonal, the confidence equals the accuracy. Below the diagonal the model is overconfident, above it \
                underconfident. The expected error is the bars’ mean distance from the diagonal, weighted by the \
                number of photos (Guo et al., 2017).</p></div></div>
                """)
    }
}

/// A reliability diagram: the accuracy of each bin of confidence, and below it how many photos are in it.
struct ReliabilityChart {
    private let calibration: Calibration
    private let frame = ChartFrame(width: 360, height: 330, left: 44, right: 22, top: 12, bottom: 110)

    init(_ calibration: Calibration) { self.calibration = calibration }

    var figure: HTML {
        """
        <figure class="chart"><svg viewBox="0 0 \(frame.width, decimals: 0) \(frame.height, decimals: 0)" role="img" \
        aria-label="Reliability diagram: accuracy for each bin of confidence">
        \(axes)\(calibration.bins.map(bar))
        <line class="diagonal" x1="\(frame.x(0))" y1="\(frame.y(0))" x2="\(frame.x(1))" y2="\(frame.y(1))"/>
        \(histogram)
        </svg><figcaption><ul class="legend"><li><span class="key accuracy"></span>accuracy</li>\
        <li><span class="key missing"></span>confidence above it: too sure</li>\
        <li><span class="key surplus"></span>accuracy above the confidence: not sure enough</li></ul></figcaption></figure>
        """
    }

    private var axes: HTML {
        let rows = [0, 0.25, 0.5, 0.75, 1].map { share -> HTML in
            """
            <line class="grid" x1="\(frame.left)" y1="\(frame.y(share))" x2="\(frame.maxX)" y2="\(frame.y(share))"/>\
            <text class="tick end" x="\(frame.left - 7)" y="\(frame.y(share) + 4)">\(100 * share, decimals: 0)\u{A0}%</text>
            """
        }
        let columns = [0, 0.25, 0.5, 0.75, 1].map { share -> HTML in
            """
            <text class="tick middle" x="\(frame.x(share))" y="\(frame.height - 22)">\(100 * share, decimals: 0)\u{A0}%</text>
            """
        }
        return """
            \(rows)\(columns)<text class="tick middle" x="\(frame.x(0.5))" y="\(frame.height - 5)">confidence</text>\
            <text class="tick" x="\(frame.left + 6)" y="\(frame.top + 12)">accuracy</text>
            """
    }

    private func title(_ bin: Calibration.Bin) -> String {
        "confidence \(Words.percent(bin.lower)) to \(Words.percent(bin.upper)): \(Words.plural(bin.count, "photo")), mean confidence \(Words.percent(bin.confidence)), accuracy \(Words.percent(bin.accuracy))"
    }

    /// The accuracy as a bar, and its difference to the mean confidence.
    private func bar(_ bin: Calibration.Bin) -> HTML {
        guard bin.count > 0 else { return "" }
        let (x, width) = across(bin)
        func rectangle(_ name: HTML, _ lower: Double, _ upper: Double) -> HTML {
            """
            <rect class="\(name)" x="\(x)" y="\(frame.y(upper))" width="\(width)" height="\(frame.y(lower) - frame.y(upper))"/>
            """
        }
        let lower = min(bin.accuracy, bin.confidence)
        let gap = rectangle(bin.gap > 0 ? "missing" : "surplus", lower, max(bin.accuracy, bin.confidence))
        return "<g>\(rectangle("accuracy", 0, lower))\(gap)<title>\(title(bin))</title></g>"
    }

    /// The horizontal position of a bin's bars, with a gap to the neighbouring bins.
    private func across(_ bin: Calibration.Bin) -> (x: Double, width: Double) {
        (frame.x(bin.lower) + 1.5, frame.x(bin.upper) - frame.x(bin.lower) - 3)
    }

    private var histogram: HTML {
        let (top, height) = (frame.maxY + 24, 42.0)
        let most = max(1, calibration.bins.map(\.count).max() ?? 1)
        let bars = calibration.bins.map { bin -> HTML in
            guard bin.count > 0 else { return "" }
            let (x, width) = across(bin)
            let size = max(1, height * Double(bin.count) / Double(most))
            return """
                <rect class="photos" x="\(x)" y="\(top + height - size)" width="\(width)" height="\(size)"><title>\(title(bin))</title></rect>
                """
        }
        let scale = [(0, top + height), (most, top)].map { count, y -> HTML in
            """
            <line class="grid" x1="\(frame.left)" y1="\(y)" x2="\(frame.maxX)" y2="\(y)"/>\
            <text class="tick end" x="\(frame.left - 7)" y="\(y + 4)">\(Words.count(count))</text>
            """
        }
        return """
            \(scale)\(bars)<line class="axis" x1="\(frame.left)" y1="\(top + height)" x2="\(frame.maxX)" y2="\(top + height)"/>\
            <text class="tick" x="\(frame.left + 6)" y="\(top + 10)">photos</text>
            """
    }
}
