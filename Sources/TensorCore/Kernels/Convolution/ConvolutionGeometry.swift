// SPDX-License-Identifier: Apache-2.0

import Checks

/// The lengths that define a two-dimensional convolution, checked once.
package struct ConvolutionGeometry: Hashable, Sendable {
    package let batch: Int
    package let inChannels: Int
    package let input: Extent
    package let outChannels: Int
    package let kernel: Extent
    package let stride: Extent
    package let padding: Extent
    package let dilation: Extent
    package let groups: Int
    package let output: Extent

    /// Traps unless `input` `[N, C, H, W]` and `weight` `[O, C / groups, kH, kW]` fit each other; the message
    /// names the shapes that would. Only the batch's length may be 0. No length is so large that a product of
    /// two overflows.
    package init(
        input: [Int], weight: [Int], stride: Extent, padding: Extent, dilation: Extent, groups: Int,
        file: StaticString = #fileID, line: UInt = #line
    ) {
        check(
            input.count == 4 && weight.count == 4,
            "conv2d: takes input [N, C, H, W] and weight [O, C / groups, kH, kW], not \(input) and \(weight)",
            file: file, line: line)
        let lengths = input + weight + [stride, padding, dilation].flatMap { [$0.height, $0.width] }
        check(
            (lengths + [groups]).allSatisfy { (-Shape.longest...Shape.longest).contains($0) },
            "conv2d: input \(input), weight \(weight), stride \(stride), padding \(padding), dilation \(dilation) and groups \(groups)"
                + " must be at most \(Shape.longest)", file: file, line: line)
        check(
            input.dropFirst().allSatisfy { $0 > 0 } && weight.allSatisfy { $0 > 0 },
            "conv2d: input \(input) and weight \(weight) have a length of 0; only the batch's may be",
            file: file,
            line: line)
        check(
            groups > 0 && weight[0] % groups == 0,
            "conv2d: weight \(weight) has \(weight[0]) output channels, which do not make \(groups) groups",
            file: file, line: line)
        check(
            input[1] == weight[1] * groups,
            "conv2d: weight \(weight)\(groups == 1 ? "" : " with \(groups) groups") expects \(weight[1] * groups) input channels, the input \(input) has \(input[1])",
            file: file, line: line)
        check(
            stride.height > 0 && stride.width > 0 && dilation.height > 0 && dilation.width > 0
                && padding.height >= 0 && padding.width >= 0,
            "conv2d: stride \(stride) and dilation \(dilation) must be positive, padding \(padding) 0 or more",
            file: file, line: line
        )
        batch = input[0]
        inChannels = input[1]
        self.input = Extent(input[2], input[3])
        outChannels = weight[0]
        kernel = Extent(weight[2], weight[3])
        self.stride = stride
        self.padding = padding
        self.dilation = dilation
        self.groups = groups
        output = Extent(
            (input[2] + 2 * padding.height - dilation.height * (weight[2] - 1) - 1) / stride.height + 1,
            (input[3] + 2 * padding.width - dilation.width * (weight[3] - 1) - 1) / stride.width + 1)
        check(
            input[2] + 2 * padding.height >= dilation.height * (weight[2] - 1) + 1
                && input[3] + 2 * padding.width >= dilation.width * (weight[3] - 1) + 1,
            "conv2d: a kernel of \(kernel) with dilation \(dilation) is larger than the input's \(self.input) pixels with padding \(padding)",
            file: file, line: line
        )
        check(
            Shape.isAddressable(outputShape),
            "conv2d: the output \(outputShape) has more elements than memory has addresses", file: file,
            line: line)
    }

    package var outputShape: [Int] { [batch, outChannels, output.height, output.width] }

    /// Channels of one group.
    var groupIn: Int { inChannels / groups }
    var groupOut: Int { outChannels / groups }

    /// The length of one row of columns: a patch of one group.
    var patch: Int { kernel.area * groupIn }

    /// Whether the input's pixels already are the columns.
    var isPointwise: Bool {
        kernel == 1 && stride == 1 && padding == 0 && groups == 1
    }

    package var multiplyAdds: Int { batch * output.area * outChannels * patch }

    /// The convolution that turns the output's gradient into the input's: flipped filters, input and output
    /// exchanged. It exists where the stride is 1 and the padding is not wider than the kernel's reach; else
    /// nil.
    var flipped: ConvolutionGeometry? {
        groups == 1 ? flippedGroups : nil
    }

    /// The same for any number of groups. (The filters of `flipped` are those of one.)
    var flippedGroups: ConvolutionGeometry? {
        let reach = Extent(dilation.height * (kernel.height - 1), dilation.width * (kernel.width - 1))
        guard stride == 1, padding.height <= reach.height, padding.width <= reach.width else { return nil }
        return ConvolutionGeometry(
            input: outputShape, weight: [inChannels, groupOut, kernel.height, kernel.width], stride: 1,
            padding: Extent(reach.height - padding.height, reach.width - padding.width), dilation: dilation,
            groups: groups)
    }
}
