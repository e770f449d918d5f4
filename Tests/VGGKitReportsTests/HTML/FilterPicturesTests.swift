// SPDX-License-Identifier: Apache-2.0

import Testing
import VGGKit
import VGGKitReports

@Suite struct FilterPicturesTests {
    @Test func aFilterGoesFromBlackToWhite() throws {
        let convolution = Conv2d(3, 2, kernelSize: Extent(1, 2))
        // Channel by channel: red, green and blue of two places.
        convolution.weight.value = Tensor(
            [-1.0, 0, 1, 3, 0, -1, 5, 5, 5, 5, 5, 5] as [Float], shape: [2, 3, 1, 2])
        let pictures = HTMLReport.filters(of: Sequential(ReLU(), convolution, Conv2d(2, 9, kernelSize: 1)))
        #expect(pictures.map(\.width) == [2, 2] && pictures.map(\.height) == [1, 1])
        #expect(pictures[0].pixels == [0, 128, 64, 64, 255, 0])
        #expect(pictures[1].pixels == [0, 0, 0, 0, 0, 0])
    }

    @Test func onlyFiltersThatLookAtImagesAreShown() {
        #expect(HTMLReport.filters(of: Conv2d(2, 4, kernelSize: 3)).isEmpty)
        #expect(HTMLReport.filters(of: Linear(3, 4)).isEmpty)
        #expect(HTMLReport.filters(of: Conv2d(1, 4, kernelSize: 3)).map(\.channels) == [1, 1, 1, 1])
        #expect(HTMLReport.filters(of: Conv2d(3, 300, kernelSize: 3)).count == 128)
    }
}
