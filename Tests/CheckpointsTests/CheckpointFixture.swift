// SPDX-License-Identifier: Apache-2.0

import Checkpoints
import Foundation
import TestSupport
import Testing

/// A file that PyTorch, safetensors or NumPy wrote, and what they say is in it.
struct CheckpointFixture: Decodable, Sendable, CustomTestStringConvertible {
    struct Row: Decodable, Sendable, Equatable {
        var name: String
        var type: String
        var shape: [Int]
        /// The elements in row-major order, as hexadecimal digits.
        var bits: String
    }

    var file: String
    var format: String
    var tensors: [Row]

    var testDescription: String { file }
    var url: URL { Self.folder.appending(path: file) }

    static let folder = FixtureFile.folder.appending(path: "checkpoints")
    static let all: [CheckpointFixture] = try! FixtureFile.table("checkpoints/contents")

    static func url(_ file: String) -> URL { folder.appending(path: file) }

    /// What VGGKit finds in a file.
    static func rows(of file: CheckpointFile) -> [Row] {
        file.arrays.map { name, array in
            var bits = ""
            array.forEachPiece { piece in
                bits += piece.array.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
            }
            return Row(name: name, type: array.type.rawValue, shape: array.shape, bits: bits)
        }
    }
}
