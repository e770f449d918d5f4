// SPDX-License-Identifier: Apache-2.0

import Foundation
import TensorCore
import TestSupport
import Testing
import Vision

/// Batches that are sent to a GPU while they are read.
@Suite(.enabled(if: TestGPU.isPresent)) struct DeviceLoadingTests {
    /// Samples that a function makes.
    private struct Made: Dataset {
        let count: Int
        let make: @Sendable (Int) -> Sample

        func sample(at index: Int, using generator: inout RandomGenerator) -> Sample { make(index) }
    }

    /// A picture with every level in every channel.
    private static func picture(_ index: Int, channels: Int = 3) -> Image {
        Image(
            width: 32, height: 24, channels: channels,
            pixels: (0..<32 * 24 * channels).map {
                UInt8(truncatingIfNeeded: ($0 / channels) * 7 + $0 + index)
            })
    }

    private func batches(_ data: some Dataset, workers: Int, on device: Device) throws -> [Batch] {
        let loader = DataLoader(data, batchSize: 4, workers: workers)
        return try withDevice(device) {
            let batches = loader.batches(epoch: 0)
            return try (0..<loader.batchCount).map { _ in try #require(try batches.next()) }
        }
    }

    private func expectTheProcessorsBits(_ data: some Dataset) throws {
        let expected = try batches(data, workers: 0, on: .cpu)
        for workers in [0, 2] {
            let found = try batches(data, workers: workers, on: TestGPU.device)
            #expect(found.map(\.images.strides) == expected.map(\.images.strides))
            #expect(
                found.map { $0.images.floats.map(\.bitPattern) }
                    == expected.map { $0.images.floats.map(\.bitPattern) })
            #expect(
                found.map { $0.labels.scalars(Int32.self) } == expected.map { $0.labels.scalars(Int32.self) })
        }
    }

    @Test func theNumbersAreThoseOfTheProcessor() throws {
        for normalize in [Normalize.imageNet, .half, .none] {
            try expectTheProcessorsBits(
                Made(count: 10) { Sample(picture: Self.picture($0), normalize: normalize, label: $0) })
        }
        try expectTheProcessorsBits(
            Made(count: 5) { Sample(picture: Self.picture($0, channels: 1), normalize: .half, label: $0) })
    }

    @Test func resampledPicturesAreThoseOfTheProcessor() throws {
        let scratch = TemporaryFolder()
        for index in 0..<6 {
            let folder = scratch.url.appending(path: "class \(index % 2)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try Self.picture(index).pngData.write(to: folder.appending(path: "\(index).png"))
        }
        let folder = try ImageFolder(scratch.url)
        for transforms in [
            [RandomResizedCrop(16), RandomHorizontalFlip()] as [any Transform],
            [Resize(height: 24, width: 32)],
            [Resize(height: 12, width: 12, interpolation: .nearest)],
        ] {
            try expectTheProcessorsBits(folder.transformed(by: Compose(transforms, normalize: .imageNet)))
        }
    }

    @Test func samplesOfEveryKindFitInABatch() throws {
        try expectTheProcessorsBits(
            Made(count: 9) { index in
                switch index % 3 {
                case 0: Sample(picture: Self.picture(index), normalize: .imageNet, label: index)
                case 1: Sample(picture: Self.picture(index), normalize: .half, label: index)
                default: Sample(image: Tensor.full(Float(index), [3, 24, 32]), label: index)
                }
            })
    }

    /// One byte a level and four a label are sent, when the batch is read; none when it is used. Other tests
    /// send bytes at the same time, so it is tried until none does.
    @Test func levelsAreSentWhenABatchIsRead() throws {
        let device = try TestGPU.device
        func uploaded() -> Int { device.context!.statistics.bytesUploaded }
        let data = Made(count: 4) { Sample(picture: Self.picture($0), normalize: .imageNet, label: $0) }
        let expected = 4 * 3 * 24 * 32 + 4 * 4 + 2 * 3 * 4
        var found: [[Int]] = []
        for _ in 0..<200 where found.last != [expected, 0] {
            let before = uploaded()
            let batch = try batches(data, workers: 1, on: device)[0]
            let read = uploaded()
            withDevice(device) { #expect((batch.images * batch.images).sum().item().isFinite) }
            found.append([read - before, uploaded() - read])
        }
        #expect(found.last == [expected, 0])
    }
}
