// SPDX-License-Identifier: Apache-2.0

import CKernels

/// Convolution in which each channel has a filter of its own, as in MobileNets: little arithmetic on much
/// data, so the lines of pixels are read as they lie in memory.
enum Depthwise: ConvolutionAlgorithm {
    static func supports(_ geometry: ConvolutionGeometry) -> Bool {
        geometry.groups > 1 && geometry.groups == geometry.inChannels
            && geometry.groups == geometry.outChannels
    }

    static func canApply(_ activation: Activation) -> Bool { true }

    static func cost(_ geometry: ConvolutionGeometry) -> Double { 1 }

    static func reason(_ geometry: ConvolutionGeometry) -> String { "a filter for each channel" }

    /// `[kH, kW, C]`
    static func filters(_ weight: Tensor, turned: Bool) -> Tensor {
        let (channels, height, width) = (weight.shape[0], weight.shape[2], weight.shape[3])
        let steps = (weight.strides[2], weight.strides[3])
        let last = turned ? (height - 1) * steps.0 + (width - 1) * steps.1 : 0
        let view = Tensor(
            storage: weight.storage, offset: weight.offset + last, shape: [height, width, channels],
            strides: [turned ? -steps.0 : steps.0, turned ? -steps.1 : steps.1, weight.strides[0]],
            scalarType: .float32)
        return Kernels.copy(view, strides: Shape.strides(view.shape))
    }

    static func forward(
        _ input: inout MaskedTensor, filters: Tensor, _ geometry: ConvolutionGeometry,
        _ epilogue: ConvolutionEpilogue
    ) -> Tensor {
        let (input, bias) = (input.applied(), epilogue.bias)
        let result = Tensor(uninitialized: geometry.outputShape, order: .channelsLast)
        let (x, w, y, b) = (input.pointer, filters.pointer, result.mutablePointer, bias?.pointer)
        let (loops, activation) = (Kernels.loops, epilogue.activation.code)
        forEachLine(geometry, geometry.output.height) { image, row, window in
            loops.depthwise_line(
                window, x + image * geometry.input.area * geometry.inChannels, w, row, b, activation,
                y + (image * geometry.output.height + row) * geometry.output.width * geometry.outChannels)
        }
        withExtendedLifetime((input, filters, bias)) {}
        return result
    }

    /// Lines of pixels are added up in a fixed number of parts, so that the result does not depend on the
    /// number of threads.
    static func filterGradient(
        _ gradient: inout MaskedTensor, _ input: Tensor, _ geometry: ConvolutionGeometry
    ) -> (weight: Tensor, bias: Tensor?) {
        let gradient = gradient.applied()
        let (channels, kernel) = (geometry.inChannels, geometry.kernel)
        let lines = geometry.batch * geometry.output.height
        let parts = max(1, min(lines, 64))
        let sums = Kernels.zeros([parts, kernel.area * channels])
        let (x, g, s) = (input.pointer, gradient.pointer, sums.mutablePointer)
        let loops = Kernels.loops
        ThreadPool.shared.run(tasks: parts) { part in
            var window = ck_window(geometry)
            for line in lines * part / parts..<lines * (part + 1) / parts {
                let (image, row) = line.quotientAndRemainder(dividingBy: geometry.output.height)
                loops.depthwise_filter_gradient(
                    &window, x + image * geometry.input.area * channels,
                    g + line * geometry.output.width * channels, row, s + part * kernel.area * channels)
            }
        }
        withExtendedLifetime((input, gradient)) {}
        let sum = Kernels.sum(sums, axes: [0])
        let view = Tensor(
            storage: sum.storage, offset: sum.offset, shape: [channels, 1, kernel.height, kernel.width],
            strides: [1, channels, kernel.width * channels, channels], scalarType: .float32)
        return (Kernels.copy(view, strides: Shape.strides(view.shape, order: .channelsLast)), nil)
    }

    /// With stride 1 it is a convolution itself, with turned filters.
    static func inputGradient(
        _ gradient: Tensor, _ weight: Tensor, _ geometry: ConvolutionGeometry
    ) -> Tensor {
        if let flipped = geometry.flippedGroups {
            var masked = MaskedTensor(gradient)
            return forward(&masked, filters: filters(weight, turned: true), flipped, ConvolutionEpilogue())
        }
        let channels = geometry.inChannels
        let result = Tensor(
            uninitialized: [geometry.batch, channels, geometry.input.height, geometry.input.width],
            order: .channelsLast)
        let filters = filters(weight, turned: false)
        let (g, w, y) = (gradient.pointer, filters.pointer, result.mutablePointer)
        let loops = Kernels.loops
        forEachLine(geometry, geometry.input.height) { image, row, window in
            loops.depthwise_input_gradient(
                window, g + image * geometry.output.area * channels, geometry.output.height, w, row,
                y + (image * geometry.input.height + row) * geometry.input.width * channels)
        }
        withExtendedLifetime((gradient, filters)) {}
        return result
    }

    private static func forEachLine(
        _ geometry: ConvolutionGeometry, _ height: Int,
        _ body: (_ image: Int, _ row: Int, UnsafePointer<ck_window>) -> Void
    ) {
        let work = geometry.output.width * geometry.outChannels * geometry.kernel.area
        ThreadPool.shared.split(geometry.batch * height, grain: max(1, 32768 / work)) { range in
            var window = ck_window(geometry)
            for line in range {
                let (image, row) = line.quotientAndRemainder(dividingBy: height)
                body(image, row, &window)
            }
        }
    }
}
