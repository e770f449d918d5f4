// SPDX-License-Identifier: Apache-2.0

import Foundation

/// An entry of a folder. Names are bytes: `FileManager` silently skips names that are not valid UTF-8.
package struct FolderEntry: Sendable {
    package enum Kind: Sendable {
        case file, folder
        /// A link whose target does not exist
        case brokenLink
    }

    /// The identity of a folder, the same for all paths that lead to it.
    package struct Identity: Hashable, Sendable {
        let device: UInt64
        let number: UInt64

        init(_ status: stat) {
            device = UInt64(truncatingIfNeeded: status.st_dev)
            number = UInt64(truncatingIfNeeded: status.st_ino)
        }

        /// Nil if there is nothing at the URL.
        package init?(_ url: URL) {
            var status = stat()
            guard stat(url.path, &status) == 0 else { return nil }
            self.init(status)
        }
    }

    /// Nil where the bytes are not UTF-8.
    package let name: String?
    /// The name with `\xE9` for bytes that are not valid UTF-8.
    package let printableName: String
    package let kind: Kind
    package let isLink: Bool
    package let identity: Identity

    package var isHidden: Bool { printableName.hasPrefix(".") }
}

/// Why a folder could not be read.
package struct FolderError: Error {
    package let code: Int32
    package var reason: String { systemReason(code) }
}

/// The entries of a folder in the order of their names' bytes, as Python sorts text.
/// - Throws: `FolderError`
package func entries(ofFolder url: URL) throws(FolderError) -> [FolderEntry] {
    guard let folder = opendir(url.path) else { throw FolderError(code: errno) }
    defer { closedir(folder) }
    var found: [(name: [UInt8], entry: FolderEntry)] = []
    errno = 0
    while let entry = readdir(folder) {
        let name = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
        if name == [UInt8(ascii: ".")] || name == [UInt8(ascii: "."), UInt8(ascii: ".")] { continue }
        if let entry = FolderEntry(name, in: dirfd(folder)) { found.append((name, entry)) }
        errno = 0
    }
    guard errno == 0 else { throw FolderError(code: errno) }
    return found.sorted { $0.name.lexicographicallyPrecedes($1.name) }.map(\.entry)
}

extension FolderEntry {
    /// Nil if the entry has been removed since, or is neither a file nor a folder (a socket, a device).
    fileprivate init?(_ name: [UInt8], in folder: Int32) {
        let path = name.map { CChar(bitPattern: $0) } + [0]
        var own = stat()
        guard fstatat(folder, path, &own, AT_SYMLINK_NOFOLLOW) == 0 else { return nil }
        isLink = own.st_mode & S_IFMT == S_IFLNK
        var target = own
        let leadsNowhere = isLink && fstatat(folder, path, &target, 0) != 0
        switch (leadsNowhere, target.st_mode & S_IFMT) {
        case (true, _): kind = .brokenLink
        case (false, S_IFDIR): kind = .folder
        case (false, S_IFREG): kind = .file
        default: return nil
        }
        identity = Identity(target)
        self.name = String(validating: name, as: UTF8.self)
        printableName = self.name ?? Self.printable(name)
    }

    private static func printable(_ name: [UInt8]) -> String {
        name.map { $0 < 0x80 ? String(UnicodeScalar($0)) : "\\x" + String($0, radix: 16, uppercase: true) }
            .joined()
    }
}

extension String {
    /// Whether its bytes come first. (`<` on strings treats é and e with a combining accent as equal.)
    package func precedesInBytes(_ other: String) -> Bool { utf8.lexicographicallyPrecedes(other.utf8) }
}
