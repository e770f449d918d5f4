// SPDX-License-Identifier: Apache-2.0

import Files

/// What can be wrong with a folder of photos.
public enum DatasetError: DescribedError, Equatable {
    case noFolder(String)
    case noClasses(String)
    case oneClass(String, String)
    /// `otherKinds`: the images in it that are not read, as `3 .heic`.
    case emptyClass(String, otherKinds: String?)
    case tooFew(className: String, count: Int)
    case exists(String)
    case withinSource(String, source: String)
    case cannotWrite(String, reason: String)
    case classIndices(String, reason: String)

    public var description: String {
        switch self {
        case .noFolder(let path): "there is no folder \(path)"
        case .noClasses(let path):
            "\(path) holds no folders; it should hold one folder of photos for each class"
        case .oneClass(let path, let name):
            "\(path) holds one class only, \(name); it takes at least two to tell apart"
        case .emptyClass(let path, let otherKinds):
            "\(path) holds no JPEG or PNG photos"
                + (otherKinds.map { ", but \($0), which are not read: convert them to JPEG" } ?? "")
        case .tooFew(let name, let count):
            "class \(name) has \(count) photo; it takes at least two to split it"
        case .exists(let path): "\(path) exists and is not empty; choose another folder or remove it"
        case .withinSource(let path, let source):
            "\(path) lies within \(source), whose photos it is to hold; choose a folder outside of it"
        case .cannotWrite(let path, let reason): "\(path) cannot be written: \(reason)"
        case .classIndices(let path, let reason): "\(path) is no list of classes: \(reason)"
        }
    }
}
