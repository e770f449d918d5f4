// SPDX-License-Identifier: Apache-2.0

import Foundation
import VGGKit

/// Output of commands. In a terminal long lines are broken between words; elsewhere they are not broken.
enum Console {
    static func wrapped(_ text: String, for descriptor: Int32) -> String {
        guard let width = TerminalText.width(of: descriptor) else { return text }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            let isCommand = line.drop { $0 == " " }.hasPrefix("vggkit ")
            return TerminalText.wrapped(String(line), width: width - 1, ending: isCommand ? " \\" : "")
        }
        return lines.joined(separator: "\n")
    }

    /// A command that can be pasted into a shell as it is printed, even if it is broken into lines.
    static func wrapped(command: String, for descriptor: Int32) -> String {
        guard let width = TerminalText.width(of: descriptor) else { return command }
        return TerminalText.wrapped(command, width: width - 1, ending: " \\")
    }

    /// Whether nothing is printed but errors: on all ranks but the first.
    static var isSilent: Bool { silence.withLock { $0 } }
    private static let silence = Lock(false)

    /// Prints nothing but errors from now on.
    static func beSilent() { silence.withLock { $0 = true } }

    /// Whether standard output and standard error (progress) go to the same terminal, file or pipe.
    static let isOne: Bool = {
        var (output, errors) = (stat(), stat())
        guard fstat(STDOUT_FILENO, &output) == 0, fstat(STDERR_FILENO, &errors) == 0 else { return false }
        return output.st_dev == errors.st_dev && output.st_ino == errors.st_ino
    }()
}

/// Prints to standard error.
func warn(_ text: String) {
    FileHandle.standardError.write(Data("\(Console.wrapped(text, for: STDERR_FILENO))\n".utf8))
}

/// Prints a line and flushes it, so that a log file shows it at once.
func say(_ text: String) {
    guard !Console.isSilent else { return }
    print(Console.wrapped(text, for: STDOUT_FILENO))
    fflush(nil)
}

/// Prints a command to be typed or copied.
func sayCommand(_ command: String) {
    guard !Console.isSilent else { return }
    print(Console.wrapped(command: command, for: STDOUT_FILENO))
    fflush(nil)
}

extension Double {
    var percent: String { Decimals.percent(self) }
}
