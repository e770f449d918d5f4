// SPDX-License-Identifier: Apache-2.0

import Foundation

/// What kept the system from something, in its own words: without the domains and codes that Foundation's errors are
/// described by.
package func reason(of error: any Error) -> String {
    guard error is CocoaError || error is POSIXError || type(of: error) is NSError.Type else {
        return "\(error)"
    }
    let error = error as NSError
    if error.domain == NSPOSIXErrorDomain { return String(cString: strerror(Int32(error.code))).lowercased() }
    if let underlying = error.userInfo[NSUnderlyingErrorKey] as? NSError { return reason(of: underlying) }
    return error.localizedDescription
}
