// SPDX-License-Identifier: Apache-2.0

import VGGKit

/// Operations with their gradients, in lengths that networks have, on both devices.
struct Operations {
    let device: Device

    /// - Returns: whether all agree
    func check() -> Bool {
        var isSame = true
        for (name, operation) in Self.all {
            let (expected, found) = (withDevice(.cpu, operation), withDevice(device, operation))
            let errors = zip(expected, found).map { Self.difference($0.floats, $1.floats) }
            let worst = errors.max() ?? 0
            let again = withDevice(device, operation)
            let repeats = zip(found, again).allSatisfy { $0.floats == $1.floats }
            isSame = isSame && worst < 1e-5 && repeats
            say(
                "\(worst < 1e-5 && repeats ? "ok    " : "WRONG ") \(name) \(worst)"
                    + (repeats ? "" : ", and two runs give different bits"))
        }
        return isSame
    }

    /// The largest difference, relative to the largest value.
    private static func difference(_ a: [Float], _ b: [Float]) -> Float {
        let scale = a.reduce(0) { max($0, abs($1)) }
        guard a.count == b.count, scale > 0 else { return a == b ? 0 : .infinity }
        return zip(a, b).reduce(0) { $1.1.isNaN ? .infinity : max($0, abs($1.0 - $1.1)) } / scale
    }

    private static func random(_ shape: [Int], _ seed: UInt64) -> Tensor {
        var generator = RandomGenerator(seed: seed)
        return Tensor.normal(shape, using: &generator)
    }

    /// The value, and the gradient with respect to each input.
    private static func withGradients(_ inputs: [Tensor], _ operation: ([Tensor]) -> Tensor) -> [Tensor] {
        let parameters = inputs.map { Parameter($0) }
        let value = operation(parameters.map(\.tensor))
        value.backward(gradient: random(value.shape, 99))
        return [value.detached] + parameters.map { $0.gradient! }
    }

    private static let all: [(String, @Sendable () -> [Tensor])] = [
        convolution("VGG's second layer", [2, 64, 112, 112], [64, 64, 3, 3]),
        convolution("VGG's first layer", [2, 3, 224, 224], [64, 3, 3, 3]),
        convolution("VGG's last layer", [4, 512, 14, 14], [512, 512, 3, 3]),
        convolution("ResNet's first layer", [2, 3, 224, 224], [64, 3, 7, 7], stride: 2, padding: 3),
        convolution("1×1, stride 2", [2, 256, 56, 56], [512, 256, 1, 1], stride: 2, padding: 0),
        convolution("groups, odd lengths", [3, 12, 29, 31], [20, 4, 3, 5], groups: 3),
        convolution("dilation", [2, 16, 40, 40], [24, 16, 3, 3], padding: 2, dilation: 2),
        (
            "linear",
            {
                withGradients([random([64, 4608], 1), random([1000, 4608], 2), random([1000], 3)]) {
                    linear($0[0], weight: $0[1], bias: $0[2], activation: .relu)
                }
            }
        ),
        (
            "linear, one row",
            {
                withGradients([random([1, 25088], 1), random([512, 25088], 2)]) {
                    linear($0[0], weight: $0[1])
                }
            }
        ),
        (
            "matmul, a batch",
            { withGradients([random([6, 70, 90], 1), random([6, 90, 50], 2)]) { matmul($0[0], $0[1]) } }
        ),
        (
            "max pooling",
            {
                withGradients([random([4, 64, 57, 57], 1)]) {
                    maxPool2d($0[0], kernelSize: 3, stride: 2, padding: 1)
                }
            }
        ),
        (
            "average pooling",
            { withGradients([random([4, 64, 57, 57], 1)]) { adaptiveAvgPool2d($0[0], outputSize: 7) } }
        ),
        (
            "batch normalisation",
            {
                withGradients([random([8, 96, 56, 56], 1) + 20, random([96], 2), random([96], 3)]) {
                    batchNorm2d($0[0], weight: $0[1], bias: $0[2], activation: .relu).value
                }
            }
        ),
        (
            "local response normalisation",
            { withGradients([random([4, 64, 27, 27], 1)]) { localResponseNorm($0[0], size: 5) } }
        ),
        ("softmax", { withGradients([random([64, 1000], 1)]) { softmax($0[0]) } }),
        (
            "cross entropy",
            {
                withGradients([random([64, 1000], 1)]) {
                    crossEntropy($0[0], Tensor((0..<64).map { Int32($0 * 13) }), labelSmoothing: 0.1)
                }
            }
        ),
        (
            "dropout",
            {
                withGradients([random([64, 4096], 1)]) {
                    dropout($0[0], rate: 0.5, using: RandomGenerator(seed: 3))
                }
            }
        ),
        ("sum of a long tensor", { withGradients([random([3_000_000], 1)]) { ($0[0] + 1).mean() } }),
        (
            "sums of columns",
            { withGradients([random([32, 64, 56, 56], 1)]) { $0[0].sum(axes: [0, 2, 3]) } }
        ),
        ("variance", { withGradients([random([16, 64, 28, 28], 1)]) { $0[0].variance(axes: [2, 3]) } }),
        ("largest", { withGradients([random([16, 64, 28, 28], 1)]) { $0[0].max(axes: [1]) } }),
        (
            "functions",
            { withGradients([random([100_000], 1)]) { sigmoid($0[0]) * tanh($0[0]) + exp(-abs($0[0])) } }
        ),
        (
            "transposition",
            {
                withGradients([random([64, 32, 30, 20], 1)]) {
                    $0[0].permuted([2, 0, 3, 1]).contiguous() * 2
                }
            }
        ),
    ]

    private static func convolution(
        _ name: String, _ input: [Int], _ weight: [Int], stride: Extent = 1, padding: Extent = 1,
        dilation: Extent = 1, groups: Int = 1
    ) -> (String, @Sendable () -> [Tensor]) {
        (
            "conv2d, \(name)",
            {
                withGradients([random(input, 1), random(weight, 2), random([weight[0]], 3)]) {
                    conv2d(
                        $0[0], weight: $0[1], bias: $0[2], stride: stride, padding: padding,
                        dilation: dilation,
                        groups: groups, activation: .relu)
                }
            }
        )
    }
}
