// SPDX-License-Identifier: Apache-2.0

import Foundation

/// An epoch's progress as a line of text.
package struct ProgressLine: Equatable {
    package var title: String
    /// Images done, of `total`.
    package var done: Int
    package var total: Int
    /// The number of images that were done when the timer started.
    package var initial: Int
    package var seconds: Double
    /// The seconds that the training images took, if validation came after them.
    package var imageSeconds: Double?
    /// Nil if it is not measured.
    package var loss: Double?
    package var accuracy: Double?
    package var validationLoss: Double?
    package var validationAccuracy: Double?
    /// The activity after the last image, shown in place of the time.
    package var activity: String?

    package init(
        title: String, done: Int, total: Int, initial: Int = 0, seconds: Double, loss: Double? = nil,
        accuracy: Double? = nil, validationLoss: Double? = nil, validationAccuracy: Double? = nil
    ) {
        self.title = title
        self.done = done
        self.total = total
        self.initial = initial
        self.seconds = seconds
        self.loss = loss
        self.accuracy = accuracy
        self.validationLoss = validationLoss
        self.validationAccuracy = validationAccuracy
    }

    /// The full line, without a bar.
    package var text: String {
        ([title, count] + training + validation + [rate, time]).joined(separator: "  ")
    }

    /// The line for `width` columns, with a bar if there is enough space. The least important parts are
    /// dropped first.
    package func text(width: Int) -> String {
        for layout in layouts {
            let taken = TerminalText.columns(layout.joined)
            if layout.hasBar && taken + 2 + Self.shortestBar <= width {
                return layout.joined(with: bar(min(width - taken - 2, 32)))
            }
            if !layout.hasBar && taken <= width { return layout.joined }
        }
        return ""
    }

    private static let shortestBar = 10

    /// Parts of the line. A bar may follow the first part.
    private struct Layout {
        var hasBar: Bool
        var parts: [String]

        var joined: String { parts.joined(separator: "  ") }
        func joined(with bar: String) -> String {
            ([parts[0], bar] + parts.dropFirst()).joined(separator: "  ")
        }
    }

    /// The variants of the line, from all parts to the count alone. Once the images are done, their count is
    /// the least important part, and the validation results are the most important.
    private var layouts: [Layout] {
        let validated = !validation.isEmpty
        let parts: [(hasBar: Bool, parts: [String])] = [
            (true, [title, count] + training + validation + [rate, time]),
            (true, [title, count] + training + validation + [time]),
            (true, [title, count] + shortTraining + shortValidation + [time]),
        ]
        let whenValidated: [(hasBar: Bool, parts: [String])] = [
            (true, [title] + shortTraining + shortValidation + [time]),
            (true, [title] + shortTraining + shortestValidation + [time]),
            (true, [title] + shortTraining + shortestValidation),
            (false, [title] + shortTraining + shortestValidation + [time]),
            (false, [title] + shortTraining + shortestValidation),
            (false, [title] + shortTraining.suffix(1) + shortestValidation),
            (false, [title] + shortestValidation),
            (false, shortestValidation),
        ]
        let otherwise: [(hasBar: Bool, parts: [String])] = [
            (true, [title, count] + shortTraining),
            (false, [title, count] + shortTraining),
            (false, [title, count] + shortTraining.suffix(1)),
            (true, [title, count]), (false, [title, count]), (false, [count]),
        ]
        return (parts + (validated ? whenValidated : otherwise)).map(Layout.init)
    }

    private func bar(_ width: Int) -> String {
        let filled = Int((Double(width - 2) * share).rounded(.down))
        return "[" + String(repeating: "=", count: filled)
            + String(repeating: " ", count: width - 2 - filled) + "]"
    }

    private var share: Double { total > 0 ? min(max(Double(done) / Double(total), 0), 1) : 1 }

    private var count: String { "\(done)/\(total)" }

    private var training: [String] {
        Self.measures(loss, "loss", 4) + (accuracy.map { ["accuracy " + Decimals.percent($0)] } ?? [])
    }

    private var shortTraining: [String] {
        Self.measures(loss, "loss", 3) + (accuracy.map { [Decimals.percent($0)] } ?? [])
    }

    private var validation: [String] {
        Self.measures(validationLoss, "val loss", 4)
            + (validationAccuracy.map { ["val accuracy " + Decimals.percent($0)] } ?? [])
    }

    private var shortValidation: [String] {
        Self.measures(validationLoss, "val loss", 3)
            + (validationAccuracy.map { [Decimals.percent($0)] } ?? [])
    }

    private var shortestValidation: [String] {
        let accuracy = validationAccuracy.map(Decimals.percent)
        guard validationLoss != nil else { return accuracy.map { ["val " + $0] } ?? [] }
        return Self.measures(validationLoss, "val", 3) + (accuracy.map { [$0] } ?? [])
    }

    private static func measures(_ loss: Double?, _ name: String, _ digits: Int) -> [String] {
        loss.map { ["\(name) \(Decimals.fixed($0, digits))"] } ?? []
    }

    private var imagesPerSecond: Double {
        let seconds = imageSeconds ?? seconds
        return seconds > 0 ? Double(done - initial) / seconds : 0
    }

    private var rate: String {
        let rate = imagesPerSecond
        return Decimals.fixed(rate, rate < 10 ? 1 : 0) + " images/s"
    }

    /// The estimated time that is left, or the time that everything took.
    private var time: String {
        if let activity { return activity }
        if done >= total { return "took " + (seconds < 9.95 ? Self.tenths(seconds) : Self.duration(seconds)) }
        guard imagesPerSecond > 0 else { return "? left" }
        return "\(Self.duration(Double(total - done) / imagesPerSecond)) left"
    }

    private static func tenths(_ seconds: Double) -> String { Decimals.fixed(max(seconds, 0), 1) + " s" }

    /// Minutes and seconds, or hours, minutes and seconds.
    package static func duration(_ seconds: Double) -> String {
        let whole = Int(min(max(seconds, 0), 359_999_999).rounded(.up))
        let (hours, minutes, rest) = (whole / 3600, whole / 60 % 60, whole % 60)
        return hours > 0
            ? String(format: "%d:%02d:%02d", hours, minutes, rest) : String(format: "%d:%02d", minutes, rest)
    }
}
