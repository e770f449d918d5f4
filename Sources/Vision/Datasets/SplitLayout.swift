// SPDX-License-Identifier: Apache-2.0

import Files
import Foundation

/// A folder that holds the parts of a data set and not its classes: `train` and `val`, or names that mean the
/// same, as `training_set` and `test_set`. The first has folders in it and no photos, the other folders or,
/// as in many competitions, photos without classes. A class may be called `train`, as long as it holds photos
/// or no folder beside it is named as the other part.
public struct SplitLayout: Sendable, Equatable {
    /// The folder of the photos to train on, with a folder for each class.
    public let training: URL
    /// The folder of the photos to validate on, such as `val` or `test`.
    public let validation: URL
    /// Whether the photos of the second part have classes.
    public let validationHasClasses: Bool

    /// Whether the parts are called `train` and `val`.
    public var isStandard: Bool {
        training.lastPathComponent == "train" && validation.lastPathComponent == "val"
    }

    /// Nil if the root holds classes, or cannot be read.
    public init?(of root: URL) {
        let folders = ((try? entries(ofFolder: root)) ?? []).filter { $0.kind == .folder && !$0.isHidden }
        let names = folders.compactMap(\.name)
        let meant = ["val", "valid", "validation", "dev", "eval", "test", "testing"]
        guard let training = Self.first(of: ["train", "training"], among: names, in: root, Self.holdsClasses)
        else { return nil }
        let labelled = Self.first(of: meant, among: names, in: root, Self.holdsFolders)
        guard let validation = labelled ?? Self.first(of: meant, among: names, in: root, Self.holdsPhotos)
        else { return nil }
        (self.training, self.validation, validationHasClasses) = (training, validation, labelled != nil)
    }

    /// The folder for the first of the meanings that has a folder with the right contents.
    private static func first(
        of meanings: [String], among names: [String], in root: URL, _ holds: (URL) -> Bool
    ) -> URL? {
        for meaning in meanings {
            // Of several, the plain name is preferred.
            for name in names.filter({ self.meaning($0) == meaning }).sorted(by: {
                $0.utf8.count < $1.utf8.count
            }) {
                let folder = root.appending(path: name)
                if holds(folder) { return folder }
            }
        }
        return nil
    }

    /// `Training_Set`, `train-images` and `train` mean the same.
    private static func meaning(_ name: String) -> String {
        var text = name.lowercased().filter { !"_- .".contains($0) }
        for ending in ["dataset", "set", "data", "images", "photos", "split"] where text.hasSuffix(ending) {
            text.removeLast(ending.count)
            break
        }
        return text
    }

    private static func holdsFolders(_ folder: URL) -> Bool { contents(of: folder).folders }

    private static func holdsPhotos(_ folder: URL) -> Bool { contents(of: folder).photos }

    private static func holdsClasses(_ folder: URL) -> Bool {
        contents(of: folder) == (folders: true, photos: false)
    }

    /// Whether there are folders, and photos, directly in a folder.
    private static func contents(of folder: URL) -> (folders: Bool, photos: Bool) {
        let visible = ((try? entries(ofFolder: folder)) ?? []).filter { !$0.isHidden }
        return (
            visible.contains { $0.kind == .folder },
            visible.contains { $0.kind == .file && PhotoSearch.isImage($0.printableName) }
        )
    }
}
