// SPDX-License-Identifier: Apache-2.0

import Drawing
import TensorCore

/// How a flower stands before the camera. Pictures are 1 wide and 1 high.
struct Stance {
    var head: Point
    var radius: Double
    /// Where the stem comes from; nil for a flower seen from above, whose stem is hidden.
    var root: Point?
    /// 1 for a head that looks at the camera, less the more it is turned away.
    var facing: Double
    /// The direction in which it is turned away.
    var lean: Double

    /// From the coordinates of a head of radius 1 to the picture's.
    var toPicture: Transform {
        .translation(head).rotated(lean).scaled(1, facing).rotated(-lean).scaled(radius)
    }
}

/// A flower of one kind and variety; several of it can stand in a picture.
protocol Flower {
    init(using generator: inout RandomGenerator)
    /// Stem and leaves, which lie behind every head.
    func drawGreen(on canvas: inout Canvas, _ stance: Stance, using generator: inout RandomGenerator)
    func drawHead(on canvas: inout Canvas, _ stance: Stance, using generator: inout RandomGenerator)
}

extension Flower {
    func stem(
        _ stance: Stance, width: Double, color: Color, using generator: inout RandomGenerator
    ) -> Stem? {
        stance.root.map { root in
            Stem(
                root: root, head: stance.head, width: width * stance.radius, color: color,
                bend: generator.about(0, 0.12))
        }
    }
}

/// The classes of the drawn data set, by the names of the flower photos' folders.
enum FlowerKind: String, CaseIterable, Sendable {
    case daisy, dandelion, roses, sunflowers, tulips

    var variety: any Flower.Type {
        switch self {
        case .daisy: Daisy.self
        case .dandelion: Dandelion.self
        case .roses: Rose.self
        case .sunflowers: Sunflower.self
        case .tulips: Tulip.self
        }
    }
}

/// The picture number `index` of a kind in the data set that `seed` names: always the same, whatever else is
/// drawn.
func drawFlower(_ kind: FlowerKind, index: Int, size: Int, seed: UInt64) -> Bitmap {
    let rank = UInt64(FlowerKind.allCases.firstIndex(of: kind)!)
    var generator = RandomGenerator(seed: seed).forked(rank).forked(UInt64(index))
    return drawFlower(kind, size: size, using: &generator)
}

/// A picture of one flower, or of a few of the same kind.
func drawFlower(_ kind: FlowerKind, size: Int, using generator: inout RandomGenerator) -> Bitmap {
    let scene = Scene(using: &generator)
    let flower = kind.variety.init(using: &generator)
    var bitmap = scene.backdrop(size: size, using: &generator)
    bitmap.draw { canvas in
        canvas.transformed(by: .scale(Double(size))) { canvas in
            for stance in scene.stances { flower.drawGreen(on: &canvas, stance, using: &generator) }
            for stance in scene.stances { flower.drawHead(on: &canvas, stance, using: &generator) }
            scene.drawForeground(on: &canvas, using: &generator)
        }
    }
    return Camera(using: &generator).photograph(bitmap, using: &generator)
}
