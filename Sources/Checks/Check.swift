// SPDX-License-Identifier: Apache-2.0

/// Ends the process with a message unless a condition holds, in release builds too: for mistakes in a
/// program, as wrong shapes. `precondition` loses its message under optimisation. What users and their files
/// can get wrong is thrown.
///
/// Public functions pass on the file and line of their caller, so that the message names the user's code;
/// operators, subscripts and functions of one tensor, which are passed as values, cannot.
/// - Parameters:
///   - condition: what should hold
///   - message: the operation, what was found and what would fit; built only on failure
@inlinable @inline(__always)
package func check(
    _ condition: @autoclosure () -> Bool, _ message: @autoclosure () -> String,
    file: StaticString = #fileID, line: UInt = #line
) {
    if _slowPath(!condition()) { fail(message(), file: file, line: line) }
}

/// Ends the process with a message, in release builds too.
@usableFromInline @inline(never)
package func fail(_ message: String, file: StaticString = #fileID, line: UInt = #line) -> Never {
    fatalError(message, file: file, line: line)
}
