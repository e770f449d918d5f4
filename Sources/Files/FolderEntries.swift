// SPDX-License-Identifier: Apache-2.0

import Foundation

/// What stands in a folder. Names are bytes: `FileManager` leaves those that are no text out without a word.
package struct FolderEntry: Sendable {
    package enum Kind: Sendable {
        case file, folder
        /// A link to something that is not there
        case brokenLink
    }

    /// Which folder it is, by whatever path.
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
    /// With `\xE9` for bytes that are no text.
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
    /// Nil for what is gone since, and for what is neither a file nor a folder: a socket, a device.
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
    /// Whether it comes first by its bytes. `<` compares what text means: é as a letter and as e with an accent are one.
    package func precedesInBytes(_ other: String) -> Bool { utf8.lexicographicallyPrecedes(other.utf8) }
}
