// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The folder of photos, weights and odd images that some tests use: too large for the repository.
///
/// It is the one that the environment variable `VGGKIT_TEST_DATA` names, or `../shared/data` beside the
/// package. Tests that use it are skipped where it is absent:
/// ```swift
/// @Test(.enabled(if: TestData.has("flower_photos"), "needs VGGKIT_TEST_DATA/flower_photos"))
/// ```
public enum TestData {
    public static let folder: URL = {
        if let path = ProcessInfo.processInfo.environment["VGGKIT_TEST_DATA"] { return URL(filePath: path) }
        let package = FixtureFile.folder.deletingLastPathComponent().deletingLastPathComponent()
        return package.deletingLastPathComponent().appending(path: "shared/data")
    }()

    public static func url(_ path: String) -> URL { folder.appending(path: path) }

    public static func has(_ path: String) -> Bool { FileManager.default.fileExists(atPath: url(path).path) }
}
