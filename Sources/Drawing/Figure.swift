// SPDX-License-Identifier: Apache-2.0

import Checks
import Files
import Foundation

/// A drawing that can be written as pixels or as shapes.
package protocol Figure: Sendable {
    /// In points; a PNG file has `scale` pixels for each.
    var width: Double { get }
    var height: Double { get }
    func draw(on canvas: inout Canvas)
}

extension Figure {
    /// - Parameter scale: pixels for each point; the longer side may have `Bitmap.largestSide` pixels
    package func bitmap(scale: Double = 2, file: StaticString = #fileID, line: UInt = #line) -> Bitmap {
        let largest = Double(Bitmap.largestSide)
        check(
            (0.5...largest).contains(scale * width) && (0.5...largest).contains(scale * height),
            "bitmap: \(scale) pixels for each of \(width)×\(height) points; sides of 1 to \(Bitmap.largestSide) pixels fit",
            file: file, line: line)
        func pixels(_ points: Double) -> Int { Int((scale * points).rounded()) }
        let drawing: (inout Canvas) -> Void = { canvas in
            canvas.transformed(by: .scale(scale)) { draw(on: &$0) }
        }
        return Bitmap(width: pixels(width), height: pixels(height), draw: drawing, file: file, line: line)
    }

    package var svgData: Data { Drawing.svgData(width: width, height: height) { draw(on: &$0) } }

    /// Writes a PNG or SVG file, as the URL's extension says. A file that was there is replaced as a whole or
    /// not at all.
    package func save(
        to url: URL, scale: Double = 2, file: StaticString = #fileID, line: UInt = #line
    ) throws(DrawingError) {
        let data: Data
        switch url.pathExtension.lowercased() {
        case "png": data = bitmap(scale: scale, file: file, line: line).pngData
        case "svg": data = svgData
        case let other: throw .unknownFormat(url, found: other)
        }
        do {
            try writeAtomically(data, to: url)
        } catch {
            throw .file(error)
        }
    }
}

/// Why a drawing could not be written.
public enum DrawingError: DescribedError, Equatable {
    case unknownFormat(URL, found: String)
    case file(FileError)

    public var description: String {
        switch self {
        case .unknownFormat(let url, let found):
            "cannot write \(url.path): a drawing is written as .png or .svg, not as '.\(found)'"
        case .file(let error): error.description
        }
    }
}
