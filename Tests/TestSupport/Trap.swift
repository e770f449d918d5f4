// SPDX-License-Identifier: Apache-2.0

import Testing

/// A mistake in a program that ends it, and the message that says what it is.
///
/// Each module lists its traps, and one test runs each of them in a process of its own:
/// ```swift
/// @Test(arguments: traps.map(\.message)) func trap(_ message: String) async {
///     let result = await #expect(
///         processExitsWith: .failure, observing: [\.standardErrorContent]
///     ) { [message] in
///         try await traps.run(message)
///     }
///     traps.expect(message, in: result)
/// }
/// ```
public struct Trap: Sendable {
    public let message: String
    /// Where the mistake is made, if the message is to say so.
    fileprivate let file: String?
    fileprivate let lines: ClosedRange<UInt>
    fileprivate let body: @Sendable () async throws -> Void

    /// - Parameters:
    ///   - message: all of it, as users read it
    ///   - lineCount: on how many lines the mistake may be, from that of this call on
    public init(
        _ message: String, lineCount: UInt = 8, file: StaticString = #fileID, line: UInt = #line,
        _ body: @escaping @Sendable () async throws -> Void
    ) {
        self.message = message
        self.file = "\(file)"
        lines = line...line + lineCount
        self.body = body
    }

    private init(unlocated message: String, _ body: @escaping @Sendable () async throws -> Void) {
        self.message = message
        file = nil
        lines = 0...0
        self.body = body
    }

    /// A trap of an operator, a subscript, a property or a protocol's method, which cannot know its caller's
    /// line.
    public static func unlocated(
        _ message: String, _ body: @escaping @Sendable () async throws -> Void
    ) -> Trap {
        Trap(unlocated: message, body)
    }
}

extension [Trap] {
    /// Makes the mistake that has this message.
    public func run(_ message: String) async throws {
        try await first { $0.message == message }!.body()
    }

    /// Checks what a process that made the mistake wrote: the message, after the file and line where it was
    /// made.
    public func expect(_ message: String, in result: ExitTest.Result?) {
        guard let result, let trap = first(where: { $0.message == message }) else { return }
        let text = String(decoding: result.standardErrorContent, as: UTF8.self)
        let marker = ": Fatal error: "
        guard let line = text.split(separator: "\n").first(where: { $0.contains(marker) }) else {
            Issue.record("expected \"\(message)\", the process wrote:\n\(text.prefix(1000))")
            return
        }
        let parts = line.split(separator: marker, maxSplits: 1)
        #expect(parts.last.map(String.init) == message)
        guard let file = trap.file else { return }
        let place = parts[0].split(separator: ":")
        #expect(place.first.map(String.init) == file, "\(message)")
        #expect(
            place.last.flatMap { UInt($0) }.map(trap.lines.contains) == true, "\(message): at \(parts[0])")
    }
}
