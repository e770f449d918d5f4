// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A place, or a step from one place to another; x runs to the right, y downwards.
public struct Point: Sendable, Equatable {
    public var x: Double
    public var y: Double

    public init(_ x: Double, _ y: Double) {
        self.x = x
        self.y = y
    }

    /// - Parameter angle: in radians, 0 to the right, growing clockwise as y runs downwards
    public init(angle: Double, length: Double = 1) {
        self.init(length * cos(angle), length * sin(angle))
    }

    public static let zero = Point(0, 0)

    public var length: Double { (x * x + y * y).squareRoot() }
    public var angle: Double { atan2(y, x) }

    public static func + (a: Point, b: Point) -> Point { Point(a.x + b.x, a.y + b.y) }
    public static func - (a: Point, b: Point) -> Point { Point(a.x - b.x, a.y - b.y) }
    public static func * (factor: Double, a: Point) -> Point { Point(factor * a.x, factor * a.y) }

    /// The place `share` of the way to `other`.
    public func toward(_ other: Point, _ share: Double) -> Point { self + share * (other - self) }
}

public struct Rectangle: Sendable, Equatable {
    public var x: Double
    public var y: Double
    public var width: Double
    public var height: Double

    public init(x: Double, y: Double, width: Double, height: Double) {
        self.x = x
        self.y = y
        self.width = width
        self.height = height
    }

    public var maxX: Double { x + width }
    public var maxY: Double { y + height }
    public var center: Point { Point(x + width / 2, y + height / 2) }
}

/// An affine map: x' = xx · x + xy · y + dx, y' = yx · x + yy · y + dy.
public struct Transform: Sendable, Equatable {
    public var xx = 1.0
    public var yx = 0.0
    public var xy = 0.0
    public var yy = 1.0
    public var dx = 0.0
    public var dy = 0.0

    public init() {}

    public static func translation(_ step: Point) -> Transform {
        var transform = Transform()
        (transform.dx, transform.dy) = (step.x, step.y)
        return transform
    }

    public static func rotation(_ angle: Double) -> Transform {
        var transform = Transform()
        (transform.xx, transform.yx) = (cos(angle), sin(angle))
        (transform.xy, transform.yy) = (-sin(angle), cos(angle))
        return transform
    }

    public static func scale(_ x: Double, _ y: Double) -> Transform {
        var transform = Transform()
        (transform.xx, transform.yy) = (x, y)
        return transform
    }

    public static func scale(_ factor: Double) -> Transform { .scale(factor, factor) }

    /// `next` is carried out first, in the coordinates that this one makes: `.translation(p).rotated(a)`
    /// turns about `p`.
    public func concatenated(_ next: Transform) -> Transform {
        var result = Transform()
        result.xx = xx * next.xx + xy * next.yx
        result.yx = yx * next.xx + yy * next.yx
        result.xy = xx * next.xy + xy * next.yy
        result.yy = yx * next.xy + yy * next.yy
        let origin = apply(Point(next.dx, next.dy))
        (result.dx, result.dy) = (origin.x, origin.y)
        return result
    }

    public func translated(_ step: Point) -> Transform { concatenated(.translation(step)) }
    public func rotated(_ angle: Double) -> Transform { concatenated(.rotation(angle)) }
    public func scaled(_ x: Double, _ y: Double) -> Transform { concatenated(.scale(x, y)) }
    public func scaled(_ factor: Double) -> Transform { concatenated(.scale(factor)) }

    public func apply(_ point: Point) -> Point {
        Point(xx * point.x + xy * point.y + dx, yx * point.x + yy * point.y + dy)
    }
}
