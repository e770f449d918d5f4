// SPDX-License-Identifier: Apache-2.0

import TensorCore
import Testing
import Vision

@Suite struct TrivialAugmentTests {
    typealias Operation = TrivialAugment.Operation

    /// The magnitudes that `Tests/Oracle/vision.py` gave Pillow.
    static let stored: [(Operation, [Float])] = [
        (.identity, [0]), (.shearX, [0.33, -0.99]), (.shearY, [-0.165, 0.99]),
        (.translateX, [8.533334, -32]), (.translateY, [-4.266667, 16]), (.rotate, [-49.5, 90, 135]),
        (.brightness, [-0.99, 0.462]), (.color, [-0.462, 0.99]), (.contrast, [-0.99, 0.462]),
        (.sharpness, [-0.99, -0.33, 0.99]), (.posterize, [8, 5, 2]), (.solarize, [255, 127.5, 0]),
        (.autoContrast, [0]), (.equalize, [0]),
    ]

    @Test(arguments: stored)
    func operationsArePillows(operation: Operation, magnitudes: [Float]) throws {
        let source = try Fixture.operation("source")
        for magnitude in magnitudes {
            expectEqual(
                operation.applied(to: source, magnitude: magnitude),
                try Fixture.augmentation("\(operation)-\(magnitude)"))
        }
    }

    @Test(arguments: ["grey", "few"])
    func greyAndSmallPicturesArePillows(kind: String) throws {
        let source = try Fixture.augmentation(kind)
        let some: [(Operation, Float)] = [
            (.shearX, 0.33), (.sharpness, 0.99), (.contrast, 0.462), (.autoContrast, 0), (.equalize, 0),
        ]
        for (operation, magnitude) in some {
            expectEqual(
                operation.applied(to: source, magnitude: magnitude),
                try Fixture.augmentation("\(kind)-\(operation)-\(magnitude)"))
        }
    }

    @Test func everyOperationIsCompared() {
        #expect(Self.stored.map(\.0) == Operation.allCases && Operation.allCases.count == 14)
    }

    /// torchvision's `_augmentation_space(31)` at bins 0, 1, 15 and 30.
    static let magnitudes: [([Operation], [Float])] = [
        ([.shearX, .shearY, .brightness, .color, .contrast, .sharpness], [0, 0.033, 0.495, 0.99]),
        ([.translateX, .translateY], [0, 1.0666667, 16, 32]),
        ([.rotate], [0, 4.5, 67.5, 135]),
        ([.posterize], [8, 8, 5, 2]),
        ([.solarize], [255, 246.5, 127.5, 0]),
    ]

    @Test(arguments: magnitudes)
    func magnitudesAreTorchvisions(operations: [Operation], wanted: [Float]) {
        for operation in operations {
            let magnitudes = operation.magnitudes(bins: 31)
            #expect(magnitudes.count == 31)
            #expect(zip([0, 1, 15, 30], wanted).allSatisfy { abs(magnitudes[$0] - $1) < 1e-5 })
            #expect(operation.isSigned == (operation != .posterize && operation != .solarize))
        }
    }

    @Test func bitsAreTorchvisions() {
        let wanted: [Float] =
            [8, 8, 8, 7, 7, 7, 7, 7, 6, 6, 6, 6, 6, 5, 5, 5, 5, 5, 4, 4, 4, 4, 4, 3, 3, 3, 3, 3, 2, 2, 2]
        #expect(Operation.posterize.magnitudes(bins: 31) == wanted)
    }

    @Test(arguments: [Operation.identity, .autoContrast, .equalize])
    func whatHasOneStrengthHasOneMagnitude(operation: Operation) {
        #expect(operation.magnitudes(bins: 31) == [0] && !operation.isSigned)
    }

    @Test func operationsStrengthsAndSignsAreEquallyLikely() {
        var generator = RandomGenerator(seed: 3)
        let count = 28_000
        let draws = (0..<count).map { _ in TrivialAugment().draw(using: &generator) }
        // Five standard deviations.
        for operation in Operation.allCases {
            #expect(abs(draws.count { $0.operation == operation } - count / 14) < 216, "\(operation)")
        }
        let rotations = draws.filter { $0.operation == .rotate }.map(\.magnitude)
        for magnitude in Operation.rotate.magnitudes(bins: 31) {
            #expect(abs(rotations.count { abs($0) == magnitude } - rotations.count / 31) < 40)
        }
        let turned = rotations.filter { $0 != 0 }
        #expect(abs(turned.count { $0 < 0 } - turned.count / 2) < 112)
        #expect(draws.allSatisfy { $0.operation.isSigned || $0.magnitude >= 0 })
    }

    @Test func aSeedGivesTheSamePictureAgain() throws {
        let source = try Fixture.operation("source")
        var (a, b) = (RandomGenerator(seed: 8), RandomGenerator(seed: 8))
        let pictures = (0..<20).map { _ in TrivialAugment()(source, using: &a) }
        #expect(pictures == (0..<20).map { _ in TrivialAugment()(source, using: &b) })
        #expect(a == b && pictures.contains { $0 != source })
    }

    @Test(arguments: [1, 3])
    func thePictureKeepsItsSizeAndChannelsHoweverSmall(channels: Int) {
        for (width, height) in [(1, 1), (1, 5), (2, 3), (4, 3)] {
            let image = Image(
                width: width, height: height, channels: channels,
                pixels: (0..<width * height * channels).map { UInt8($0 * 7) })
            for operation in Operation.allCases {
                for magnitude in operation.magnitudes(bins: 5) {
                    for signed in operation.isSigned ? [magnitude, -magnitude] : [magnitude] {
                        let changed = operation.applied(to: image, magnitude: signed)
                        #expect(changed.size == image.size && changed.channels == channels)
                    }
                }
            }
        }
    }

    @Test func theWeakestStrengthOfASignedOperationChangesNothing() throws {
        let source = try Fixture.operation("source")
        for operation in Operation.allCases where operation.isSigned {
            #expect(operation.applied(to: source, magnitude: 0) == source, "\(operation)")
        }
    }
}
