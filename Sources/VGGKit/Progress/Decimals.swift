// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Formats measured numbers in the same way for the terminal, logs and plots.
package enum Decimals {
    /// With the given number of digits after the point. NaN is always "nan", without a sign.
    package static func fixed(_ value: Double, _ digits: Int) -> String {
        value.isNaN ? "nan" : String(format: "%.\(digits)f", value)
    }

    /// A share, 0 … 1, in percent: "23.3 %".
    package static func percent(_ share: Double) -> String { fixed(100 * share, 1) + " %" }

    /// With the given number of significant digits: "0.002", "1.5e-05".
    package static func short(_ value: Double, _ digits: Int = 6) -> String {
        value.isNaN ? "nan" : String(format: "%.\(digits)g", value)
    }

    /// The shortest decimal number of a Float: 0.002, not 0.0020000000949949026.
    package static func shortest(_ value: Float) -> Double { Double(value.description) ?? Double(value) }
}
