// SPDX-License-Identifier: Apache-2.0

import Checks
import TensorCore

/// One of fourteen operations, at one strength of `magnitudeBins`, each as likely as any other. As
/// torchvision's `TrivialAugmentWide` on Pillow images. It has nothing to tune. Müller and Hutter,
/// TrivialAugment: Tuning-free Yet State-of-the-Art Data Augmentation, 2021,
/// <https://arxiv.org/abs/2103.10158>.
public struct TrivialAugment: Transform {
    /// The number of strengths that each operation's range is divided into.
    public let magnitudeBins: Int

    /// An augmentation without anything to tune.
    /// - Parameter magnitudeBins: strengths of each operation, from weakest to strongest; at least 2
    public init(magnitudeBins: Int = 31, file: StaticString = #fileID, line: UInt = #line) {
        check(
            magnitudeBins >= 2, "TrivialAugment: \(magnitudeBins) magnitude bins; a range has 2 or more",
            file: file, line: line)
        self.magnitudeBins = magnitudeBins
    }

    public func callAsFunction(_ image: Image, using generator: inout RandomGenerator) -> Image {
        let (operation, magnitude) = draw(using: &generator)
        return operation.applied(to: image, magnitude: magnitude)
    }

    package func draw(using generator: inout RandomGenerator) -> (operation: Operation, magnitude: Float) {
        func one<Element>(of elements: [Element]) -> Element {
            elements[Int(generator.uniform() * Float(elements.count))]
        }
        let operation = one(of: Operation.allCases)
        let magnitude = one(of: operation.magnitudes(bins: magnitudeBins))
        let isNegative = operation.isSigned && one(of: [false, true])
        return (operation, isNegative ? -magnitude : magnitude)
    }
}

extension TrivialAugment {
    /// The paper's "wide" space.
    package enum Operation: String, CaseIterable, Sendable {
        case identity, shearX, shearY, translateX, translateY, rotate
        case brightness, color, contrast, sharpness
        case posterize, solarize, autoContrast, equalize

        /// The magnitudes from weakest to strongest; nil for operations without a strength.
        package var range: (weakest: Float, strongest: Float)? {
            switch self {
            case .identity, .autoContrast, .equalize: nil
            // Pixels a row or column.
            case .shearX, .shearY: (0, 0.99)
            // Pixels.
            case .translateX, .translateY: (0, 32)
            // Degrees.
            case .rotate: (0, 135)
            // The factor minus 1.
            case .brightness, .color, .contrast, .sharpness: (0, 0.99)
            // Bits that stay.
            case .posterize: (8, 2)
            // The lowest level that is inverted.
            case .solarize: (255, 0)
            }
        }

        /// Whether the magnitude may be negated: for all operations whose range starts at no change.
        package var isSigned: Bool { range?.weakest == 0 }

        package func magnitudes(bins: Int) -> [Float] {
            guard let range else { return [0] }
            let even = (0..<bins).map {
                range.weakest + (range.strongest - range.weakest) * Float($0) / Float(bins - 1)
            }
            return self == .posterize ? even.map { $0.rounded(.toNearestOrEven) } : even
        }

        package func applied(to image: Image, magnitude: Float) -> Image {
            switch self {
            case .identity: image
            case .shearX: image.nearest(.shearedX(by: Double(magnitude)), fill: 0)
            case .shearY: image.nearest(.shearedY(by: Double(magnitude)), fill: 0)
            case .translateX: image.nearest(.moved(x: Int(magnitude), y: 0), fill: 0)
            case .translateY: image.nearest(.moved(x: 0, y: Int(magnitude)), fill: 0)
            case .rotate: image.rotated(byDegrees: Double(magnitude), .nearest, fill: 0)
            case .brightness: image.blended(with: 0, 1 + magnitude)
            case .color: image.saturated(by: 1 + magnitude)
            case .contrast: image.blended(with: image.meanLuminance, 1 + magnitude)
            case .sharpness: image.sharpened(by: 1 + magnitude)
            case .posterize: image.posterized(toBits: Int(magnitude))
            case .solarize: image.solarized(from: magnitude)
            case .autoContrast: image.autoContrasted
            case .equalize: image.equalized
            }
        }
    }
}
