// SPDX-License-Identifier: Apache-2.0

import Checks
import Files
import Foundation
import TensorCore

/// A folder of photos in two parts.
public struct FolderSplit: Sendable {
    /// The photos to train on.
    public let training: ImageFolder
    /// The photos that are held out for validation.
    public let validation: ImageFolder

    /// How photos get from one folder to another.
    public enum Method: Sendable {
        case copy, hardLink, symbolicLink
    }

    /// Writes `train/` and `val/` with a folder for each class below `folder`.
    /// - Throws: `DatasetError`; files written before the error are removed.
    public func write(to folder: URL, by method: Method = .copy) throws(DatasetError) {
        let files = FileManager.default
        guard !folder.lies(within: training.root) else {
            throw .withinSource(folder.relativePath, source: training.root.realPath)
        }
        if let entries = try? files.contentsOfDirectory(atPath: folder.path), !entries.isEmpty {
            throw .exists(folder.relativePath)
        }
        do {
            for (name, part) in [("train", training), ("val", validation)] {
                for (file, label) in zip(part.files, part.labels) {
                    let target = folder.appending(path: name).appending(path: part.path(of: file, label))
                    try makeFolder(target.deletingLastPathComponent())
                    switch method {
                    case .copy: try files.copyItem(at: file.resolvingSymlinksInPath(), to: target)
                    case .hardLink: try files.linkItem(at: file.resolvingSymlinksInPath(), to: target)
                    case .symbolicLink:
                        try files.createSymbolicLink(
                            at: target, withDestinationURL: file.resolvingSymlinksInPath())
                    }
                }
            }
        } catch {
            for name in ["train", "val"] { try? files.removeItem(at: folder.appending(path: name)) }
            throw .cannotWrite(folder.relativePath, reason: Files.reason(of: error))
        }
    }
}

extension ImageFolder {
    /// Splits the photos so that each class has the same share of validation photos, rounded, and at least
    /// one photo on either side.
    /// - Parameter validation: the share, between 0 and 1
    /// - Throws: `DatasetError.tooFew`; `DatasetError.alreadySplit` where the root holds `train` and `val`,
    ///   or the like
    public func split(
        validation share: Double, seed: UInt64, file: StaticString = #fileID, line: UInt = #line
    ) throws(DatasetError) -> FolderSplit {
        check(
            share > 0 && share < 1, "split: validation share \(share) is not between 0 and 1", file: file,
            line: line)
        if let parts = SplitLayout(of: root) {
            throw .alreadySplit(
                root.relativePath, training: parts.training.relativePath,
                validation: parts.validation.relativePath)
        }
        var training: [Int] = []
        var validation: [Int] = []
        var ofClass = [[Int]](repeating: [], count: classes.count)
        for (index, label) in labels.enumerated() { ofClass[label].append(index) }
        for (label, name) in classes.enumerated() {
            let members = ofClass[label]
            guard members.count >= 2 else { throw .tooFew(className: name, count: members.count) }
            let held = min(max(1, Int((Double(members.count) * share).rounded())), members.count - 1)
            var generator = RandomGenerator(seed: seed).forked(UInt64(label))
            let order = members.permuted(using: &generator)
            validation += order.prefix(held)
            training += order.dropFirst(held)
        }
        return FolderSplit(training: selecting(training.sorted()), validation: selecting(validation.sorted()))
    }

    /// Where a file goes below `train/` or `val/`: its path from the root.
    fileprivate func path(of file: URL, _ label: Int) -> String {
        let rootPath = root.standardizedFileURL.path + "/"
        let path = file.standardizedFileURL.path
        return path.hasPrefix(rootPath)
            ? String(path.dropFirst(rootPath.count)) : "\(classes[label])/\(file.lastPathComponent)"
    }
}

extension Array {
    /// The elements in a random order that stays the same for a generator, whatever the version of Swift
    /// (Fisher–Yates).
    package func permuted(using generator: inout RandomGenerator) -> [Element] {
        var result = self
        for last in stride(from: result.count - 1, to: 0, by: -1) {
            result.swapAt(last, Int(generator.next().multipliedFullWidth(by: UInt64(last + 1)).high))
        }
        return result
    }
}
