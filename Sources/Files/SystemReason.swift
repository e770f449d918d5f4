// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The system's words for an error number, as a part of a sentence: `permission denied`.
package func systemReason(_ code: Int32) -> String { String(cString: strerror(code)).lowercased() }

/// The system's reason for an error, without the domain and code of Foundation's descriptions.
package func reason(of error: any Error) -> String {
    guard error is CocoaError || error is POSIXError || type(of: error) is NSError.Type else {
        return "\(error)"
    }
    let error = error as NSError
    if error.domain == NSPOSIXErrorDomain { return systemReason(Int32(error.code)) }
    if let underlying = error.userInfo[NSUnderlyingErrorKey] as? NSError { return reason(of: underlying) }
    return error.localizedDescription
}
