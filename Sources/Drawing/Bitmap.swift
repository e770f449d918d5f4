// SPDX-License-Identifier: Apache-2.0

import Checks
import Foundation

/// A drawn picture: rows of opaque RGB pixels.
///
/// ```swift
/// let sun = Bitmap(width: 64, height: 64) { canvas in
///     canvas.fill(.circle(Point(32, 32), radius: 20), Color(hex: 0xFFC800))
/// }
/// ```
public struct Bitmap: Sendable, Equatable {
    public let width: Int
    public let height: Int
    /// `height` rows of `width` pixels of red, green and blue.
    public var pixels: [UInt8] {
        get { bytes }
        // An observer would make other modules copy all pixels to change one.
        _modify {
            defer {
                check(
                    bytes.count == 3 * width * height,
                    "Bitmap: \(bytes.count) bytes are not \(width)×\(height) pixels of RGB")
            }
            yield &bytes
        }
    }
    private var bytes: [UInt8]

    /// The longest side that cairo draws.
    public static let largestSide = 32_767

    public init(width: Int, height: Int, pixels: [UInt8], file: StaticString = #fileID, line: UInt = #line) {
        Self.requireSides(width, height, file: file, line: line)
        check(
            pixels.count == 3 * width * height,
            "Bitmap: \(pixels.count) bytes are not \(width)×\(height) pixels of RGB", file: file, line: line)
        self.width = width
        self.height = height
        bytes = pixels
    }

    /// A picture drawn on white.
    public init<Failure>(
        width: Int, height: Int, draw: (inout Canvas) throws(Failure) -> Void,
        file: StaticString = #fileID, line: UInt = #line
    ) throws(Failure) {
        Self.requireSides(width, height, file: file, line: line)
        let pixels = [UInt8](repeating: 255, count: 3 * width * height)
        self.init(width: width, height: height, pixels: pixels, file: file, line: line)
        try self.draw(draw)
    }

    private static func requireSides(
        _ width: Int, _ height: Int, file: StaticString = #fileID, line: UInt = #line
    ) {
        check(
            (1...largestSide).contains(width) && (1...largestSide).contains(height),
            "Bitmap: sides of \(width)×\(height) pixels must lie in 1...\(largestSide)", file: file,
            line: line)
    }

    /// Draws over what is there.
    public mutating func draw<Failure>(_ draw: (inout Canvas) throws(Failure) -> Void) throws(Failure) {
        try Surface.draw(over: &pixels, width: width, height: height, draw)
    }

    public var pngData: Data { Surface.png(of: pixels, width: width, height: height) }
}

/// A drawing as an SVG file; texts become outlines, so that it looks the same everywhere.
public func svgData<Failure>(
    width: Double, height: Double, draw: (inout Canvas) throws(Failure) -> Void, file: StaticString = #fileID,
    line: UInt = #line
) throws(Failure) -> Data {
    check(
        width > 0 && height > 0 && width.isFinite && height.isFinite,
        "svgData: sides of \(width)×\(height) must be positive", file: file, line: line)
    return try Surface.svg(width: width, height: height, draw)
}
