// SPDX-License-Identifier: Apache-2.0

import Testing
import VGGKit

@Suite struct AugmentedModelTests {
    /// Two halvings: a head that takes 2×2 takes images of 8×8.
    private let model = VGG(
        .init(
            column: [4, .maxPool, 6, .maxPool], classCount: 3, pooledSize: 2, hiddenUnits: [5], dropout: 0.5))
    private var card: ModelCard {
        ModelCard(
            network: model.configuration, classes: ["a", "b", "c"], imageSize: 8, normalization: .half)
    }

    private func images(_ side: Int, seed: UInt64 = 1) -> Tensor {
        var generator = RandomGenerator(seed: seed)
        return Tensor.normal([2, 3, side, side], using: &generator)
    }

    /// By hand: each view alone, probabilities added in an array.
    private func meanProbabilities(_ crops: [Tensor], _ logits: (Tensor) -> Tensor) -> [Float] {
        let each = crops.map { softmax(logits($0)).floats }
        return each[0].indices.map { place in each.reduce(0) { $0 + $1[place] } / Float(each.count) }
    }

    private func expectClose(_ logarithms: Tensor, _ probabilities: [Float]) {
        #expect(logarithms.shape == [2, 3])
        for (found, expected) in zip(softmax(logarithms).floats, probabilities) {
            #expect(abs(found - expected) < 1e-6, "\(found) is not \(expected)")
        }
    }

    @Test func theMiddleIsTheModelItself() throws {
        let viewed = try AugmentedModel(model, card: card, augmentation: .middle)
        #expect(viewed(images(8)).floats == model(images(8)).floats)
    }

    @Test func flipIsTheMeanWithTheMirrorImage() throws {
        let viewed = try AugmentedModel(model, card: card, augmentation: .flip)
        let plain = images(8)
        expectClose(viewed(plain), meanProbabilities([plain, plain.flipped(axis: 3)]) { model($0) })
        #expect(viewed(plain).floats != model(plain).floats)
        expectClose(viewed(plain.flipped(axis: 3)), softmax(viewed(plain)).floats)
    }

    /// As torchvision's `TenCrop`: five crops of the square, and five of its mirror image.
    @Test func tenCropsAreCornersAndMiddleOfBothMirrorImages() throws {
        let viewed = try AugmentedModel(
            model, card: card, augmentation: TestTimeAugmentation(.tenCrop, side: 11))
        let square = images(11)
        let views = [square, square.flipped(axis: 3)].flatMap { square in
            [(0, 0), (0, 3), (3, 0), (3, 3), (1, 1)].map { y, x in
                square.slice(axis: 2, y..<y + 8).slice(axis: 3, x..<x + 8)
            }
        }
        expectClose(viewed(square), meanProbabilities(views) { model($0) })
    }

    /// The paper's own way: the first linear layer as a convolution of the map, the others as 1×1 ones.
    @Test(arguments: [8, 12, 19]) func denseIsTheClassifierAsConvolutions(side: Int) throws {
        let viewed = try AugmentedModel(
            model, card: card, augmentation: TestTimeAugmentation(.dense, side: side))
        let (first, last) = (model.classifier[0] as! Linear, model.classifier[3] as! Linear)
        let scores = meanProbabilities([images(side), images(side).flipped(axis: 3)]) { images in
            let map = model.features(images)
            let hidden = relu(
                conv2d(map, weight: first.weight.value.reshaped(to: [5, 6, 2, 2]), bias: first.bias!.value))
            let all = conv2d(
                hidden, weight: last.weight.value.reshaped(to: [3, 5, 1, 1]), bias: last.bias!.value)
            return all.mean(axes: [2, 3])
        }
        expectClose(viewed(images(side)), scores)
    }

    @Test func networksThatEndWithAMeanAreDenseAsTheyAre() throws {
        let network = SqueezeNet(.version11, classCount: 3)
        let card = ModelCard(
            network: SqueezeNet.Configuration(.version11, classCount: 3), classes: ["a", "b", "c"],
            imageSize: 32,
            normalization: .imageNet)
        let viewed = try AugmentedModel(
            network, card: card, augmentation: TestTimeAugmentation(.dense, side: 48))
        let square = images(48)
        expectClose(viewed(square), meanProbabilities([square, square.flipped(axis: 3)]) { network($0) })
    }

    @Test func certaintyIsNoInfinity() throws {
        struct Certain: Layer {
            func callAsFunction(_ input: Tensor) -> Tensor { Tensor([0, -1e6] as [Float], shape: [1, 2]) }
        }
        let viewed = try AugmentedModel(Certain(), card: card, augmentation: .flip)
        #expect(viewed(Tensor.ones([1, 3, 8, 8])).floats.allSatisfy { $0.isFinite })
    }

    @Test(arguments: [
        (TestTimeAugmentation.middle, 8), (.flip, 8), (.tenCrop, 9), (.dense, 9),
        (TestTimeAugmentation(.tenCrop, side: 30), 30),
    ])
    func photosBecomeSquaresOfTheCropsSide(augmentation: TestTimeAugmentation, side: Int) throws {
        let viewed = try AugmentedModel(model, card: card, augmentation: augmentation)
        var generator = RandomGenerator(seed: 0)
        let photo = Image(width: 50, height: 20, color: [9, 90, 200])
        #expect(viewed.preprocessing(photo, using: &generator).shape == [3, side, side])
    }

    @Test func whatCannotBeSeenThatWayIsAnError() throws {
        #expect(throws: TestTimeAugmentationError.side(7, smallest: 8)) {
            try AugmentedModel(model, card: card, augmentation: TestTimeAugmentation(.tenCrop, side: 7))
        }
        var coarse = card
        coarse.imageSize = 16
        let error = #expect(throws: TestTimeAugmentationError.self) {
            try AugmentedModel(model, card: coarse, augmentation: .dense)
        }
        #expect("\(error!)".contains("takes maps of 2×2, and images of 16×16 pixels make 4×4"))
        #expect(throws: TestTimeAugmentationError.notDense("ReLU")) {
            try AugmentedModel(ReLU(), card: card, augmentation: .dense)
        }
    }

    @Test func aClassifierNamesPhotosByItsViews() throws {
        let photo = Image(
            width: 12, height: 11, channels: 3, pixels: (0..<12 * 11 * 3).map { UInt8($0 * 37 % 251) })
        let plain = ImageClassifier(model: model, card: card)
        let classifier = try plain.with(TestTimeAugmentation(.tenCrop, side: 11))
        var generator = RandomGenerator(seed: 0)
        let input = classifier.augmented.preprocessing(photo, using: &generator).expanded(at: 0)
        let best = classifier.predict(photo, top: 1)[0]
        let probabilities = softmax(classifier.augmented(input)).floats
        #expect(abs(best.probability - probabilities.max()!) < 1e-6)
        #expect(best.probability != plain.predict(photo, top: 1)[0].probability)
    }
}
