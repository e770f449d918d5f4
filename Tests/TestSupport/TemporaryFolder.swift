// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A folder that lasts as long as a test.
public final class TemporaryFolder: Sendable {
    public let url = FileManager.default.temporaryDirectory.appending(path: "vggkit-\(UUID().uuidString)")

    public init() { try! FileManager.default.createDirectory(at: url, withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(at: url) }

    public var names: [String] { try! FileManager.default.contentsOfDirectory(atPath: url.path).sorted() }
}
