// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Shows an epoch's progress on standard error: in a terminal a line that is redrawn, elsewhere a line from
/// time to time.
///
/// ```swift
/// let bar = ProgressBar(title: "epoch 1/20", total: 2939)
/// bar.update(done: 32, loss: 1.6, accuracy: 0.2)
/// bar.finish()
/// ```
public final class ProgressBar {
    /// Whether progress is shown.
    public enum Style: Sendable, Equatable {
        /// A bar in a terminal, lines elsewhere.
        case automatic
        case none
    }

    /// The file that the text is written to.
    package struct Output {
        /// The columns of a terminal whose line may be redrawn; nil stands for a file or a pipe.
        package var width: () -> Int?
        package var write: (String) -> Void
        /// The current time, in seconds since any fixed moment.
        package var now: () -> Double

        package init(
            width: @escaping () -> Int?, write: @escaping (String) -> Void, now: @escaping () -> Double
        ) {
            self.width = width
            self.write = write
            self.now = now
        }
    }

    private var line: ProgressLine
    private let output: Output?
    private let start: Double
    private var shownAt: Double
    /// How many columns of the terminal's line are in use.
    private var columnsShown = 0
    private var isFinished = false

    /// - Parameters:
    ///   - total: the number of images.
    ///   - done: the number of images that were done before, in a run that was resumed.
    public convenience init(title: String, total: Int, done: Int = 0, style: Style = .automatic) {
        self.init(title: title, total: total, done: done, output: style == .none ? nil : .standardError)
    }

    package init(title: String, total: Int, done: Int = 0, output: Output?) {
        line = ProgressLine(
            title: title, done: done, total: total, initial: done, seconds: 0)
        self.output = output
        start = output?.now() ?? 0
        shownAt = start
    }

    /// - Parameters:
    ///   - done: the number of images that are done.
    ///   - loss: their mean loss, if it is measured.
    ///   - accuracy: the share of them that was classified correctly.
    public func update(done: Int, loss: Double? = nil, accuracy: Double? = nil) {
        (line.done, line.loss, line.accuracy) = (done, loss, accuracy)
        guard let output, !isFinished else { return }
        let now = output.now()
        let width = output.width()
        guard now - shownAt >= (width == nil ? 30 : 0.1) else { return }
        show(output, now, width)
    }

    /// Shows that the training images are done, and that validation is running.
    public func beginValidation() {
        guard let output, !isFinished else { return }
        let now = output.now()
        line.imageSeconds = now - start
        line.activity = "validating"
        // A log gets a line when there is something to tell.
        if let width = output.width() { show(output, now, width) }
    }

    /// Shows the final state, and goes to the next line.
    /// - Parameters:
    ///   - validationLoss: the validation loss after the epoch, if it was measured.
    ///   - validationAccuracy: the validation accuracy, if it was measured.
    public func finish(validationLoss: Double? = nil, validationAccuracy: Double? = nil) {
        guard let output, !isFinished else { return }
        isFinished = true
        (line.validationLoss, line.validationAccuracy) = (validationLoss, validationAccuracy)
        line.activity = nil
        let width = output.width()
        show(output, output.now(), width)
        if width != nil { output.write("\n") }
    }

    /// Clears the line of a terminal, so that something else can be printed. The next update draws it again.
    package func clear() {
        guard let output, !isFinished, columnsShown > 0, let width = output.width() else { return }
        output.write("\r" + String(repeating: " ", count: min(columnsShown, width - 1)) + "\r")
        columnsShown = 0
    }

    private func show(_ output: Output, _ now: Double, _ width: Int?) {
        shownAt = now
        line.seconds = now - start
        guard let width else { return output.write(line.text + "\n") }
        // The last column stays free: some terminals go to the next line once it is written.
        let text = line.text(width: width - 1)
        output.write("\r" + TerminalText.padded(text, to: min(columnsShown, width - 1)))
        columnsShown = TerminalText.columns(text)
    }
}

extension ProgressBar.Output {
    package static var standardError: Self {
        let clock = ContinuousClock()
        let start = clock.now
        return Self(
            width: { TerminalText.width(of: STDERR_FILENO) },
            write: { FileHandle.standardError.write(Data($0.utf8)) },
            now: { start.duration(to: clock.now) / .seconds(1) })
    }
}
