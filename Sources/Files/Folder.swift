// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Makes a folder and those above it, where they are missing.
/// - Throws: `FileError.noFolder`
package func makeFolder(_ url: URL) throws(FileError) {
    do {
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    } catch {
        throw .noFolder(url, reason: reason(of: error, at: url))
    }
}

/// What the system says, without the domain and code that Foundation puts around it.
private func reason(of error: any Error, at url: URL) -> String {
    var ancestor = url.standardizedFileURL
    var isFolder: ObjCBool = false
    while !FileManager.default.fileExists(atPath: ancestor.path, isDirectory: &isFolder), ancestor.path != "/"
    {
        ancestor.deleteLastPathComponent()
    }
    if !isFolder.boolValue { return "\(ancestor.path) is a file, not a folder" }
    let underlying = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
    if let code = underlying?.code, underlying?.domain == NSPOSIXErrorDomain {
        return String(cString: strerror(Int32(code))).lowercased()
    }
    return access(ancestor.path, W_OK) == 0 ? error.localizedDescription : "permission denied"
}
