// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import VGGKit

/// The photos of a run.
struct Photos {
    let training: ImageFolder
    let validation: ImageFolder
    /// Which photos are validated on, where that is not what a folder says.
    private let parting: [String]

    var classes: [String] { training.classes }

    /// How the photos are parted, and what is left out of both, each said once.
    var notices: [String] { parting + Self.once(training.notices + validation.notices) }

    /// Files that are no photos, each once.
    var unreadable: [String] { Self.once((training.unreadable + validation.unreadable).map(\.description)) }

    private static func once(_ lines: [String]) -> [String] {
        var said: Set<String> = []
        return lines.filter { said.insert($0).inserted }
    }

    /// - Parameter share: of each class, kept for validation where the folder has no train/ and val/.
    init(in root: URL, validation share: Double, seed: UInt64, strict: Bool) throws {
        let (train, val) = (root.appending(path: "train"), root.appending(path: "val"))
        guard FileManager.default.fileExists(atPath: train.path) else {
            let parts = try ImageFolder(root, strict: strict).split(validation: share, seed: seed)
            (training, validation) = (parts.training, parts.validation)
            parting = Self.parting(root, share)
            return
        }
        parting = []
        training = try ImageFolder(train, strict: strict)
        validation = try ImageFolder(val, strict: strict)
        guard training.classes == validation.classes else {
            throw Failure(
                difference(
                    train.relativePath, training.classes, val.relativePath, validation.classes))
        }
    }

    private static func parting(_ root: URL, _ share: Double) -> [String] {
        let folder = root.standardizedFileURL
        let sibling = folder.deletingLastPathComponent().appending(path: "val")
        let isHalf =
            folder.lastPathComponent == "train" && FileManager.default.fileExists(atPath: sibling.path)
        let kept = "\(share.percent) of each class are kept to validate"
        return ["\(root.relativePath) has no train/ and val/: \(kept)"]
            + (isHalf ? ["val/ beside it is not used; name the folder of both for that"] : [])
    }
}

/// How the classes of two things differ, in words.
func difference(_ first: String, _ classes: [String], _ second: String, _ others: [String]) -> String {
    let sides = [(first, classes, others), (second, others, classes)].compactMap { name, own, other in
        let only = own.filter { !other.contains($0) }
        return only.isEmpty ? nil : "only \(name) has \(only.joined(separator: ", "))"
    }
    return sides.isEmpty
        ? "\(first) and \(second) number their classes in another order"
        : "the classes differ: \(sides.joined(separator: "; "))"
}

extension ImageFolder {
    /// What is left out, a line each.
    var notices: [String] {
        let passed = passedOver.isEmpty ? [] : ["passed over in \(root.relativePath): \(passedOver)"]
        return unreadable.map { "left out: \($0)" } + passed
    }
}
