// SPDX-License-Identifier: Apache-2.0

import CCairo
import Checks
import Foundation

/// Cairo's surfaces; what there is to do with memory that cairo owns is done here.
enum Surface {
    /// Draws over `pixels`, rows of interleaved RGB.
    static func draw<Failure>(
        over pixels: inout [UInt8], width: Int, height: Int, _ draw: (inout Canvas) throws(Failure) -> Void
    ) throws(Failure) {
        let surface = make(width, height)
        defer { cairo_surface_destroy(surface) }
        fill(surface, pixels, width, height)
        var canvas = Canvas(surface, width: Double(width), height: Double(height))
        try draw(&canvas)
        read(surface, &pixels, width, height)
    }

    static func png(of pixels: [UInt8], width: Int, height: Int) -> Data {
        let surface = make(width, height)
        defer { cairo_surface_destroy(surface) }
        fill(surface, pixels, width, height)
        let sink = Sink()
        let status = withExtendedLifetime(sink) {
            cairo_surface_write_to_png_stream(surface, Sink.append, Unmanaged.passUnretained(sink).toOpaque())
        }
        requireSuccess(status, "PNG of \(width)×\(height) pixels")
        return sink.data
    }

    static func svg<Failure>(
        width: Double, height: Double, _ draw: (inout Canvas) throws(Failure) -> Void
    ) throws(Failure) -> Data {
        let sink = Sink()
        defer { withExtendedLifetime(sink) {} }
        let created = cairo_svg_surface_create_for_stream(
            Sink.append, Unmanaged.passUnretained(sink).toOpaque(), width, height)
        guard let surface = created else { fail("cairo gave no surface") }
        defer { cairo_surface_destroy(surface) }
        cairo_svg_surface_set_document_unit(surface, CAIRO_SVG_UNIT_PX)
        do {
            var canvas = Canvas(surface, width: width, height: height)
            try draw(&canvas)
        }
        cairo_surface_finish(surface)
        requireSuccess(cairo_surface_status(surface), "SVG of \(width)×\(height)")
        // Cairo numbers the surfaces of a process; without its number, the same drawing is the same file.
        let text = String(decoding: sink.data, as: UTF8.self)
        return Data(text.replacing(/\ id="surface[0-9]+"/, with: "").utf8)
    }

    /// Where cairo writes a file to.
    private final class Sink {
        var data = Data()

        static let append: cairo_write_func_t = { sink, bytes, count in
            guard let sink, let bytes else { return CAIRO_STATUS_WRITE_ERROR }
            Unmanaged<Sink>.fromOpaque(sink).takeUnretainedValue().data.append(bytes, count: Int(count))
            return CAIRO_STATUS_SUCCESS
        }
    }

    private static func make(_ width: Int, _ height: Int) -> OpaquePointer {
        let surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, Int32(width), Int32(height))
        requireSuccess(cairo_surface_status(surface), "a surface of \(width)×\(height) pixels")
        return surface!
    }

    /// Sizes are checked by `Bitmap`; what is left is memory.
    private static func requireSuccess(_ status: cairo_status_t, _ what: String) {
        guard status == CAIRO_STATUS_SUCCESS else {
            fail("cairo: \(what): \(String(cString: cairo_status_to_string(status)))")
        }
    }

    private static func rows(
        _ surface: OpaquePointer, _ width: Int, _ height: Int,
        _ body: (UnsafeMutableBufferPointer<UInt32>, Int) -> Void
    ) {
        let stride = Int(cairo_image_surface_get_stride(surface))
        let start = UnsafeMutableRawPointer(cairo_image_surface_get_data(surface)!)
        for y in 0..<height {
            let row = (start + y * stride).assumingMemoryBound(to: UInt32.self)
            body(UnsafeMutableBufferPointer(start: row, count: width), y)
        }
    }

    private static func fill(_ surface: OpaquePointer, _ pixels: [UInt8], _ width: Int, _ height: Int) {
        cairo_surface_flush(surface)
        rows(surface, width, height) { row, y in
            for x in 0..<width {
                let index = 3 * (y * width + x)
                row[x] =
                    UInt32(pixels[index]) << 16 | UInt32(pixels[index + 1]) << 8 | UInt32(pixels[index + 2])
            }
        }
        cairo_surface_mark_dirty(surface)
    }

    private static func read(_ surface: OpaquePointer, _ pixels: inout [UInt8], _ width: Int, _ height: Int) {
        cairo_surface_flush(surface)
        rows(surface, width, height) { row, y in
            for x in 0..<width {
                let index = 3 * (y * width + x)
                pixels[index] = UInt8(row[x] >> 16 & 255)
                pixels[index + 1] = UInt8(row[x] >> 8 & 255)
                pixels[index + 2] = UInt8(row[x] & 255)
            }
        }
    }
}
