// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing
import VGGKit

@Suite struct ImageFitTests {
    private func card(_ fit: ImageFit) -> ModelCard {
        ModelCard(
            network: VGG.Configuration(column: [8, .maxPool], classCount: 2), classes: ["a", "b"],
            imageSize: 24, fit: fit, normalization: .half)
    }

    private let photo = Image(
        width: 60, height: 40, channels: 3,
        pixels: (0..<60 * 40 * 3).map { UInt8(Deterministic.integer(seed: 1, $0, below: 256)) })

    @Test func aSqueezedPhotoIsResizedToASquare() {
        var generator = RandomGenerator(seed: 0)
        let expected = Compose([Resize(height: 24, width: 24)], normalize: .half)(photo, using: &generator)
        let own = card(.squeeze)
        #expect(own.preprocessing(photo, using: &generator).floats == expected.floats)
        for views in [TestTimeAugmentation.middle, .flip] {
            let viewed = try! AugmentedModel(Flatten(), card: own, augmentation: views)
            #expect(viewed.preprocessing(photo, using: &generator).floats == expected.floats)
        }
        let larger = try! AugmentedModel(Flatten(), card: own, augmentation: .tenCrop)
        #expect(larger.preprocessing(photo, using: &generator).shape == [3, 27, 27])
        #expect(
            larger.preprocessing(photo, using: &generator).floats
                == Compose([Resize(height: 27, width: 27)], normalize: .half)(photo, using: &generator).floats
        )
    }

    @Test func theFitTravelsWithTheCard() throws {
        for fit in ImageFit.allCases {
            let data = try JSONEncoder().encode(card(fit))
            #expect(try JSONDecoder().decode(ModelCard.self, from: data) == card(fit))
            #expect(String(decoding: data, as: UTF8.self).contains("fit") == (fit != .crop))
        }
    }
}
