// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Measured numbers as people read them, the same in the terminal, in logs and in plots.
package enum Decimals {
    /// With so many digits behind the point; "nan" whatever its sign, which means nothing.
    package static func fixed(_ value: Double, _ digits: Int) -> String {
        value.isNaN ? "nan" : String(format: "%.\(digits)f", value)
    }

    /// A share, 0 … 1, in percent: "23.3 %".
    package static func percent(_ share: Double) -> String { fixed(100 * share, 1) + " %" }

    /// With so many digits that count: "0.002", "1.5e-05".
    package static func short(_ value: Double, _ digits: Int = 6) -> String {
        value.isNaN ? "nan" : String(format: "%.\(digits)g", value)
    }

    /// The number that is meant where a Float has been made of a decimal one: 0.002, not 0.0020000000949949026.
    package static func shortest(_ value: Float) -> Double { Double(value.description) ?? Double(value) }
}
