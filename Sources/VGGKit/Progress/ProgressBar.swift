// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Shows on standard error how far an epoch is: in a terminal a line that is redrawn, elsewhere a line now and then.
///
/// ```swift
/// let bar = ProgressBar(title: "epoch 1/20", total: 2939)
/// bar.update(done: 32, loss: 1.6, accuracy: 0.2)
/// bar.finish()
/// ```
public final class ProgressBar {
    public enum Style: Sendable, Equatable {
        /// A bar in a terminal, lines elsewhere.
        case automatic
        case none
    }

    /// Where the text goes.
    package struct Output {
        /// The columns of a terminal whose line may be redrawn; nil stands for a file or a pipe.
        package var width: () -> Int?
        package var write: (String) -> Void
        /// Seconds since any moment.
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
    /// How much of the terminal's line is not blank.
    private var columnsShown = 0
    private var isFinished = false

    /// - Parameters:
    ///   - total: how many images there are.
    ///   - done: how many of them were done before, in a run that was resumed.
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
    ///   - done: how many images are done.
    ///   - loss: the mean over them, where it is measured.
    ///   - accuracy: the share of them that was recognised.
    public func update(done: Int, loss: Double? = nil, accuracy: Double? = nil) {
        (line.done, line.loss, line.accuracy) = (done, loss, accuracy)
        guard let output, !isFinished else { return }
        let now = output.now()
        let width = output.width()
        guard now - shownAt >= (width == nil ? 30 : 0.1) else { return }
        show(output, now, width)
    }

    /// Says that the images are done, and that what they taught is being validated.
    public func beginValidation() {
        guard let output, !isFinished else { return }
        let now = output.now()
        line.imageSeconds = now - start
        line.activity = "validating"
        // A log gets a line when there is something to tell.
        if let width = output.width() { show(output, now, width) }
    }

    /// Shows where it stands and goes to the next line.
    /// - Parameters:
    ///   - validationLoss: what validation measured after the images, if it did.
    ///   - validationAccuracy: the share that was recognised there.
    public func finish(validationLoss: Double? = nil, validationAccuracy: Double? = nil) {
        guard let output, !isFinished else { return }
        isFinished = true
        (line.validationLoss, line.validationAccuracy) = (validationLoss, validationAccuracy)
        line.activity = nil
        let width = output.width()
        show(output, output.now(), width)
        if width != nil { output.write("\n") }
    }

    /// Takes the line off a terminal, so that another can be printed; the next update draws it again.
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
