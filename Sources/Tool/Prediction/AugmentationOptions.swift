// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import VGGKit

struct AugmentationOptions: ParsableArguments {
    @Option(
        name: [.customLong("test-time-augmentation"), .customLong("tta")],
        help:
            "Test-time augmentation: the mean over several crops. middle: none; flip: the middle and its mirror image; ten-crop: corners and middle of a larger square, and their mirror images; dense: all positions in a larger square, and in its mirror image."
    )
    var kind: TestTimeAugmentation.Kind = .middle

    @Option(
        name: .customLong("tta-size"),
        help:
            "Side of the larger square for ten-crop and dense, in pixels; 8/7 of the network's image size if not given."
    )
    var size: Int?

    func validate() throws {
        if size != nil && (kind == .middle || kind == .flip) {
            throw ValidationError("--tta-size is for --test-time-augmentation ten-crop and dense")
        }
    }

    var augmentation: TestTimeAugmentation { TestTimeAugmentation(kind, side: size) }
}

extension TestTimeAugmentation.Kind: ExpressibleByArgument {}
