// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A folder that lasts as long as a test.
final class TemporaryFolder: Sendable {
    let url = FileManager.default.temporaryDirectory.appending(path: "vggkit-\(UUID().uuidString)")

    init() { try! FileManager.default.createDirectory(at: url, withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(at: url) }

    var names: [String] { try! FileManager.default.contentsOfDirectory(atPath: url.path).sorted() }
}
