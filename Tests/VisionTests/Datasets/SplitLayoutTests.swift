// SPDX-License-Identifier: Apache-2.0

import Foundation
import TensorCore
import Testing
import Vision

/// Which folders are parts of a data set, and which are classes.
@Suite struct SplitLayoutTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private func fill(_ names: [String]) throws {
        for name in names {
            for index in 0..<2 { try scratch.photo("\(name)/\(index).jpg") }
        }
    }

    @Test(arguments: [
        ("train", "val", true), ("training_set", "test_set", false), ("Train", "Val", false),
        ("training", "validation", false), ("train", "test", false), ("train-images", "valid", false),
        ("seg_train", "seg_test", nil),
    ])
    func namesOfParts(training: String, validation: String, isStandard: Bool?) throws {
        try fill([training, validation].flatMap { part in ["cats", "dogs"].map { "\(part)/\($0)" } })
        let layout = SplitLayout(of: scratch.url)
        #expect(layout?.isStandard == isStandard)
        guard let layout else { return }
        #expect(layout.training.lastPathComponent == training)
        #expect(layout.validation.lastPathComponent == validation)
        #expect {
            try ImageFolder(scratch.url).split(validation: 0.5, seed: 0)
        } throws: {
            if case .alreadySplit(_, let a, let b) = $0 as? DatasetError {
                a == layout.training.path && b == layout.validation.path
            } else {
                false
            }
        }
    }

    /// Validation photos come before those of a test.
    @Test func ofThreePartsTwoAreNamed() throws {
        try fill(["test", "train", "val"].flatMap { part in ["a", "b"].map { "\(part)/\($0)" } })
        #expect(try #require(SplitLayout(of: scratch.url)).isStandard)
    }

    /// As competitions hand out what is to be submitted.
    @Test func theOtherPartMayHaveNoClasses() throws {
        try fill(["train/cats", "train/dogs", "test"])
        let layout = try #require(SplitLayout(of: scratch.url))
        #expect(layout.validation.lastPathComponent == "test" && !layout.validationHasClasses)
        #expect(throws: DatasetError.self) { try ImageFolder(scratch.url).split(validation: 0.5, seed: 0) }
    }

    @Test(arguments: [["train", "bus"], ["train", "val"], ["train", "val/inner"], ["test", "train"]])
    func aClassMayBeCalledTrain(classes: [String]) throws {
        try fill(classes)
        #expect(SplitLayout(of: scratch.url) == nil)
        let folder = try ImageFolder(scratch.url)
        #expect(folder.classes.contains("train"))
        #expect(try folder.split(validation: 0.5, seed: 0).training.count == 2)
    }
}
