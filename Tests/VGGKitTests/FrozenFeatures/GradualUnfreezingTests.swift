// SPDX-License-Identifier: Apache-2.0

import Testing
import VGGKit

@Suite struct GradualUnfreezingTests {
    @Test func blocksAreTheLayersFromTheLastToTheFirst() {
        let vgg = VGG(
            .init(column: [4, .maxPool, 6, 6], batchNormalization: true, classCount: 2, hiddenUnits: [3]))
        #expect(
            GradualUnfreezing(of: vgg, every: 1).blocks == ["features.7", "features.4", "features.0"])
        #expect(
            GradualUnfreezing(of: ResNet(.d18, classCount: 2), every: 1).blocks
                == [
                    "layer4.1", "layer4.0", "layer3.1", "layer3.0", "layer2.1", "layer2.0", "layer1.1",
                    "layer1.0", "conv1",
                ])
        #expect(
            GradualUnfreezing(of: SqueezeNet(.version11, classCount: 2), every: 1).blocks.prefix(2)
                == ["features.12", "features.11"])
    }

    @Test func everyFewEpochsOneMoreBlockIsTrained() {
        let model = VGG(
            .init(column: [4, .maxPool, 6, 6], batchNormalization: true, classCount: 2, hiddenUnits: [3]))
        let unfreezing = GradualUnfreezing(of: model, every: 2)
        func trainable(in epoch: Int) -> Set<Substring> {
            unfreezing.apply(epoch: epoch)
            let names = model.namedParameters.filter(\.parameter.isTrainable).map(\.name)
            return Set(names.map { $0[..<$0.lastIndex(of: ".")!] })
        }
        let head: Set<Substring> = ["classifier.0", "classifier.3"]
        #expect(trainable(in: 0) == head && trainable(in: 1) == head)
        #expect(trainable(in: 2) == head.union(["features.7", "features.8"]))
        #expect(trainable(in: 7).count == 8)
        // As after a resumed run: what an epoch trains does not depend on those before.
        #expect(trainable(in: 5) == head.union(["features.7", "features.8", "features.4", "features.5"]))
    }
}
