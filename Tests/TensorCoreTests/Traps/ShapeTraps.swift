// SPDX-License-Identifier: Apache-2.0

import TensorCore
import TestSupport

private let matrix = Tensor.zeros([2, 3])

let shapeTraps: [Trap] = [
    Trap("reshaped: the 6 elements of shape [2, 3] do not fit [4, 2]") { _ = matrix.reshaped(to: [4, 2]) },
    Trap("reshaped: the 6 elements of shape [2, 3] do not fit [4, -1]") { _ = matrix.reshaped(to: [4, -1]) },
    Trap("reshaped: the 6 elements of shape [2, 3] do not fit [-1, -1, 6]") {
        _ = matrix.reshaped(to: [-1, -1, 6])
    },
    Trap("reshaped: the 6 elements of shape [2, 3] do not fit [4294967296, 4294967296]") {
        _ = matrix.reshaped(to: [1 << 32, 1 << 32])
    },
    Trap("flattened: axis 2 of a tensor of rank 2 must lie in -2..<2") { _ = matrix.flattened(from: 2) },
    Trap("permuted: axis 3 of a tensor of rank 2 must lie in -2..<2") { _ = matrix.permuted([0, 3]) },
    Trap("permuted: axes [0, 0] name an axis twice") { _ = matrix.permuted([0, 0]) },
    Trap("permuted: [1] does not name all 2 axes") { _ = matrix.permuted([1]) },
    Trap("transposed: takes a tensor of rank 2 or more, not of shape [3]") {
        _ = Tensor.zeros([3]).transposed()
    },
    Trap("squeezed: axis 1 of shape [2, 3] has length 3, not 1") { _ = matrix.squeezed(axis: 1) },
    Trap("squeezed: axis -3 of a tensor of rank 2 must lie in -2..<2") { _ = matrix.squeezed(axis: -3) },
    Trap("expanded: a new axis of a tensor of rank 2 stands at -3...2, not at 3") {
        _ = matrix.expanded(at: 3)
    },
    Trap("broadcast: shape [2, 3] does not broadcast to [2, 4]") { _ = matrix.broadcast(to: [2, 4]) },
    Trap(
        "broadcast: no tensor has the shape [-1, 2, 3]; lengths are 0 or more, and their product below 2⁶⁰"
    ) {
        _ = matrix.broadcast(to: [-1, 2, 3])
    },
    Trap("channelsLast: takes a tensor [N, C, H, W], not [2, 3]") { _ = matrix.channelsLast() },
    Trap("concatenate: takes at least one tensor") { _ = concatenate([]) },
    Trap("concatenate: axis 2 of a tensor of rank 2 must lie in -2..<2") {
        _ = concatenate([matrix, matrix], axis: 2)
    },
    Trap("concatenate: float32 [2, 4] does not join float32 [2, 3] along axis 0") {
        _ = concatenate([matrix, Tensor.zeros([2, 4])])
    },
    Trap("concatenate: int32 [2, 3] does not join float32 [2, 3] along axis 0") {
        _ = concatenate([matrix, Tensor.zeros([2, 3], .int32)])
    },
    Trap("stack: takes at least one tensor") { _ = stack([]) },
    Trap("stack: a new axis of tensors of rank 2 stands at -3...2, not at 4") {
        _ = stack([matrix], axis: 4)
    },
    Trap("stack: float32 [3, 2] does not go with float32 [2, 3]") {
        _ = stack([matrix, Tensor.zeros([3, 2])])
    },
    Trap("padded: takes a pair of amounts, 0 to 2147483647, for each of 2 axes, not [[0, 1]]") {
        _ = matrix.padded([(before: 0, after: 1)])
    },
    Trap("padded: takes a pair of amounts, 0 to 2147483647, for each of 2 axes, not [[0, 1], [-1, 0]]") {
        _ = matrix.padded([(before: 0, after: 1), (before: -1, after: 0)])
    },
    Trap("slice: range 1..<4 is outside axis 1 of shape [2, 3]") { _ = matrix.slice(axis: 1, 1..<4) },
    Trap("slice: axis 2 of a tensor of rank 2 must lie in -2..<2") { _ = matrix.slice(axis: 2, 0..<1) },
    Trap("flipped: axis 2 of a tensor of rank 2 must lie in -2..<2") { _ = matrix.flipped(axis: 2) },
    Trap("gathered: row 2 is outside 0..<2") { _ = matrix.gathered(Tensor([0, 2] as [Int32])) },
    Trap("gathered: takes rows [M] of a tensor of rank 1 or more, not [1, 1] of [2, 3]") {
        _ = matrix.gathered(Tensor([0] as [Int32], shape: [1, 1]))
    },
    Trap("gathered: takes int32 elements, these are float32; convert with to(.int32)") {
        _ = matrix.gathered(Tensor([0] as [Float]))
    },
    .unlocated("index 2 is outside an axis of length 2") { _ = matrix[2] },
    .unlocated("index -4 is outside an axis of length 3") { _ = matrix[0, -4] },
    .unlocated("range 1..<4 is outside an axis of length 3") { _ = matrix[0, 1..<4] },
    .unlocated("range 1...9223372036854775807 is outside an axis of length 3") { _ = matrix[0, 1...Int.max] },
    .unlocated("range 4... is outside an axis of length 3") { _ = matrix[0, 4...] },
    .unlocated("range ..<-1 is outside an axis of length 3") { _ = matrix[0, ..<(-1)] },
    .unlocated("range ...3 is outside an axis of length 3") { _ = matrix[0, ...3] },
    .unlocated("range ...-3 is outside an axis of length 3") { _ = matrix[0, ...(-3)] },
    .unlocated("3 elements from 1 by 1 are outside an axis of length 3") {
        struct Outside: TensorIndex {
            func resolved(length: Int) -> AxisPart { AxisPart(start: 1, count: 3) }
        }
        _ = matrix[0, Outside()]
    },
    .unlocated("index 4 is outside an axis of length 3") { _ = matrix[0, stride(from: 0, to: 6, by: 4)] },
    .unlocated("3 indices are too many for a tensor of shape [2, 3]") { _ = matrix[0, 0, 0] },
    .unlocated("a value of shape [2] does not fit a part of shape [3]") {
        var tensor = matrix
        tensor[0] = Tensor.zeros([2])
    },
    .unlocated("a recorded tensor cannot be written to; write to its `detached` copy") {
        var tensor = Parameter(matrix).tensor
        tensor[0] = 1
    },
]
