// SPDX-License-Identifier: Apache-2.0

import CCUDA
import Checks

extension CUDAKernel {
    fileprivate static let convolution = CUDAKernel(module: "convolution", name: "convolution")
    fileprivate static let largeConvolution = CUDAKernel(module: "convolution", name: "large_convolution")
    fileprivate static let inputGradient = CUDAKernel(module: "convolution", name: "input_gradient")
    fileprivate static let largeInputGradient = CUDAKernel(
        module: "convolution", name: "large_input_gradient")
    fileprivate static let filterGradient = CUDAKernel(module: "convolution", name: "filter_gradient")
    fileprivate static let largeFilterGradient = CUDAKernel(
        module: "convolution", name: "large_filter_gradient")
}

/// Convolution on a GPU: by cuDNN where it is there, else by our own kernels, as a matrix product whose
/// factors are gathered while they are loaded (implicit GEMM).
enum CUDAConvolution: ConvolutionAlgorithm {
    /// On a GPU it is the only one.
    static func supports(_ geometry: ConvolutionGeometry) -> Bool { Device.current.context != nil }

    static func cost(_ geometry: ConvolutionGeometry) -> Double { 0 }

    static func reason(_ geometry: ConvolutionGeometry) -> String { "on the GPU" }

    static func forward(
        _ input: inout MaskedTensor, filters: Tensor, _ geometry: ConvolutionGeometry,
        _ epilogue: ConvolutionEpilogue
    ) -> Tensor {
        gpu.convolution(input.applied(), filters, geometry, epilogue)
    }

    static func filterGradient(
        _ gradient: inout MaskedTensor, _ input: Tensor, _ geometry: ConvolutionGeometry
    ) -> (weight: Tensor, bias: Tensor?) {
        (gpu.filterGradient(gradient.applied(), input, geometry), nil)
    }

    private static var gpu: CUDAKernels {
        guard let gpu = Kernels.gpu else {
            fail("conv2d: filters that were prepared for a GPU are used on the processor")
        }
        return gpu
    }
}

extension CUDAKernels {
    func convolution(
        _ input: Tensor, _ filters: Tensor, _ geometry: ConvolutionGeometry, _ epilogue: ConvolutionEpilogue
    ) -> Tensor {
        let result = Tensor(uninitialized: geometry.outputShape, order: .channelsLast)
        guard result.count > 0 else { return result }
        if runsCUDNN(input, filters, geometry, epilogue, into: result) { return result }
        let plan = TilePlan(
            rows: geometry.batch * geometry.output.area, columns: geometry.groupOut, depth: geometry.patch,
            count: geometry.groups, canSplit: true)
        let isRelu = epilogue.activation == .relu
        launch(.convolution, .largeConvolution, plan, geometry, into: result) {
            $0.add(reading: input)
            $0.add(reading: filters)
            $0.add(reading: epilogue.bias)
            $0.add(isRelu)
        } finish: {
            add(
                $0, plan.parts, into: result, channels: geometry.outChannels, bias: epilogue.bias,
                relu: isRelu)
        }
        return result
    }

    /// Bias and ReLU are done by cuDNN's engine, if it can, else afterwards.
    private func runsCUDNN(
        _ input: Tensor, _ filters: Tensor, _ geometry: ConvolutionGeometry, _ epilogue: ConvolutionEpilogue,
        into result: Tensor
    ) -> Bool {
        let isRelu = epilogue.activation == .relu
        func run(_ pass: CUDNN.Pass, _ bias: Tensor?) -> Bool {
            CUDNN.run(
                pass, geometry, x: .reading(input), w: .reading(filters), y: .filling(result), bias: bias,
                on: self)
        }
        if let bias = epilogue.bias {
            if run(isRelu ? .forwardWithBiasAndReLU : .forwardWithBias, bias) { return true }
        }
        guard run(.forward, nil) else { return false }
        if epilogue.bias != nil || isRelu {
            addBias(epilogue.bias, relu: isRelu, channels: geometry.outChannels, to: result)
        }
        return true
    }

    /// - Parameter weight: channels-last in memory
    func inputGradient(_ gradient: Tensor, _ weight: Tensor, _ geometry: ConvolutionGeometry) -> Tensor {
        let shape = [
            geometry.batch, geometry.inChannels, geometry.input.height, geometry.input.width,
        ]
        let result = Tensor(uninitialized: shape, order: .channelsLast)
        if geometry.batch > 0,
            CUDNN.run(
                .inputGradient, geometry, x: .filling(result), w: .reading(weight), y: .reading(gradient),
                on: self)
        {
            return result
        }
        let plan = TilePlan(
            rows: geometry.batch * geometry.input.area, columns: geometry.groupIn,
            depth: geometry.kernel.area * geometry.groupOut, count: geometry.groups, canSplit: true)
        launch(.inputGradient, .largeInputGradient, plan, geometry, into: result) {
            $0.add(reading: gradient)
            $0.add(reading: weight)
        } finish: {
            add($0, plan.parts, into: result, channels: geometry.inChannels, bias: nil, relu: false)
        }
        return result
    }

    func filterGradient(_ gradient: Tensor, _ input: Tensor, _ geometry: ConvolutionGeometry) -> Tensor {
        let shape = [geometry.outChannels, geometry.groupIn, geometry.kernel.height, geometry.kernel.width]
        let result = Tensor(uninitialized: shape, order: .channelsLast)
        if geometry.batch > 0,
            CUDNN.run(
                .filterGradient, geometry, x: .reading(input), w: .filling(result), y: .reading(gradient),
                on: self)
        {
            return result
        }
        let plan = TilePlan(
            rows: geometry.groupOut, columns: geometry.patch, depth: geometry.batch * geometry.output.area,
            count: geometry.groups, canSplit: true)
        launch(.filterGradient, .largeFilterGradient, plan, geometry, into: result) {
            $0.add(reading: gradient)
            $0.add(reading: input)
        } finish: {
            add($0, plan.parts, into: result, channels: geometry.patch, bias: nil, relu: false)
        }
        return result
    }

    /// Queues one pass, into the result, or into parts that `finish` adds up.
    private func launch(
        _ kernel: CUDAKernel, _ largeKernel: CUDAKernel, _ plan: TilePlan, _ geometry: ConvolutionGeometry,
        into result: Tensor, _ arguments: (inout CUDAArguments) -> Void, finish: (Storage) -> Void
    ) {
        guard result.count > 0 else { return }
        guard geometry.batch > 0 else { return clear(result) }
        let parts = plan.parts > 1 ? scratch(plan.parts * result.count, 4) : nil
        let lengths = lengths(geometry)
        context.launch(plan.isLarge ? largeKernel : kernel, grid: plan.grid, block: TilePlan.block) {
            $0.add(lengths)
            arguments(&$0)
            $0.add(Int32(plan.parts))
            if let parts { $0.add(parts, .filling) } else { $0.add(filling: result) }
        }
        if let parts { finish(parts) }
    }

    func lengths(_ geometry: ConvolutionGeometry) -> cc_convolution {
        // Coordinates within the padded image, which kernels compute with, are 32 bits long.
        let farthest = [
            (geometry.output.height - 1) * geometry.stride.height,
            (geometry.output.width - 1) * geometry.stride.width,
            geometry.input.height + geometry.padding.height, geometry.input.width + geometry.padding.width,
            (geometry.kernel.height - 1) * geometry.dilation.height,
            (geometry.kernel.width - 1) * geometry.dilation.width,
        ].max()!
        check(
            farthest <= 1 << 30,
            "conv2d: on \(context.name), an image with its padding has at most 2³⁰ rows and columns")
        return cc_convolution(
            batch: Int32(geometry.batch), height: Int32(geometry.input.height),
            width: Int32(geometry.input.width), channels: Int32(geometry.inChannels),
            output_height: Int32(geometry.output.height), output_width: Int32(geometry.output.width),
            output_channels: Int32(geometry.outChannels), kernel_height: Int32(geometry.kernel.height),
            kernel_width: Int32(geometry.kernel.width), stride_height: Int32(geometry.stride.height),
            stride_width: Int32(geometry.stride.width), padding_height: Int32(geometry.padding.height),
            padding_width: Int32(geometry.padding.width), dilation_height: Int32(geometry.dilation.height),
            dilation_width: Int32(geometry.dilation.width), groups: Int32(geometry.groups))
    }
}
