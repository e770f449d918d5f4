// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import VGGKit

/// How often, and from where, a photo is looked at.
struct ViewOptions: ParsableArguments {
    @Option(
        name: .customLong("views"),
        help:
            "middle: once; flip: and mirrored; ten-crop: corners and middle of a larger square, mirrored too; dense: every place of it. The mean of the probabilities counts."
    )
    var kind: TestViews.Kind = .middle

    @Option(
        help:
            "Side of the square that ten-crop and dense look at, in pixels; 8/7 of the network's image if not given."
    )
    var viewSize: Int?

    func validate() throws {
        if viewSize != nil && (kind == .middle || kind == .flip) {
            throw ValidationError("--view-size is for --views ten-crop and dense")
        }
    }

    var views: TestViews { TestViews(kind, side: viewSize) }
}

extension TestViews.Kind: ExpressibleByArgument {}
