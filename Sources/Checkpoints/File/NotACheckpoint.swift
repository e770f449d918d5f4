// SPDX-License-Identifier: Apache-2.0

import Files

/// Recognises files that only have a checkpoint's name, mostly from a failed download. The error then says
/// what the file is, which helps more than a parser's complaint about its first bytes.
enum NotACheckpoint {
    /// Says what a file is; nil if it may be a checkpoint.
    static func kind(of bytes: ByteSlice) -> String? {
        if bytes.count == 0 { return "it is empty" }
        if bytes.starts(with: "version https://git-lfs.github.com/spec/".utf8) {
            return "it is a Git LFS pointer, not the weights; run git lfs pull"
        }
        if bytes.starts(with: [0xFF, 0xD8, 0xFF]) || bytes.starts(with: [0x89] + Array("PNG".utf8)) {
            return "it is a photo, not a checkpoint"
        }
        let text = beginning(of: bytes)
        if ["<!doctype html", "<html", "<head", "<body", "<!--"].contains(where: text.hasPrefix) {
            return "it is a web page, not the weights; was a page saved instead of the file it links to?"
        }
        if text.hasPrefix("<?xml") || text.hasPrefix("<error") {
            return "it is XML, not the weights; servers answer so when a file is not there or not public"
        }
        if isJSON(text) {
            return "it is JSON, not the weights; is it the answer of a server, or an index of files?"
        }
        guard bytes.count > 8, bytes[8] != UInt8(ascii: "{") else { return nil }
        // Safetensors has no magic number: it begins with the length of its header.
        let length: UInt64 = bytes.integer(at: 0)
        guard length > UInt64(bytes.count) else { return nil }
        let first = bytes[0..<8].array
        let isText = first.allSatisfy { (0x20..<0x7F).contains($0) || $0 == 0x0A || $0 == 0x0D || $0 == 0x09 }
        let shown =
            isText
            ? "\"\(String(decoding: first, as: UTF8.self))\""
            : first.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
        return "it begins with \(shown), as no file of PyTorch, safetensors or NumPy does"
    }

    /// The first characters after spaces and a mark of the byte order, in small letters.
    private static func beginning(of bytes: ByteSlice) -> String {
        var start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        while start < min(bytes.count, 256), [0x20, 0x09, 0x0A, 0x0D].contains(bytes[start]) { start += 1 }
        return String(decoding: bytes[start..<min(bytes.count, start + 32)].array, as: UTF8.self).lowercased()
    }

    /// A safetensors file may begin with { too, as a length; what follows it are zeros then.
    private static func isJSON(_ text: String) -> Bool {
        guard text.first == "{" || text.first == "[" else { return false }
        let rest = text.dropFirst().drop { $0.isWhitespace }
        return rest.first == "\"" || rest.first == "{" || rest.first == "}"
    }
}
