// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The URL of a path as it was typed. The shell replaces a leading tilde where it means a home folder; one that is left is
/// a name's, which `URL` would take for somebody's home all the same.
package func fileURL(_ path: String) -> URL { URL(filePath: path.hasPrefix("~") ? "./" + path : path) }
