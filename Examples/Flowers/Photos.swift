// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import VGGKit

/// The photos of a run.
struct Photos {
    let training: ImageFolder
    let validation: ImageFolder

    var classes: [String] { training.classes }

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
            throw ValidationError(
                "\(train.path) has classes \(training.classes), \(val.path) has \(validation.classes)")
        }
    }
}
