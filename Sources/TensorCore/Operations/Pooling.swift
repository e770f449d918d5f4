// SPDX-License-Identifier: Apache-2.0

import Checks

/// The largest value of each window: `[N, C, H, W]` → `[N, C, H', W']`. Padding never wins.
/// The gradient goes to the first largest element of each window. As `torch.nn.functional.max_pool2d`.
/// - Parameter ceilMode: whether the last window may reach over the end, as long as it begins inside. An
///   image that is smaller than the window, by less than the stride, gives one value.
public func maxPool2d(
    _ input: Tensor, kernelSize: Extent, stride: Extent? = nil, padding: Extent = 0, dilation: Extent = 1,
    ceilMode: Bool = false, file: StaticString = #fileID, line: UInt = #line
) -> Tensor {
    let stride = stride ?? kernelSize
    requireImages(input, "maxPool2d", file: file, line: line)
    check(
        max(kernelSize.height, kernelSize.width) <= 1 << 16 && kernelSize.area <= 1 << 16,
        "maxPool2d: windows of \(kernelSize) have more than 65536 pixels",
        file: file, line: line)
    let pooling = Pooling(
        rows: .windows(
            input.shape[2], kernel: kernelSize.height, stride: stride.height, padding: padding.height,
            dilation: dilation.height, ceilMode: ceilMode, "maxPool2d", file: file, line: line),
        columns: .windows(
            input.shape[3], kernel: kernelSize.width, stride: stride.width, padding: padding.width,
            dilation: dilation.width, ceilMode: ceilMode, "maxPool2d", file: file, line: line),
        kernelWidth: kernelSize.width)
    return differentiable([input]) { inputs, needed in
        let (value, winners) = pooling.largest(inputs[0].channelsLast(), keepWinners: needed[0])
        return (
            value,
            { [shape = input.shape] gradient in
                [pooling.maximumPullback(gradient.channelsLast(), winners: winners!, inputShape: shape)]
            }
        )
    }
}

/// The mean of each window: `[N, C, H, W]` → `[N, C, H', W']`. As `torch.nn.functional.avg_pool2d`.
/// - Parameter countIncludesPadding: whether the zeros of the padding count as elements.
public func avgPool2d(
    _ input: Tensor, kernelSize: Extent, stride: Extent? = nil, padding: Extent = 0, ceilMode: Bool = false,
    countIncludesPadding: Bool = true, file: StaticString = #fileID, line: UInt = #line
) -> Tensor {
    let stride = stride ?? kernelSize
    requireImages(input, "avgPool2d", file: file, line: line)
    return average(
        input,
        Pooling(
            rows: .windows(
                input.shape[2], kernel: kernelSize.height, stride: stride.height, padding: padding.height,
                ceilMode: ceilMode, countIncludesPadding: countIncludesPadding, "avgPool2d", file: file,
                line: line),
            columns: .windows(
                input.shape[3], kernel: kernelSize.width, stride: stride.width, padding: padding.width,
                ceilMode: ceilMode, countIncludesPadding: countIncludesPadding, "avgPool2d", file: file,
                line: line),
            kernelWidth: kernelSize.width))
}

/// The means of windows chosen so that the result has the given size, whatever the input's: `[N, C, H, W]` →
/// `[N, C, outputSize]`. As `torch.nn.functional.adaptive_avg_pool2d`.
public func adaptiveAvgPool2d(
    _ input: Tensor, outputSize: Extent, file: StaticString = #fileID, line: UInt = #line
) -> Tensor {
    requireImages(input, "adaptiveAvgPool2d", file: file, line: line)
    check(
        outputSize.height > 0 && outputSize.width > 0
            && Shape.isAddressable([input.shape[0], input.shape[1], outputSize.height, outputSize.width]),
        "adaptiveAvgPool2d: output size \(outputSize) must be positive, and its images fit into memory",
        file: file,
        line: line)
    guard input.shape[2] != outputSize.height || input.shape[3] != outputSize.width else { return input }
    return average(
        input,
        Pooling(
            rows: .adaptive(input.shape[2], count: outputSize.height),
            columns: .adaptive(input.shape[3], count: outputSize.width), kernelWidth: 1))
}

private func average(_ input: Tensor, _ pooling: Pooling) -> Tensor {
    differentiable(input) { x in
        (
            pooling.average(x.channelsLast()),
            { [shape = input.shape] in pooling.averagePullback($0.channelsLast(), inputShape: shape) }
        )
    }
}

private func requireImages(
    _ input: Tensor, _ operation: StaticString, file: StaticString = #fileID, line: UInt = #line
) {
    input.requireType(.float32, operation, file: file, line: line)
    check(
        input.rank == 4 && input.shape[2] > 0 && input.shape[3] > 0,
        "\(operation): takes images [N, C, H, W] of one pixel or more, not \(input.shape)", file: file,
        line: line)
}
