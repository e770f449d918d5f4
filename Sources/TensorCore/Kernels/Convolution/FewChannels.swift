// SPDX-License-Identifier: Apache-2.0

import CKernels

/// Convolution of images with few channels, as in the first layer. The patches of some hundred pixels are
/// gathered as a matrix in panels, and multiplied while they are in the cache.
enum FewChannels: ConvolutionAlgorithm {
    static func supports(_ geometry: ConvolutionGeometry) -> Bool { geometry.groups == 1 }

    /// For long patches `Im2col` with BLAS is faster. The gathered lines include the padding, which with long
    /// strides can take much more memory than the output.
    static func cost(_ geometry: ConvolutionGeometry) -> Double {
        geometry.inChannels <= 8 && geometry.padding.width <= geometry.input.width + geometry.kernel.width
            ? 1 : 2
    }

    static func reason(_ geometry: ConvolutionGeometry) -> String {
        "\(geometry.inChannels) input channels: short patches, gathered as they are needed"
    }

    /// The `[patch, O]` matrix in panels.
    static func filters(_ weight: Tensor, turned: Bool) -> Tensor {
        Panels.filters(plainFilters(weight, turned: turned))
    }

    static func forward(
        _ input: inout MaskedTensor, filters: Tensor, _ geometry: ConvolutionGeometry,
        _ epilogue: ConvolutionEpilogue
    ) -> Tensor {
        let (input, bias) = (input.applied(), epilogue.bias)
        let isRelu = epilogue.activation == .relu
        let result = Tensor(uninitialized: geometry.outputShape, order: .channelsLast)
        let (x, y, b) = (input.pointer, result.mutablePointer, bias?.pointer)
        let loops = Kernels.loops
        let lines = geometry.batch * geometry.output.height
        let width = geometry.output.width
        let parts = min(lines, 16 * ThreadPool.shared.threadCount)
        let scratch = scratch(geometry)
        ThreadPool.shared.runWithWorkers(tasks: parts) { part, worker in
            let (patches, products) = scratch[worker]
            for line in lines * part / parts..<lines * (part + 1) / parts {
                patches.gather(line, from: x)
                for panel in 0..<Panels.count(geometry.outChannels) {
                    loops.panel_product(
                        width, geometry.patch, patches.start, width * Panels.width,
                        filters.pointer + panel * geometry.patch * Panels.width,
                        products.mutablePointer + panel * width * Panels.width)
                }
                loops.rows_from_panels(
                    width, geometry.outChannels, products.pointer, width * Panels.width, b,
                    isRelu, y + line * width * geometry.outChannels)
            }
        }
        withExtendedLifetime((input, filters, bias, scratch)) {}
        return result
    }

    /// The gradients with respect to filters and bias. Lines of pixels are added up in a fixed number of
    /// parts, so that the result does not depend on the number of threads.
    static func filterGradient(
        _ gradient: inout MaskedTensor, _ input: Tensor, _ geometry: ConvolutionGeometry
    ) -> (weight: Tensor, bias: Tensor?) {
        let (gradient, mask) = (gradient.tensor, gradient.mask)
        let (channels, patch, width) = (geometry.outChannels, geometry.patch, geometry.output.width)
        let lines = geometry.batch * geometry.output.height
        let parts = min(lines, 64)
        let size = Panels.size(rows: patch, columns: channels)
        let sums = Tensor(uninitialized: [parts, size])
        let biases = Kernels.zeros([parts, channels])
        let (x, g, m) = (input.pointer, gradient.pointer, mask?.pointer)
        let loops = Kernels.loops
        let scratch = scratch(geometry)
        ThreadPool.shared.runWithWorkers(tasks: parts) { part, worker in
            let (patches, outputs) = scratch[worker]
            let first = lines * part / parts
            for line in first..<lines * (part + 1) / parts {
                patches.gather(line, from: x)
                let start = line * width * channels
                loops.panels_from_rows(
                    width, channels, g + start, m.map { $0 + start }, outputs.mutablePointer,
                    width * Panels.width, biases.mutablePointer + part * channels)
                for column in 0..<Panels.count(channels) {
                    for row in 0..<Panels.count(patch) {
                        loops.panel_product_transposed(
                            min(Panels.width, patch - row * Panels.width), width,
                            patches.start + row * width * Panels.width,
                            outputs.pointer + column * width * Panels.width,
                            sums.mutablePointer + part * size + (column * patch + row * Panels.width)
                                * Panels.width,
                            line > first)
                    }
                }
            }
        }
        withExtendedLifetime((input, gradient, mask, scratch)) {}
        return (filters(fromPanels: Kernels.sum(sums, axes: [0]), geometry), Kernels.sum(biases, axes: [0]))
    }

    /// Scratch buffers for each worker: one for the patches under a line of output pixels, one for that line
    /// in panels.
    private static func scratch(_ geometry: ConvolutionGeometry) -> [(patches: Patches, outputs: Tensor)] {
        (0..<ThreadPool.shared.threadCount).map { _ in
            (
                Patches(geometry),
                Tensor(
                    scratch: [Panels.size(rows: geometry.output.width, columns: geometry.outChannels)])
            )
        }
    }

    private static func filters(fromPanels panels: Tensor, _ geometry: ConvolutionGeometry) -> Tensor {
        let (channels, patch) = (geometry.outChannels, geometry.patch)
        let result = Tensor(
            uninitialized: [channels, geometry.inChannels, geometry.kernel.height, geometry.kernel.width],
            order: .channelsLast)
        let (from, to) = (panels.pointer, result.mutablePointer)
        for channel in 0..<channels {
            for d in 0..<patch { to[channel * patch + d] = from[Panels.offset(d, channel, rows: patch)] }
        }
        return withExtendedLifetime(panels) { result }
    }
}

/// A scratch buffer for the patches under one line of output pixels.
private struct Patches {
    private let geometry: ConvolutionGeometry
    private let panels: Tensor
    private let lines: Tensor

    init(_ geometry: ConvolutionGeometry) {
        self.geometry = geometry
        var window = ck_window(geometry)
        let line = ck_padded_width(&window) * geometry.inChannels
        // Runs are copied as whole vectors, which may write past the end: both buffers are one vector longer.
        panels = Tensor(
            scratch: [
                Panels.size(rows: geometry.output.width, columns: geometry.patch) + Panels.width
            ])
        lines = Tensor(scratch: [geometry.kernel.height * line + Panels.width])
    }

    var start: UnsafePointer<Float> { panels.pointer }

    func gather(_ line: Int, from input: UnsafePointer<Float>) {
        let (image, row) = line.quotientAndRemainder(dividingBy: geometry.output.height)
        var window = ck_window(geometry)
        Kernels.loops.patch_panels(
            &window, input + image * geometry.input.area * geometry.inChannels, row, lines.mutablePointer,
            panels.mutablePointer, geometry.output.width * Panels.width)
    }
}

extension ck_window {
    init(_ geometry: ConvolutionGeometry) {
        self.init(
            height: geometry.input.height, width: geometry.input.width, channels: geometry.inChannels,
            kernel_h: geometry.kernel.height, kernel_w: geometry.kernel.width,
            stride_h: geometry.stride.height,
            stride_w: geometry.stride.width, padding_h: geometry.padding.height,
            padding_w: geometry.padding.width, dilation_h: geometry.dilation.height,
            dilation_w: geometry.dilation.width, output_w: geometry.output.width)
    }
}
