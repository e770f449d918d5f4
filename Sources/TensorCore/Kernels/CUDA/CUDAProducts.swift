// SPDX-License-Identifier: Apache-2.0

import CCUDA
import Checks

extension CUDAKernel {
    fileprivate static let product = CUDAKernel(module: "products", name: "product")
    fileprivate static let largeProduct = CUDAKernel(module: "products", name: "large_product")
    fileprivate static let fewRowsProduct = CUDAKernel(module: "products", name: "few_rows_product")
    fileprivate static let biasActivation = CUDAKernel(module: "columns", name: "bias_activation")
    fileprivate static let addParts = CUDAKernel(module: "products", name: "add_parts")
}

/// How a product is shared among blocks: in tiles, and, where there are few of them, in parts of its depth.
/// It depends on the lengths alone, so that sums have the same bits on each GPU.
struct TilePlan {
    let isLarge: Bool
    let grid: CUDAExtent
    let parts: Int

    /// Tiles that keep any GPU busy.
    private static let enoughTiles = 256

    /// - Parameter count: the number of products of a batch or of groups
    init(rows: Int, columns: Int, depth: Int, count: Int, canSplit: Bool) {
        func tiles(_ size: Int) -> (across: Int, down: Int) {
            ((columns + size - 1) / size, (rows + size - 1) / size)
        }
        let large = tiles(Int(CC_LARGE_TILE))
        isLarge = columns > Int(CC_TILE) && large.across * large.down * count >= Self.enoughTiles
        let (across, down) = isLarge ? large : tiles(Int(CC_TILE))
        let most = max(1, depth / 256)
        parts = canSplit ? max(1, min(most, Self.enoughTiles / max(1, across * down * count), 64)) : 1
        check(
            count * parts <= 65535,
            "a product of \(count) matrices or groups is more than a GPU takes at once, which is 65535")
        grid = CUDAExtent(x: across * down, z: count * parts)
    }

    static let block = CUDAExtent(x: Int(CC_TILE_THREADS))
}

extension CUDAKernels {
    /// `input · weightᵀ + bias` for matrices, with the activation.
    func linear(_ input: Tensor, _ weight: Tensor, bias: Tensor?, activation: Activation) -> Tensor {
        let bias = bias?.rowMajor
        guard input.shape[0] > 16 || input.shape[1] == 0 else {
            return productOfFewRows(input.rowMajor, weight.rowMajor, bias, activation)
        }
        let turned = Tensor(
            storage: weight.storage, offset: weight.offset, shape: [weight.shape[1], weight.shape[0]],
            strides: [weight.strides[1], weight.strides[0]], scalarType: .float32)
        return product(input, turned, bias: bias, activation: activation)
    }

    /// Matrix products over the last two axes; the leading axes are broadcast.
    func matrixProduct(_ a: Tensor, _ b: Tensor) -> Tensor { product(a, b, bias: nil, activation: .identity) }

    private func productOfFewRows(_ x: Tensor, _ weight: Tensor, _ bias: Tensor?, _ activation: Activation)
        -> Tensor
    {
        let (rows, depth, outputs) = (x.shape[0], x.shape[1], weight.shape[0])
        let result = Tensor(uninitialized: [rows, outputs])
        guard result.count > 0 else { return result }
        context.launch(
            .fewRowsProduct, grid: CUDAExtent(x: outputs), block: CUDAExtent(x: Int(CC_BLOCK))
        ) {
            $0.add(number(rows))
            $0.add(number(outputs))
            $0.add(number(depth))
            $0.add(reading: x)
            $0.add(reading: weight)
            $0.add(reading: bias)
            $0.add(activation == .relu)
            $0.add(filling: result)
        }
        return result
    }

    /// - Parameter bias: `[N]`
    private func product(_ a: Tensor, _ b: Tensor, bias: Tensor?, activation: Activation) -> Tensor {
        let (m, k, n) = (a.shape[a.rank - 2], a.shape[a.rank - 1], b.shape[b.rank - 1])
        let lead = Shape.broadcast(Array(a.shape.dropLast(2)), Array(b.shape.dropLast(2)))!
        let result = Tensor(uninitialized: lead + [m, n])
        guard result.count > 0 else { return result }
        let count = Shape.count(lead)
        if CUBLAS.multiply(a, b, into: result, on: self) {
            if bias != nil || activation == .relu {
                addBias(bias, relu: activation == .relu, channels: n, to: result)
            }
            return result
        }
        let batch = StridedLoop(
            shape: lead,
            strides: [
                Array(result.strides.dropLast(2)),
                Shape.broadcastStrides(Array(a.shape.dropLast(2)), Array(a.strides.dropLast(2)), to: lead),
                Shape.broadcastStrides(Array(b.shape.dropLast(2)), Array(b.strides.dropLast(2)), to: lead),
            ])
        let plan = TilePlan(rows: m, columns: n, depth: k, count: count, canSplit: count == 1)
        let parts = plan.parts > 1 ? scratch(plan.parts * m * n, 4) : nil
        let lengths = cc_product(
            m: number(m), n: number(n), k: number(k), a_row: Int64(a.strides[a.rank - 2]),
            a_column: Int64(a.strides[a.rank - 1]), b_row: Int64(b.strides[b.rank - 2]),
            b_column: Int64(b.strides[b.rank - 1]), c_row: Int64(n), batch: arguments(batch))
        context.launch(plan.isLarge ? .largeProduct : .product, grid: plan.grid, block: TilePlan.block) {
            $0.add(lengths)
            $0.add(reading: a)
            $0.add(reading: b)
            $0.add(reading: parts == nil ? bias : nil)
            $0.add(parts == nil && activation == .relu)
            $0.add(Int32(plan.parts))
            if let parts { $0.add(parts, .filling) } else { $0.add(filling: result) }
        }
        if let parts {
            add(parts, plan.parts, into: result, channels: n, bias: bias, relu: activation == .relu)
        }
        return result
    }

    /// Adds a bias to each row of channels, in place, with ReLU.
    func addBias(_ bias: Tensor?, relu: Bool, channels: Int, to x: Tensor) {
        forEach(.biasActivation, x.count) {
            $0.add(number(channels))
            $0.add(updating: x)
            $0.add(reading: bias)
            $0.add(relu)
        }
    }

    /// Adds up the parts of a product that was split, in their order.
    func add(
        _ numbers: Storage, _ parts: Int, into result: Tensor, channels: Int, bias: Tensor?, relu: Bool
    ) {
        forEach(.addParts, result.count) {
            $0.add(number(channels))
            $0.add(Int32(parts))
            $0.add(numbers, .reading)
            $0.add(reading: bias)
            $0.add(relu)
            $0.add(filling: result)
        }
    }
}
