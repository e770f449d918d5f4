// SPDX-License-Identifier: Apache-2.0

import TensorCore
import TestSupport

private let (two, three, integers) = (
    Tensor.zeros([2]), Tensor.zeros([3]), Tensor.zeros([2], .int32)
)
private let wantsFloats = "takes float32 elements, these are int32; convert with to(.float32)"
private let unequal = "do not broadcast; axes, from the last, must be equal or 1"

let elementwiseTraps: [Trap] = [
    .unlocated("+: shapes [2] and [3] \(unequal)") { _ = two + three },
    .unlocated("-: shapes [2] and [3] \(unequal)") { _ = two - three },
    .unlocated("*: shapes [2] and [3] \(unequal)") { _ = two * three },
    .unlocated("/: shapes [2] and [3] \(unequal)") { _ = two / three },
    .unlocated(".==: shapes [2] and [3] \(unequal)") { _ = (two .== three) },
    .unlocated("+: \(wantsFloats)") { _ = integers + two },
    .unlocated("/: \(wantsFloats)") { _ = integers / integers },
    .unlocated(".<: takes float32 elements, these are int32; convert with to(.float32)") {
        _ = (two .< integers)
    },
    Trap("maximum: shapes [2] and [3] \(unequal)") { _ = maximum(two, three) },
    Trap("minimum: shapes [2] and [3] \(unequal)") { _ = minimum(two, three) },
    Trap("maximum: \(wantsFloats)") { _ = maximum(two, integers) },
    Trap("choose: shapes [2], [3] and [] do not broadcast; axes, from the last, must be equal or 1") {
        _ = choose(where: two, three, 0)
    },
    Trap("choose: \(wantsFloats)") { _ = choose(where: two, integers, 0) },
    .unlocated("exp: \(wantsFloats)") { _ = exp(integers) },
    .unlocated("log: \(wantsFloats)") { _ = log(integers) },
    .unlocated("sqrt: \(wantsFloats)") { _ = sqrt(integers) },
    .unlocated("sin: \(wantsFloats)") { _ = sin(integers) },
    .unlocated("cos: \(wantsFloats)") { _ = cos(integers) },
    .unlocated("abs: \(wantsFloats)") { _ = abs(integers) },
    Trap("pow: \(wantsFloats)") { _ = pow(integers, 3) },
    Trap("clamp: \(wantsFloats)") { _ = clamp(integers, 0...1) },
    .unlocated("relu: \(wantsFloats)") { _ = relu(integers) },
    Trap("leakyReLU: \(wantsFloats)") { _ = leakyReLU(integers) },
    .unlocated("sigmoid: \(wantsFloats)") { _ = sigmoid(integers) },
    .unlocated("tanh: \(wantsFloats)") { _ = tanh(integers) },
    Trap("gelu: \(wantsFloats)") { _ = gelu(integers) },
    Trap("softmax: \(wantsFloats)") { _ = softmax(integers) },
    Trap("softmax: axis 1 of a tensor of rank 1 must lie in -1..<1") { _ = softmax(two, axis: 1) },
    Trap("logSoftmax: axis 1 of a tensor of rank 1 must lie in -1..<1") { _ = logSoftmax(two, axis: 1) },
    Trap("sum: axis 1 of a tensor of rank 1 must lie in -1..<1") { _ = two.sum(axes: [1]) },
    Trap("sum: axes [0, -1] name an axis twice") { _ = two.sum(axes: [0, -1]) },
    Trap("sum: \(wantsFloats)") { _ = integers.sum() },
    Trap("mean: axis 1 of a tensor of rank 1 must lie in -1..<1") { _ = two.mean(axes: [1]) },
    Trap("mean: \(wantsFloats)") { _ = integers.mean() },
    Trap("mean: shape [0, 2] has no elements to average over axes [0]") {
        _ = Tensor.zeros([0, 2]).mean(axes: [0])
    },
    Trap("variance: \(wantsFloats)") { _ = integers.variance() },
    Trap("variance: shape [1, 2] has 1 elements over axes [0]; it takes at least 2") {
        _ = Tensor.zeros([1, 2]).variance(axes: [0])
    },
    Trap("max: shape [2, 0] has no elements along axes [1]") { _ = Tensor.zeros([2, 0]).max(axes: [1]) },
    Trap("max: \(wantsFloats)") { _ = integers.max() },
    Trap("min: axis 1 of a tensor of rank 1 must lie in -1..<1") { _ = two.min(axes: [1]) },
    Trap("min: \(wantsFloats)") { _ = integers.min() },
    Trap("argmax: axis 1 of a tensor of rank 1 must lie in -1..<1") { _ = two.argmax(axis: 1) },
    Trap("argmax: axis 1 of shape [2, 0] is empty") { _ = Tensor.zeros([2, 0]).argmax() },
    Trap("argmax: \(wantsFloats)") { _ = integers.argmax() },
    Trap("top: 3 elements of an axis of shape [2]; 0 to 2 fit") { _ = two.top(3) },
    Trap("top: \(wantsFloats)") { _ = integers.top(1) },
]
