// SPDX-License-Identifier: Apache-2.0

/// The blocks of a tar archive, in POSIX's ustar. All files belong to nobody and have no date, so that the
/// same files give the same archive.
enum TarWriter {
    private static let block = 512

    /// The end of an archive.
    static let end = [UInt8](repeating: 0, count: 2 * block)

    /// The number of bytes that a file takes.
    static func padded(_ byteCount: Int) -> Int { (byteCount + block - 1) / block * block }

    /// A name of a member without its ending, in a folder. What would end it early, or lead elsewhere, is
    /// replaced; and it is cut to what fits into a header together with an ending.
    static func name(folder: String, _ name: String) -> String {
        let (longest, ending) = (100, 5)
        let folder = cut(plain(folder), longest / 2)
        return folder + "/" + cut(plain(name), longest - folder.utf8.count - 1 - ending)
    }

    private static func plain(_ text: String) -> String {
        String(
            text.unicodeScalars.map {
                $0.value < 0x20 || "./\\\u{7F}".unicodeScalars.contains($0) ? "_" : Character($0)
            })
    }

    private static func cut(_ text: String, _ byteCount: Int) -> String {
        var text = text
        while text.utf8.count > byteCount { text.unicodeScalars.removeLast() }
        return text
    }

    /// The header of a file.
    /// - Parameter name: 100 bytes at most
    static func header(_ name: String, byteCount: Int) -> [UInt8] {
        var header = [UInt8](repeating: 0, count: block)
        func put(_ text: String, at position: Int) {
            header.replaceSubrange(position..<position + text.utf8.count, with: text.utf8)
        }
        put(name, at: 0)
        put("0000644\0", at: 100)
        put("0000000\0", at: 108)
        put("0000000\0", at: 116)
        put(octal(byteCount, digits: 11) + "\0", at: 124)
        put("00000000000\0", at: 136)
        put("        ", at: 148)
        put("0", at: 156)
        put("ustar\u{0}00", at: 257)
        put(octal(header.reduce(0) { $0 + Int($1) }, digits: 6) + "\0 ", at: 148)
        return header
    }

    private static func octal(_ number: Int, digits: Int) -> String {
        let text = String(number, radix: 8)
        return String(repeating: "0", count: digits - text.count) + text
    }
}
