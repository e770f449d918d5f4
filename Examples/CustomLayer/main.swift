// SPDX-License-Identifier: Apache-2.0
// A layer of one's own and an operation of one's own.

import VGGKit

/// Squeeze and excitation (Hu et al., 2018): each channel is weighed by what all channels look like on
/// average.
struct SqueezeExcitation: Layer {
    let reduce: Linear
    let expand: Linear

    init(_ channels: Int, reduction: Int = 4) {
        reduce = Linear(channels, channels / reduction)
        expand = Linear(channels / reduction, channels)
    }

    func callAsFunction(_ x: Tensor) -> Tensor {  // [N, C, H, W] → [N, C, H, W]
        let gate = sigmoid(expand(swish(reduce(x.mean(axes: [2, 3])))))
        return x * gate.reshaped(to: [x.shape[0], x.shape[1], 1, 1])
    }
}

/// `x · σ(x)` (Ramachandran et al., 2017): the value, and how a gradient is pulled back through it.
func swish(_ input: Tensor) -> Tensor {
    differentiable(input) { x in
        let gate = sigmoid(x)
        let y = x * gate
        return (y, { gradient in gradient * (gate + y * (1 - gate)) })
    }
}

let block = Sequential(Conv2d(3, 16, kernelSize: 3, padding: 1), ReLU(), SqueezeExcitation(16))
print(block.summary(inputShape: [1, 3, 32, 32]))
print("parameters:", block.namedParameters.map(\.name).joined(separator: ", "))

var generator = RandomGenerator(seed: 1)
let points = Tensor.uniform([5], from: -3, to: 3, using: &generator)
print("swish's gradient against finite differences:", checkGradients(at: [points]) { swish($0[0]) })
