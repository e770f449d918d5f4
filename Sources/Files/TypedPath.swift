// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The URL of a path as the user typed it. The shell has already expanded a tilde that means a home folder. A
/// tilde that is still there belongs to a name, but `URL` would expand it.
package func fileURL(_ path: String) -> URL { URL(filePath: path.hasPrefix("~") ? "./" + path : path) }
