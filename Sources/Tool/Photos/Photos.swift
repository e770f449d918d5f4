// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Files
import Foundation
import VGGKit

/// The photos of a run.
struct Photos {
    let training: ImageFolder
    let validation: ImageFolder
    /// A note about which photos are held out, if the folders do not say so.
    private let choice: [String]

    var classes: [String] { training.classes }

    /// Notes about the split and about skipped photos, without repetitions.
    var notices: [String] {
        let unseen = training.hasReadHeaders && validation.hasReadHeaders ? [] : [Self.unseen]
        return choice + unseen + Self.once(training.notices + validation.notices)
    }

    private static let unseen =
        "with more than \(ImageFolder.mostHeaders) files, those that are no images are only found, and skipped, when they are read"

    /// Files that are not photos, each once.
    var unreadable: [String] { Self.once((training.unreadable + validation.unreadable).map(\.description)) }

    private static func once(_ lines: [String]) -> [String] {
        var said: Set<String> = []
        return lines.filter { said.insert($0).inserted }
    }

    /// - Parameter share: the share of each class that is held out to validate, if the folder has no train/
    ///   and val/.
    init(
        in root: URL, validation share: Double, seed: UInt64, strict: Bool, acceptsDamaged: Bool = false
    ) throws {
        guard let parts = SplitLayout(of: root) else {
            var folder = try ImageFolder(root, strict: strict)
            folder.decoding.acceptsDamaged = acceptsDamaged
            let split = try folder.split(validation: share, seed: seed)
            self.init(split.training, split.validation, choice: Self.choice(root, share))
            return
        }
        let (train, val) = (parts.training, parts.validation)
        guard parts.validationHasClasses else {
            throw Failure(
                "\(val.relativePath) holds photos without classes, on which nothing can be validated; name the classes' folder, \(train.relativePath), of which a share is held out then"
            )
        }
        guard parts.isStandard else {
            throw Failure(
                "\(train.relativePath) and \(val.relativePath) look like a data set that is split, not like classes; name them: --train \(train.relativePath) --val \(val.relativePath)"
            )
        }
        try self.init(training: train, validation: val, strict: strict, acceptsDamaged: acceptsDamaged)
    }

    private init(_ training: ImageFolder, _ validation: ImageFolder, choice: [String]) {
        (self.training, self.validation, self.choice) = (training, validation, choice)
    }

    /// Two folders of the same classes.
    init(training train: URL, validation val: URL, strict: Bool, acceptsDamaged: Bool) throws {
        var parts = try (ImageFolder(train, strict: strict), ImageFolder(val, strict: strict))
        parts.0.decoding.acceptsDamaged = acceptsDamaged
        parts.1.decoding.acceptsDamaged = acceptsDamaged
        self.init(parts.0, parts.1, choice: [])
        guard training.classes == validation.classes else {
            throw Failure(
                difference(
                    train.relativePath, training.classes, val.relativePath, validation.classes))
        }
    }

    /// Throws if a command would write into the photos' folder, where its output would be a class the next
    /// time.
    func requireOutside(_ folder: URL, _ option: String) throws {
        for photos in [training.root, validation.root] where folder.lies(within: photos) {
            throw Failure(
                "\(option) \(folder.relativePath) lies within \(photos.relativePath), whose folders are classes; choose a folder outside of it"
            )
        }
    }

    private static func choice(_ root: URL, _ share: Double) -> [String] {
        let folder = root.standardizedFileURL
        let sibling = folder.deletingLastPathComponent().appending(path: "val")
        let isHalf =
            folder.lastPathComponent == "train" && FileManager.default.fileExists(atPath: sibling.path)
        let held = "\(share.percent) of each class are held out to validate"
        return ["\(root.relativePath) has no train/ and val/: \(held)"]
            + (isHalf ? ["val/ beside it is not used; name the folder of both for that"] : [])
    }
}

/// Describes how the classes of two folders or models differ; nil if they do not.
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
    /// Skipped files and photos, one line each.
    var notices: [String] {
        let others = skipped.isEmpty ? [] : ["skipped in \(root.relativePath): \(skipped)"]
        return unreadable.map { "skipped: \($0)" } + others
    }
}

/// The number of photos that could not be read, and a remedy; nil if all could be read.
func skippedCount(_ samples: [SkippedSample]) -> String? {
    guard !samples.isEmpty else { return nil }
    let damaged = samples.count { if case .damaged = $0.error as? ImageError { true } else { false } }
    let remedy = damaged == 0 ? "" : "; --accept-damaged takes the \(damaged) that are damaged in part"
    return "\(samples.count) \(samples.count == 1 ? "photo was" : "photos were") skipped\(remedy)"
}
