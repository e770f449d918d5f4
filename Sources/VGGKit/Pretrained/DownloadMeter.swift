// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Shows a download's progress: in a terminal a line that is redrawn, elsewhere a line from time to time.
/// Sendable because every access holds the lock.
package final class DownloadMeter: @unchecked Sendable {
    private let title: String
    private let output: ProgressBar.Output
    private let lock = Lock<State>(State())

    private struct State {
        var shownAt = -Double.infinity
        /// The bytes that were there before this download began.
        var initial: (received: Int, at: Double)?
        var columns = 0
    }

    package init(title: String, output: ProgressBar.Output) {
        self.title = title
        self.output = output
    }

    package func update(_ received: Int, _ total: Int?) {
        lock.withLock { state in
            let (now, width) = (output.now(), output.width())
            if state.initial == nil { state.initial = (received, now) }
            let isDone = received == total
            guard isDone || now - state.shownAt >= (width == nil ? 30 : 0.1) else { return }
            state.shownAt = now
            let line = text(received, total, state.initial!, now)
            guard let width else { return output.write(line + "\n") }
            let shown = fitting(line, width - 1)
            output.write("\r" + TerminalText.padded(shown, to: min(state.columns, width - 1)))
            state.columns = TerminalText.columns(shown)
            if isDone { output.write("\n") }
        }
    }

    /// The line; if it is too wide, without the title, or with less.
    private func fitting(_ line: String, _ width: Int) -> String {
        let measures = line.dropFirst(title.count + 2)
        let shorter = [line, String(measures), String(measures.prefix { $0 != "," })]
        return shorter.first { TerminalText.columns($0) <= width } ?? ""
    }

    private func text(_ received: Int, _ total: Int?, _ initial: (received: Int, at: Double), _ now: Double)
        -> String
    {
        let megabytes = { (count: Int) in String(format: "%.1f", Double(count) / 1e6) }
        var line = "\(title): \(megabytes(received))"
        if let total, total > 0 {
            line += " of \(megabytes(total)) MB, \(100 * received / total) %"
        } else {
            line += " MB"
        }
        let seconds = now - initial.at
        if seconds > 0.5 { line += ", \(megabytes(Int(Double(received - initial.received) / seconds))) MB/s" }
        return line
    }
}
