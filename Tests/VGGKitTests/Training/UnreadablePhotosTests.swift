// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing
import VGGKit

/// What cannot be read is no epoch of loss 0, and what a run writes is no class.
@Suite struct UnreadablePhotosTests {
    private let scratch = TemporaryFolder()
    private let preprocessing = Compose([Resize(height: 8, width: 8)], normalize: .imageNet)

    /// Photos of which `cut` cannot be decoded, though their headers say nothing of it.
    private func photos(_ name: String, count: Int = 3, cut: Int) throws -> ImageFolder {
        let root = scratch.url.appending(path: name)
        for className in ["a", "b"] {
            let folder = root.appending(path: className)
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            for index in 0..<count {
                let data = Image(width: 9, height: 9, color: [UInt8(index * 40), 90, 200]).jpegData()
                let isWhole = index + (className == "a" ? 0 : count) >= cut
                try data.dropLast(isWhole ? 0 : 12).write(to: folder.appending(path: "\(index).jpg"))
            }
        }
        return try ImageFolder(root)
    }

    private func trainer() -> Trainer<VGG> {
        let model = withRandomSource(RandomSource(seed: 1)) {
            VGG(.init(column: [4, .maxPool], classCount: 2, pooledSize: 2, hiddenUnits: [4]))
        }
        let trainer = Trainer(model, optimizer: SGD(model.parameters, learningRate: 0.01))
        trainer.configuration.progress = .none
        return trainer
    }

    private func loader(_ folder: ImageFolder) -> DataLoader<TransformedFolder> {
        DataLoader(folder.transformed(by: preprocessing), batchSize: 2)
    }

    @Test func anEpochOfNothingIsAnError() throws {
        let (good, bad) = (try photos("good", cut: 0), try photos("bad", cut: 6))
        for (training, validation) in [(bad, good), (good, bad)] {
            #expect {
                try trainer().fit(loader(training), validation: loader(validation), epochs: 1)
            } throws: {
                if case .nothingRead(6, let first) = $0 as? LoaderError {
                    first.contains("0.jpg")
                } else {
                    false
                }
            }
        }
        #expect(throws: LoaderError.self) { try trainer().evaluate(loader(bad)) }
    }

    @Test func onePhotoIsAnEpoch() throws {
        let folder = try photos("some", cut: 5)
        let trainer = trainer()
        try trainer.fit(loader(folder), validation: loader(folder), epochs: 1)
        #expect(trainer.history.epochs.count == 1 && trainer.skipped.count == 5)
    }

    @Test func featuresOfNothingAreAnError() throws {
        var cache = FeatureCache(folder: scratch.url.appending(path: "features"))
        cache.progress = .none
        let bad = try photos("bad", cut: 6).transformed(by: preprocessing)
        #expect {
            try cache.features(of: bad, by: trainer().model)
        } throws: {
            if case .nothingRead(6, _) = $0 as? LoaderError { true } else { false }
        }
    }

    @Test func aRunAmongItsPhotosIsRefused() throws {
        let folder = try photos("good", cut: 0)
        for path in ["good", "good/run", "good/a/run"] {
            let trainer = trainer()
            trainer.configuration.output = scratch.url.appending(path: path)
            #expect("\(path)") {
                try trainer.fit(loader(folder), epochs: 1)
            } throws: {
                if case .withinSource? = $0 as? DatasetError { true } else { false }
            }
        }
        #expect(try ImageFolder(folder.root).classes == ["a", "b"])
    }
}
