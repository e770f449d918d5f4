// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// `swift format` does not break comments: they keep to the code's 110 columns by this test.
@Suite struct CommentWidthTests {
    @Test(arguments: ["Sources", "Examples", "Tests"]) func commentsKeepToTheCodesWidth(folder: String) throws
    {
        let root = SourceText.sources.deletingLastPathComponent().appending(path: folder)
        for (path, text) in try SourceText.files(in: root) {
            for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
            where line.count > 110 && line.contains(/^\s*\/\//) {
                Issue.record("\(folder)/\(path):\(index + 1) has \(line.count) columns")
            }
        }
    }
}
