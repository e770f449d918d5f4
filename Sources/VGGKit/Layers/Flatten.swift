// SPDX-License-Identifier: Apache-2.0

/// All axes from `axis` on as one: `[N, C, H, W]` → `[N, C·H·W]`.
public struct Flatten: SummarizedLayer {
    public let axis: Int
    public init(from axis: Int = 1) { self.axis = axis }
    public func callAsFunction(_ input: Tensor) -> Tensor {
        observed(self, input) { input.flattened(from: axis) }
    }
    public var description: String { "Flatten" }
}
