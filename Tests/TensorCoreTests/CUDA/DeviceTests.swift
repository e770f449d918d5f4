// SPDX-License-Identifier: Apache-2.0

import Foundation
import TensorCore
import TestSupport
import Testing

@Suite struct DeviceTests {
    @Test func theProcessorIsAlwaysThere() throws {
        #expect(try Device(named: "cpu") == .cpu)
        #expect("\(Device.cpu)" == "cpu" && Device.cpu.details.hasPrefix("cpu: "))
        #expect(withDevice(.cpu) { Device.current } == .cpu)
    }

    @Test(arguments: ["tpu", "cuda:", "cuda:x", "cuda:-1", ""]) func otherNamesAreRefused(name: String) {
        #expect {
            try Device(named: name)
        } throws: {
            "\($0)"
                == "there is no device '\(name)'; there are cpu, cuda, cuda:0, cuda:1 …, and best for the fastest"
        }
    }

    @Test(.enabled(if: TestGPU.isPresent)) func aGPUIsNamed() throws {
        let device = try TestGPU.device
        #expect("\(device)" == "cuda:0" && device.details.hasPrefix("cuda:0: "))
        #expect(try Device(named: "CUDA") == device && Device.best == device)
        #expect(try Device(named: "cuda:0") == device)
        #expect { try Device.cuda(77) } throws: {
            "\($0)".hasPrefix("there is no cuda:77; the CUDA driver finds cuda:0 (")
        }
    }

    @Test(.enabled(if: TestGPU.isPresent)) func theDeviceBelongsToTheTask() async throws {
        let device = try TestGPU.device
        await withDevice(device) {
            async let child = Device.current
            #expect(await child == device)
            #expect(withDevice(.cpu) { Device.current } == .cpu)
            #expect(Device.current == device)
        }
    }

    /// Without a GPU, `cuda` says why there is none, and `best` is the processor.
    @Test(.disabled(if: TestGPU.isPresent)) func withoutAGPUTheReasonIsSaid() {
        #expect(Device.best == .cpu)
        #expect(throws: DeviceError.self) { try Device.cuda() }
    }
}

/// What is computed on a GPU, and what is computed on the host, find each other.
@Suite(.enabled(if: TestGPU.isPresent)) struct DeviceCopyTests {
    let x = Deterministic.tensor([4, 5], seed: 1)

    @Test func elementsAreReadAfterTheyWereComputed() throws {
        let y = withDevice(try TestGPU.device) { (x + x) * x }
        #expect(y.floats == x.floats.map { ($0 + $0) * $0 })
        #expect(withDevice(.cpu) { (y - x).floats } == zip(y.floats, x.floats).map { $0 - $1 })
    }

    @Test func whatTheHostWritesReachesTheGPU() throws {
        let device = try TestGPU.device
        var y = withDevice(device) { x + 1 }
        y.withMutableScalars(Float.self) { $0[3] = 100 }
        let z = withDevice(device) { y + y }
        #expect(z.floats[3] == 200 && z.floats[4] == 2 * (x.floats[4] + 1))
    }

    @Test func aCopyIsNotChangedWithItsOriginal() throws {
        let device = try TestGPU.device
        let parameter = Parameter(x)
        let before = withDevice(device) { () -> Tensor in
            let before = parameter.value
            parameter.update { value, _ in Kernels.scale(&value, by: 3) }
            return before
        }
        #expect(before.floats == x.floats)
        #expect(parameter.value.floats == x.floats.map { $0 * 3 })
    }

    @Test func aPartIsWrittenInPlace() throws {
        var y = withDevice(try TestGPU.device) { x * 2 }
        withDevice(try TestGPU.device) { y[1, 2...] = Tensor([7, 8, 9] as [Float]) }
        var expected = x.floats.map { $0 * 2 }
        expected.replaceSubrange(7..<10, with: [7, 8, 9])
        #expect(y.floats == expected)
    }

    @Test(.enabled(if: TestGPU.isFake)) func severalGPUsExchangeTensors() async {
        await #expect(processExitsWith: .success) {
            setenv("FAKE_CUDA_DEVICES", "2", 1)
            let x = Deterministic.tensor([4, 5], seed: 1)
            let (first, second) = (try Device.cuda(0), try Device.cuda(1))
            #expect(first != second && "\(second)" == "cuda:1")
            let y = withDevice(first) { x + x }
            let z = withDevice(second) { y + x }
            let back = withDevice(first) { z - y }
            #expect(zip(back.floats, x.floats).allSatisfy { abs($0 - $1) < 1e-6 })
        }
    }

    /// Several tasks on one GPU, and on one tensor.
    @Test func tasksShareATensor() async throws {
        let device = try TestGPU.device
        let shared = withDevice(device) { x * 3 }
        let sums = await withTaskGroup(of: Float.self, returning: [Float].self) { group in
            for index in 0..<8 {
                group.addTask {
                    let y = withDevice(index % 2 == 0 ? device : .cpu) {
                        (shared + Tensor(Float(index))).sum()
                    }
                    return y.item() - 20 * Float(index)
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        let expected = shared.floats.reduce(0) { $0 + $1 }
        #expect(sums.count == 8 && sums.allSatisfy { abs($0 - expected) < 1e-3 })
    }
}

@Suite(.enabled(if: TestGPU.isPresent)) struct DeviceStepTests {
    /// A step of a small network with what networks have.
    private struct Step {
        let images = Deterministic.tensor([4, 3, 16, 16], seed: 1)
        let labels = Deterministic.labels([4], seed: 2, below: 5)
        var parameters = [
            Parameter(Deterministic.tensor([8, 3, 3, 3], seed: 3, scale: 0.3)),
            Parameter(Deterministic.tensor([16, 8, 3, 3], seed: 4, scale: 0.1)),
            Parameter(Deterministic.tensor([5, 16 * 4 * 4], seed: 5, scale: 0.05)),
        ]
        var velocities: [Tensor?] = [nil, nil, nil]

        mutating func callAsFunction(_ number: UInt64) -> Tensor {
            for parameter in parameters { parameter.gradient = nil }
            var x = conv2d(images, weight: parameters[0].tensor, padding: 1, activation: .relu)
            x = maxPool2d(x, kernelSize: 2)
            x = relu(batchNorm2d(conv2d(x, weight: parameters[1].tensor, padding: 1)).value)
            x = avgPool2d(x, kernelSize: 2)
            x = dropout(x, rate: 0.25, using: RandomGenerator(seed: number))
            let loss = crossEntropy(linear(x.flattened(from: 1), weight: parameters[2].tensor), labels)
            loss.backward()
            for index in parameters.indices {
                parameters[index].update { value, gradient in
                    Kernels.sgd(
                        &value, gradient: gradient!, velocity: &velocities[index], isFirst: number == 0,
                        rate: 0.05, momentum: 0.9, dampening: 0, weightDecay: 1e-3, nesterov: false)
                }
            }
            return loss
        }
    }

    private func run(_ device: Device, steps: UInt64) -> (losses: [Float], weights: [[Float]]) {
        withDevice(device) {
            var step = Step()
            let losses = (0..<steps).map { step($0) }
            return (losses.map { $0.item() }, step.parameters.map(\.value.floats))
        }
    }

    @Test func stepsAreThoseOfTheProcessor() throws {
        let (cpu, gpu) = (run(.cpu, steps: 5), run(try TestGPU.device, steps: 5))
        for (a, b) in zip(cpu.losses, gpu.losses) { #expect(abs(a - b) < 1e-5 * abs(a)) }
        for (a, b) in zip(cpu.weights, gpu.weights) {
            #expect(zip(a, b).allSatisfy { abs($0 - $1) < 1e-5 })
        }
        #expect(cpu.losses.last! < cpu.losses[0])
    }

    @Test func twoRunsGiveTheSameBits() throws {
        let (first, second) = (run(try TestGPU.device, steps: 3), run(try TestGPU.device, steps: 3))
        #expect(first.losses == second.losses && first.weights == second.weights)
    }

    @Test func aMaskIsThatOfTheProcessor() throws {
        let x = Tensor.ones([3, 5, 7])
        func dropped() -> [Float] { dropout(x, rate: 0.4, using: RandomGenerator(seed: 5, stream: 9)).floats }
        #expect(withDevice(.cpu, dropped) == withDevice(try TestGPU.device, dropped))
    }

    /// In steady state a step keeps no memory, and does not wait for the GPU.
    @Test func aSteadyStepKeepsNothingAndWaitsForNothing() async {
        await #expect(processExitsWith: .success) {
            let context = try #require(try TestGPU.device.context)
            withDevice(try TestGPU.device) {
                var step = Step()
                for number in 0..<2 as Range<UInt64> { _ = step(number) }
                let before = context.statistics
                for number in 2..<5 as Range<UInt64> { _ = step(number) }
                let after = context.statistics
                #expect(after.bytesInUse == before.bytesInUse)
                #expect(after.synchronizations == before.synchronizations)
                #expect(after.bytesDownloaded == before.bytesDownloaded)
                // The targets of the loss.
                #expect(after.bytesUploaded - before.bytesUploaded <= 3 * 256)
                #expect(after.fallbacks == before.fallbacks && after.launches > before.launches)
            }
        }
    }
}

/// GPUs that fail. The tests' own driver does so when it is told to.
@Suite(.enabled(if: TestGPU.isFake)) struct DeviceFailureTests {
    /// What the error says that a body ends with, if a GPU fails.
    private static func failure(of body: () throws -> Void) -> String {
        do {
            try Device.throwingFailures(body)
            return "nothing"
        } catch {
            return "\(error)"
        }
    }

    @Test func withoutMemoryTheErrorSaysSoAndWorkGoesOn() async {
        await #expect(processExitsWith: .success) {
            setenv("FAKE_CUDA_MEMORY", "1000000", 1)
            withDevice(try Device.cuda()) {
                let small = Tensor.ones([1000]) + 1
                let failure = Self.failure {
                    let large = Tensor.ones([1000, 1000])
                    let values = (large + large).floats
                    #expect(values.count == 1_000_000 && values[0].isNaN)
                }
                #expect(
                    failure
                        == "cuda:0 is out of memory: 3907 KiB were asked for, this program uses 4 KiB, and 973 KiB of 977 KiB are free; a smaller batch, or smaller images, take less"
                )
                var values: [Float] = []
                let success = Self.failure { values = (small + 1).floats }
                #expect(success == "nothing" && values == Array(repeating: 3, count: 1000))
            }
        }
    }

    @Test func whatFailsIsThrownEachTime() async {
        await #expect(processExitsWith: .success) {
            setenv("FAKE_CUDA_LAUNCHES", "3", 1)
            withDevice(try Device.cuda()) {
                let x = Tensor.ones([10])
                for _ in 0..<2 {
                    let failure = Self.failure { _ = (x + x + x + x + x).floats }
                    #expect(
                        failure
                            == "the CUDA driver fails in cuLaunchKernel of binary: CUDA_ERROR_LAUNCH_FAILED, unspecified launch failure"
                    )
                }
            }
        }
    }

    /// Nobody looks for failures here, so reading an element must not give any number.
    @Test func readingAfterAFailureEndsTheProcess() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            setenv("FAKE_CUDA_LAUNCHES", "0", 1)
            withDevice(try Device.cuda()) { print((Tensor.ones([2]) + 1).floats) }
        }
        let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(text.contains("the CUDA driver fails in cuLaunchKernel of "))
    }

    @Test(arguments: [
        ("FAKE_CUDA_ERROR=100", "the CUDA driver finds no GPU; is one hidden by CUDA_VISIBLE_DEVICES?"),
        (
            "FAKE_CUDA_VERSION=11040",
            "the CUDA driver is too old: it runs CUDA 11.4, and 11.8 or newer is needed; update NVIDIA's driver"
        ),
    ])
    func aDriverThatCannotBeUsedIsNamed(environment: String, message: String) async {
        await #expect(processExitsWith: .success) { [environment, message] in
            unsetenv("VGGKIT_DEVICE")
            let parts = environment.split(separator: "=")
            setenv(String(parts[0]), String(parts[1]), 1)
            let found = Self.failure { _ = try Device.cuda() }
            #expect(found == message)
        }
    }
}
