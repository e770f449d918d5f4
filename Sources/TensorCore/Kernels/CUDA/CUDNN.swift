// SPDX-License-Identifier: Apache-2.0

import CCUDA

/// Convolutions by cuDNN, where it is there and has an engine that is allowed.
struct CUDNN {
    /// A pass of a convolution.
    enum Pass: Int32 {
        case forward, forwardWithBias, forwardWithBiasAndReLU, inputGradient, filterGradient
    }

    private struct Key: Hashable {
        let device: Int
        let geometry: ConvolutionGeometry
        let pass: Pass
        let tf32: Bool
    }

    /// A plan of cuDNN's, which lives as long as the process. Plans are used by who has the libraries' lock.
    private struct Plan: @unchecked Sendable {
        let plan: cc_dnn_plan
    }

    /// Nil where cuDNN has no engine.
    private static let plans = Lock<[Key: Plan?]>([:])

    /// Queues a pass on tensors that are channels-last in memory.
    /// - Returns: whether cuDNN does it
    static func run(
        _ pass: Pass, _ geometry: ConvolutionGeometry, x: Operand, w: Operand, y: Operand,
        bias: Tensor? = nil,
        on gpu: CUDAKernels
    ) -> Bool {
        let context = gpu.context
        guard let dnn = context.libraries.dnn else { return false }
        let key = Key(
            device: context.device.index, geometry: geometry, pass: pass, tf32: TF32.current != .off)
        guard let plan = plan(key, dnn, context, gpu) else { return false }
        let workspace = plan.workspace > 0 ? gpu.scratch(Int(plan.workspace), 1) : nil
        let addresses = [x, w, y].map { $0.address(context) }
        let biasAddress = bias.map { Operand.reading($0).address(context) } ?? 0
        // What the plan was promised.
        guard (addresses + [biasAddress]).allSatisfy({ $0 % 16 == 0 }) else { return false }
        let scratch = workspace?.address(on: context, .filling) ?? 0
        // CUDNN_STATUS_NOT_SUPPORTED and its kinds.
        let isDone = context.call("cudnnBackendExecute", refusals: 3000..<4000) {
            withUnsafePointer(to: dnn.calls) { calls in
                withUnsafePointer(to: plan) {
                    cc_run_convolution(
                        calls, dnn.handle, $0, addresses[0], addresses[1], addresses[2], biasAddress, scratch)
                }
            }
        }
        withExtendedLifetime((x, w, y, bias, workspace)) {}
        if !isDone { plans.withLock { $0[key] = .some(nil) } }
        return isDone
    }

    /// A tensor, and what a pass does with it.
    enum Operand {
        case reading(Tensor)
        case filling(Tensor)

        func address(_ context: CUDAContext) -> cc_address {
            let (tensor, access): (Tensor, Storage.Access) =
                switch self {
                case .reading(let tensor): (tensor, .reading)
                case .filling(let tensor): (tensor, .filling)
                }
            return tensor.storage.address(on: context, access) + UInt64(tensor.offset * 4)
        }
    }

    private static func plan(
        _ key: Key, _ dnn: CUDALibraries.Library<cc_dnn>, _ context: CUDAContext, _ gpu: CUDAKernels
    ) -> cc_dnn_plan? {
        if let known = plans.withLock({ $0[key] }) { return known?.plan }
        var lengths = gpu.lengths(key.geometry)
        var plan = cc_dnn_plan()
        let isFound = context.withLibraries {
            withUnsafePointer(to: dnn.calls) {
                cc_plan_convolution($0, dnn.handle, &lengths, key.pass.rawValue, key.tf32, &plan)
            }
        }
        let made = isFound ? Plan(plan: plan) : nil
        // A GPU that has failed says nothing about its engines.
        guard context.isWorking else { return made?.plan }
        plans.withLock { $0[key] = .some(made) }
        return made?.plan
    }
}
