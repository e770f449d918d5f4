// SPDX-License-Identifier: Apache-2.0

import TensorCore
import TestSupport

private let limits = "lengths are 0 or more, and their product below 2⁶⁰"

let tensorTraps: [Trap] = [
    .unlocated("Extent: takes [height, width], not [1, 2, 3]") {
        let extent: Extent = [1, 2, 3]
        _ = extent
    },
    Trap("Tensor: shape [2, 2] holds 4 elements, 3 were given") {
        _ = Tensor([1, 2, 3] as [Float], shape: [2, 2])
    },
    Trap("Tensor: no tensor has the shape [-1, 2]; \(limits)") {
        _ = Tensor([1] as [Float], shape: [-1, 2])
    },
    Trap("zeros: no tensor has the shape [2, -1]; \(limits)") { _ = Tensor.zeros([2, -1]) },
    Trap("ones: no tensor has the shape [4294967296, 4294967296, 2]; \(limits)") {
        _ = Tensor.ones([1 << 32, 1 << 32, 2])
    },
    Trap("full: no tensor has the shape [9223372036854775807, 2]; \(limits)") {
        _ = Tensor.full(1, [Int.max, 2])
    },
    Trap("uniform: no tensor has the shape [-2]; \(limits)") {
        var generator = RandomGenerator(seed: 1)
        _ = Tensor.uniform([-2], using: &generator)
    },
    Trap("normal: no tensor has the shape [-2]; \(limits)") {
        var generator = RandomGenerator(seed: 1)
        _ = Tensor.normal([-2], using: &generator)
    },
    Trap("arange: count -1 must be 0 or more") { _ = Tensor.arange(-1) },
    Trap("linspace: takes at least two points, not 1") { _ = Tensor.linspace(0, 1, 1) },
    Trap("oneHot: label 3 is outside 0..<3") { _ = Tensor.oneHot(Tensor([3] as [Int32]), classCount: 3) },
    Trap("oneHot: class count -3 must be 0 or more") {
        _ = Tensor.oneHot(Tensor([3] as [Int32]), classCount: -3)
    },
    Trap("oneHot: takes int32 elements, these are float32; convert with to(.int32)") {
        _ = Tensor.oneHot(Tensor([1] as [Float]), classCount: 3)
    },
    Trap("scalars: takes uint8 elements, these are float32; convert with to(.uint8)") {
        _ = Tensor.zeros([2]).scalars(UInt8.self)
    },
    .unlocated("floats: takes float32 elements, these are int32; convert with to(.float32)") {
        _ = Tensor.zeros([2], .int32).floats
    },
    Trap("item: a tensor of shape [2] has 2 elements, not one") { _ = Tensor.zeros([2]).item() },
    Trap("item: a tensor of shape [3] has 3 elements, not one") { _ = Tensor.zeros([3]).item(Float.self) },
    Trap("item: takes int32 elements, these are float32; convert with to(.int32)") {
        _ = Tensor(1 as Float).item(Int32.self)
    },
]

private func number(_ value: Float) -> Parameter { Parameter(Tensor(value)) }

let autogradTraps: [Trap] = [
    Trap(
        "backward: nothing was recorded on the way to this tensor: it depends on no trainable parameter, or it was computed withoutRecording"
    ) {
        Tensor.zeros([]).backward()
    },
    Trap(
        "backward: this graph was used by another backward(), before or at the same time; compute the value again"
    ) {
        let value = number(2).tensor * 2
        value.backward()
        value.backward()
    },
    Trap(
        "backward: part of this graph was used by another backward(), before or at the same time; compute the value again"
    ) {
        let part = number(2).tensor * 2
        (part * part).backward()
        (part + 1).backward()
    },
    Trap(
        "backward: a tensor of shape [2] needs a gradient of that shape to start from; only a scalar has none"
    ) {
        Parameter(Tensor.zeros([2])).tensor.backward()
    },
    Trap("backward: the gradient's shape [3] is not the tensor's, [2]") {
        Parameter(Tensor.zeros([2])).tensor.backward(gradient: Tensor.zeros([3]))
    },
    Trap("backward: takes float32 elements, these are uint8; convert with to(.float32)") {
        Parameter(Tensor.zeros([2])).tensor.backward(gradient: Tensor.ones([2], .uint8))
    },
    Trap(
        "differentiable: a pullback's gradient: takes float32 elements, these are uint8; convert with to(.float32)"
    ) {
        differentiable(number(1).tensor * 2) { input in (input, { _ in input .> 0 }) }.backward()
    },
    .unlocated("Parameter.gradient: takes float32 elements, these are uint8; convert with to(.float32)") {
        number(1).gradient = Tensor.zeros([], .uint8)
    },
    Trap("differentiable: the pullback returned 1 gradients for 2 inputs") {
        differentiable([number(1).tensor, number(2).tensor]) { inputs, _ in (inputs[0], { [$0] }) }
            .backward()
    },
    Trap("differentiable: the pullback returned a gradient of shape [2] for a value of shape []") {
        differentiable(number(1).tensor * 2) { input in (input, { _ in Tensor.zeros([2]) }) }.backward()
    },
    .unlocated("Parameter: a value of shape [2] cannot replace one of shape []") {
        number(1).value = Tensor.zeros([2])
    },
    .unlocated("Parameter: a gradient of shape [2] does not fit a value of shape []") {
        number(1).gradient = Tensor.zeros([2])
    },
    .unlocated("Buffer: a value of shape [2] cannot replace one of shape []") {
        Buffer(Tensor(1)).value = Tensor.zeros([2])
    },
]

/// With the address sanitizer the system's allocator ends the process first.
let memoryTraps: [Trap] =
    Sanitizer.address
    ? []
    : [
        .unlocated(
            "out of memory: a tensor asked for 18014398509481984 bytes, tensors hold 0; a smaller batch, or smaller images, take less"
        ) {
            withDevice(.cpu) { _ = Tensor.zeros([1 << 52]) }
        }
    ]
