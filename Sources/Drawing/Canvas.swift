// SPDX-License-Identifier: Apache-2.0

import CCairo

/// What is drawn on, while `Bitmap(width:height:draw:)` or `svgData(width:height:draw:)` lasts.
///
/// Coordinates start at the upper left corner; a pixel is 1 wide. Later things cover earlier ones.
///
/// Drawing is done by [cairo](https://www.cairographics.org).
public struct Canvas: ~Copyable {
    public let width: Double
    public let height: Double
    private let context: OpaquePointer

    init(_ surface: OpaquePointer, width: Double, height: Double) {
        self.width = width
        self.height = height
        context = cairo_create(surface)
    }

    deinit { cairo_destroy(context) }

    public var bounds: Rectangle { Rectangle(x: 0, y: 0, width: width, height: height) }

    /// Covers everything.
    public mutating func fill(_ paint: Paint) {
        set(paint)
        cairo_paint(context)
    }

    public mutating func fill(_ path: Path, _ paint: Paint) {
        set(paint)
        trace(path)
        cairo_fill(context)
    }

    public mutating func fill(_ path: Path, _ color: Color) { fill(path, .color(color)) }

    public mutating func stroke(_ path: Path, _ paint: Paint, _ stroke: Stroke) {
        set(paint)
        trace(path)
        cairo_set_line_width(context, stroke.width)
        cairo_set_line_cap(context, stroke.isRound ? CAIRO_LINE_CAP_ROUND : CAIRO_LINE_CAP_BUTT)
        cairo_set_line_join(context, stroke.isRound ? CAIRO_LINE_JOIN_ROUND : CAIRO_LINE_JOIN_MITER)
        cairo_set_dash(context, stroke.dashes, Int32(stroke.dashes.count), 0)
        cairo_stroke(context)
    }

    public mutating func stroke(_ path: Path, _ color: Color, _ stroke: Stroke) {
        self.stroke(path, .color(color), stroke)
    }

    public mutating func stroke(_ path: Path, _ color: Color, width: Double) {
        stroke(path, .color(color), Stroke(width: width))
    }

    /// Draws in coordinates of its own.
    public mutating func transformed<Failure>(
        by transform: Transform, _ draw: (inout Canvas) throws(Failure) -> Void
    ) throws(Failure) {
        cairo_save(context)
        defer { cairo_restore(context) }
        var matrix = cairo_matrix_t(
            xx: transform.xx, yx: transform.yx, xy: transform.xy, yy: transform.yy, x0: transform.dx,
            y0: transform.dy)
        cairo_transform(context, &matrix)
        try draw(&self)
    }

    /// Draws inside an outline only.
    public mutating func clipped<Failure>(
        to path: Path, _ draw: (inout Canvas) throws(Failure) -> Void
    ) throws(Failure) {
        cairo_save(context)
        defer { cairo_restore(context) }
        trace(path)
        cairo_clip(context)
        try draw(&self)
    }

    /// Writes a line of text.
    /// - Parameter place: where the base line of the text begins, has its middle or ends, as `anchor` says
    public mutating func text(
        _ text: String, at place: Point, _ font: Font, _ color: Color, anchor: TextAnchor = .leading
    ) {
        let shift =
            switch anchor {
            case .leading: 0.0
            case .center: width(of: text, font) / 2
            case .trailing: width(of: text, font)
            }
        select(font)
        set(.color(color))
        cairo_move_to(context, place.x - shift, place.y)
        cairo_show_text(context, text)
        cairo_new_path(context)
    }

    /// How far a line of text goes on.
    public mutating func width(of text: String, _ font: Font) -> Double {
        select(font)
        var extents = cairo_text_extents_t()
        cairo_text_extents(context, text, &extents)
        return extents.x_advance
    }

    private func select(_ font: Font) {
        cairo_select_font_face(
            context, font.family, CAIRO_FONT_SLANT_NORMAL,
            font.isBold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL)
        cairo_set_font_size(context, font.size)
    }

    private func trace(_ path: Path) {
        cairo_new_path(context)
        for element in path.elements {
            switch element {
            case .move(let point): cairo_move_to(context, point.x, point.y)
            case .line(let point): cairo_line_to(context, point.x, point.y)
            case .curve(let a, let b, let end): cairo_curve_to(context, a.x, a.y, b.x, b.y, end.x, end.y)
            case .close: cairo_close_path(context)
            }
        }
    }

    private func set(_ paint: Paint) {
        switch paint {
        case .color(let color):
            cairo_set_source_rgba(context, color.red, color.green, color.blue, color.alpha)
        case .linear(let start, let end, let stops):
            set(cairo_pattern_create_linear(start.x, start.y, end.x, end.y), stops)
        case .radial(let center, let radius, let stops):
            set(cairo_pattern_create_radial(center.x, center.y, 0, center.x, center.y, radius), stops)
        }
    }

    private func set(_ pattern: OpaquePointer?, _ stops: [Paint.Stop]) {
        for stop in stops {
            let color = stop.color
            cairo_pattern_add_color_stop_rgba(
                pattern, stop.position, color.red, color.green, color.blue, color.alpha)
        }
        cairo_set_source(context, pattern)
        cairo_pattern_destroy(pattern)
    }
}
