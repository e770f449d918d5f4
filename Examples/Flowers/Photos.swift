// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import VGGKit

/// The photos of a run.
struct Photos {
    let training: ImageFolder
    let validation: ImageFolder

    var classes: [String] { training.classes }

    /// What is left out of both, each said once.
    var notices: [String] {
        let all = training.notices + validation.notices
        return all.indices.filter { !all[..<$0].contains(all[$0]) }.map { all[$0] }
    }

    /// - Parameter share: of each class, kept for validation where the folder has no train/ and val/.
    init(in root: URL, validation share: Double, seed: UInt64, strict: Bool) throws {
        let (train, val) = (root.appending(path: "train"), root.appending(path: "val"))
        guard FileManager.default.fileExists(atPath: train.path) else {
            let parts = try ImageFolder(root, strict: strict).split(validation: share, seed: seed)
            (training, validation) = (parts.training, parts.validation)
            return
        }
        training = try ImageFolder(train, strict: strict)
        validation = try ImageFolder(val, strict: strict)
        guard training.classes == validation.classes else {
            throw Failure(
                "\(train.relativePath) has classes \(training.classes), \(val.relativePath) has \(validation.classes)"
            )
        }
    }
}

extension ImageFolder {
    /// What is left out, a line each.
    var notices: [String] {
        let passed = passedOver.isEmpty ? [] : ["passed over in \(root.relativePath): \(passedOver)"]
        return unreadable.map { "left out: \($0)" } + passed
    }
}
