// SPDX-License-Identifier: Apache-2.0

import Foundation

/// How far an epoch is, as text.
package struct ProgressLine: Equatable {
    package var title: String
    /// Images done, of `total`.
    package var done: Int
    package var total: Int
    /// How many images were done when the seconds began to count.
    package var initial: Int
    package var seconds: Double
    /// nil where nothing is measured.
    package var loss: Double?
    package var accuracy: Double?

    package init(
        title: String, done: Int, total: Int, initial: Int = 0, seconds: Double, loss: Double? = nil,
        accuracy: Double? = nil
    ) {
        self.title = title
        self.done = done
        self.total = total
        self.initial = initial
        self.seconds = seconds
        self.loss = loss
        self.accuracy = accuracy
    }

    /// Everything, in words.
    package var text: String { ([title, count] + measures + [rate, time]).joined(separator: "  ") }

    /// What of it fits `width` columns, with a bar if that fits too. Less important parts go first.
    package func text(width: Int) -> String {
        let parts: [[String]] = [
            [title, count] + measures + [rate, time], [title, count] + measures + [time],
            [title, count] + measures,
            [title, count], [count],
        ]
        guard let fitting = parts.map({ $0.joined(separator: "  ") }).first(where: { $0.count <= width })
        else {
            return String(count.prefix(max(0, width)))
        }
        let room = min(width - fitting.count - 2, 32)
        guard room >= 12, fitting.hasPrefix(title) else { return fitting }
        return "\(title)  \(bar(room))\(fitting.dropFirst(title.count))"
    }

    private func bar(_ width: Int) -> String {
        let filled = Int((Double(width - 2) * share).rounded(.down))
        return "[" + String(repeating: "=", count: filled)
            + String(repeating: " ", count: width - 2 - filled) + "]"
    }

    private var share: Double { total > 0 ? min(max(Double(done) / Double(total), 0), 1) : 1 }

    private var count: String { "\(done)/\(total)" }

    private var measures: [String] {
        [
            loss.map { String(format: "loss %.4f", $0) },
            accuracy.map { String(format: "accuracy %.1f%%", 100 * $0) },
        ].compactMap(\.self)
    }

    private var imagesPerSecond: Double { seconds > 0 ? Double(done - initial) / seconds : 0 }

    private var rate: String {
        let rate = imagesPerSecond
        return String(format: rate < 10 ? "%.1f images/s" : "%.0f images/s", rate)
    }

    /// The time that the rest takes at this rate, or that all of it took.
    private var time: String {
        if done >= total { return "took \(Self.duration(seconds))" }
        guard imagesPerSecond > 0 else { return "? left" }
        return "\(Self.duration(Double(total - done) / imagesPerSecond)) left"
    }

    /// Minutes and seconds, or hours, minutes and seconds.
    package static func duration(_ seconds: Double) -> String {
        let whole = Int(min(max(seconds, 0), 359_999_999).rounded(.up))
        let (hours, minutes, rest) = (whole / 3600, whole / 60 % 60, whole % 60)
        return hours > 0
            ? String(format: "%d:%02d:%02d", hours, minutes, rest) : String(format: "%d:%02d", minutes, rest)
    }
}
