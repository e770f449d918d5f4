// SPDX-License-Identifier: Apache-2.0

import Files

/// Errors about folders of photos.
public enum DatasetError: DescribedError, Equatable {
    case noFolder(String)
    /// A folder exists, but cannot be read.
    case cannotRead(String, reason: String)
    /// The folder of a class has a name that is not UTF-8; its bytes are given as `\xE9`.
    case nameIsNoText(String)
    case noClasses(String)
    case oneClass(String, String)
    /// `otherKinds`: the images in it that are not read, as `3 .heic`.
    case emptyClass(String, otherKinds: String?)
    /// None of a class's photos can be read; `first` describes the first photo's error.
    case unreadableClass(String, count: Int, first: String)
    /// The folder holds the parts of a data set (`train`, `val`), not its classes.
    case alreadySplit(String, training: String, validation: String)
    case tooFew(className: String, count: Int)
    case exists(String)
    case withinSource(String, source: String)
    case cannotWrite(String, reason: String)
    case classIndices(String, reason: String)
    /// None of a folder's photos could be read, so that no shard was written; `first` describes the first
    /// photo's error.
    case nothingWritten(String, count: Int, first: String)
    /// There are no shards of that name.
    case noShards(String)
    /// Shards hold no photo with a class; `first` describes the first member that cannot be used.
    case noPhotosInShards(String, count: Int, first: String?)

    public var description: String {
        switch self {
        case .noFolder(let path): "there is no folder \(path)"
        case .cannotRead(let path, let reason): "\(path) cannot be read: \(reason)"
        case .nameIsNoText(let path):
            "the name of \(path) is no text in UTF-8, and so no name for a class; rename it, as with: convmv -f latin1 -t utf8"
        case .noClasses(let path):
            "\(path) holds no folders; it should hold one folder of photos for each class"
        case .oneClass(let path, let name):
            "\(path) holds one class only, \(name); it takes at least two classes"
        case .emptyClass(let path, let otherKinds):
            "\(path) holds no photos" + (otherKinds.map { " but \($0)" } ?? "")
        case .unreadableClass(let path, let count, let first):
            "none of the \(count) photos in \(path) can be read; the first: \(first)"
        case .alreadySplit(let path, let training, let validation):
            "\(path) is split already: \(training) and \(validation) hold the folders of its classes"
        case .tooFew(let name, let count):
            "class \(name) has \(count) photo; it takes at least two to split it"
        case .exists(let path): "\(path) exists and is not empty; choose another folder or remove it"
        case .withinSource(let path, let source):
            "\(path) lies within \(source), whose folders are classes; choose a folder outside of it"
        case .cannotWrite(let path, let reason): "\(path) cannot be written: \(reason)"
        case .classIndices(let path, let reason): "\(path) is no list of classes: \(reason)"
        case .nothingWritten(let path, let count, let first):
            "none of the \(count) photos in \(path) can be read, so no shard was written; the first: \(first)"
        case .noShards(let path): "there are no shards \(path)"
        case .noPhotosInShards(let path, let count, let first):
            (count == 1 ? "\(path) holds" : "the \(count) shards from \(path) on hold")
                + " no photo with a class" + (first.map { "; the first that cannot be used: \($0)" } ?? "")
        }
    }
}
