// SPDX-License-Identifier: Apache-2.0

import Checks

/// A pair of lengths over the rows and columns of an image: `3` for both, `[3, 5]` for height 3 and width 5.
public struct Extent: Sendable, Hashable, CustomStringConvertible, ExpressibleByIntegerLiteral,
    ExpressibleByArrayLiteral
{
    /// Length along axis H of `[N, C, H, W]`, as rows of pixels.
    public var height: Int
    /// Length along axis W of `[N, C, H, W]`, as columns of pixels.
    public var width: Int

    /// Two lengths, height first as in PyTorch.
    public init(_ height: Int, _ width: Int) {
        self.height = height
        self.width = width
    }

    /// The same length for height and width.
    public init(_ both: Int) { self.init(both, both) }

    public init(integerLiteral value: Int) { self.init(value) }

    public init(arrayLiteral elements: Int...) {
        check(elements.count == 2, "Extent: takes [height, width], not \(elements)")
        self.init(elements[0], elements[1])
    }

    /// Height times width, as the number of pixels.
    public var area: Int { height * width }
    public var description: String { height == width ? "\(height)" : "\(height)×\(width)" }
}
