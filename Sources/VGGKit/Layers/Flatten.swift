// SPDX-License-Identifier: Apache-2.0

/// All axes from `axis` on as one: `[N, C, H, W]` → `[N, C·H·W]`. As `torch.nn.Flatten`.
public struct Flatten: SummarizedLayer {
    /// The first of the axes that are merged. With 1 each image of a batch stays a row of its own.
    public let axis: Int
    /// - Parameter axis: negative numbers count from the last axis, which is -1
    public init(from axis: Int = 1) { self.axis = axis }
    public func callAsFunction(_ input: Tensor) -> Tensor {
        observed(self, input) { input.flattened(from: axis) }
    }
    public var description: String { "Flatten" }
}
