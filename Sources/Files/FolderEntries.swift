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
    /// Nil for what is not a folder.
    package let identity: Identity?

    package var isHidden: Bool { printableName.utf8.first == UInt8(ascii: ".") }
}

/// Why a folder could not be read.
package struct FolderError: Error {
    package let code: Int32
    package var reason: String { systemReason(code) }
}

/// The entries of a folder in the order of their names' bytes, as Python sorts text. Files of which the
/// folder itself says that they are files are not looked at.
/// - Throws: `FolderError`
package func entries(ofFolder url: URL) throws(FolderError) -> [FolderEntry] {
    guard let folder = opendir(url.path) else { throw FolderError(code: errno) }
    defer { closedir(folder) }
    // All names, each with its final zero.
    var bytes: [UInt8] = []
    var found: [(name: Range<Int>, type: UInt8)] = []
    errno = 0
    while let entry = readdir(folder) {
        let begin = bytes.count
        withUnsafeBytes(of: &entry.pointee.d_name) { bytes.append(contentsOf: $0.prefix { $0 != 0 }) }
        found.append((begin..<bytes.count, entry.pointee.d_type))
        bytes.append(0)
        errno = 0
    }
    guard errno == 0 else { throw FolderError(code: errno) }
    return bytes.withUnsafeBufferPointer { bytes in
        found.sort { order(bytes, $0.name, $1.name) < 0 }
        return found.compactMap { FolderEntry(bytes[$0.name], type: $0.type, in: dirfd(folder)) }
    }
}

/// Compares two names, each followed by a zero.
private func order(_ bytes: UnsafeBufferPointer<UInt8>, _ first: Range<Int>, _ second: Range<Int>) -> Int32 {
    // The zero is compared, too: a name comes before those that it begins.
    memcmp(
        bytes.baseAddress! + first.lowerBound, bytes.baseAddress! + second.lowerBound,
        min(first.count, second.count) + 1)
}

extension FolderEntry {
    /// Nil for the folder itself and its parent, and if the entry has been removed since, or is neither a
    /// file nor a folder (a socket, a device).
    /// - Parameter name: followed by a zero
    fileprivate init?(_ name: Slice<UnsafeBufferPointer<UInt8>>, type: UInt8, in folder: Int32) {
        if name.elementsEqual(".".utf8) || name.elementsEqual("..".utf8) { return nil }
        self.name = String(validating: name, as: UTF8.self)
        printableName = self.name ?? Self.printable(name)
        if type == UInt8(DT_REG) {
            (kind, isLink, identity) = (.file, false, nil)
            return
        }
        var own = stat()
        let path = UnsafeRawPointer(name.base.baseAddress! + name.startIndex).assumingMemoryBound(
            to: CChar.self)
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
        identity = kind == .folder ? Identity(target) : nil
    }

    private static func printable(_ name: some Sequence<UInt8>) -> String {
        name.map { $0 < 0x80 ? String(UnicodeScalar($0)) : "\\x" + String($0, radix: 16, uppercase: true) }
            .joined()
    }
}

extension String {
    /// Whether its bytes come first. (`<` on strings treats é and e with a combining accent as equal.)
    package func precedesInBytes(_ other: String) -> Bool { utf8.lexicographicallyPrecedes(other.utf8) }
}
