// SPDX-License-Identifier: Apache-2.0

import TensorCore
import TestSupport
import Vision

let transformTraps: [Trap] = [
    Trap("CenterCrop: size 0×0 must be positive") { _ = CenterCrop(0) },
    Trap("CenterCrop: size 3×-1 must be positive") { _ = CenterCrop(height: 3, width: -1) },
    Trap("Resize: size 0 must be positive") { _ = Resize(0) },
    Trap("Resize: size 0×2 must be positive") { _ = Resize(height: 0, width: 2) },
    Trap("Pad: borders of -1, -1, -1 and -1 pixels must lie in 0...536870912") { _ = Pad(-1) },
    Trap("Pad: borders of 0, 9223372036854775807, 0 and 0 pixels must lie in 0...536870912") {
        _ = Pad(left: 0, top: .max, right: 0, bottom: 0)
    },
    Trap("ColorJitter: amounts -1.0, 0.0, 0.0 must be 0 or more, hue 0.0 in 0...0.5") {
        _ = ColorJitter(brightness: -1)
    },
    Trap("ColorJitter: amounts inf, 0.0, 0.0 must be 0 or more, hue 0.0 in 0...0.5") {
        _ = ColorJitter(brightness: .infinity)
    },
    Trap("ColorJitter: amounts 0.0, 0.0, 0.0 must be 0 or more, hue 0.6 in 0...0.5") {
        _ = ColorJitter(hue: 0.6)
    },
    Trap("RandomHorizontalFlip: 1.5 is not a probability") { _ = RandomHorizontalFlip(probability: 1.5) },
    Trap("RandomVerticalFlip: nan is not a probability") { _ = RandomVerticalFlip(probability: .nan) },
    Trap("Grayscale: 2 output channels; 1 or 3 fit") { _ = Grayscale(outputChannels: 2) },
    Trap(
        "RandomResizedCrop: size 0 and ratio 0.75...1.3333334 must be positive, scale 0.08...1.0 within 0...1"
    ) {
        _ = RandomResizedCrop(0)
    },
    Trap(
        "RandomResizedCrop: size 8 and ratio 0.75...1.3333334 must be positive, scale 0.5...2.0 within 0...1"
    ) {
        _ = RandomResizedCrop(8, scale: 0.5...2)
    },
    Trap("RandomRotation: -5.0 degrees; name a positive limit or a range") { _ = RandomRotation(-5) },
    Trap("RandomRotation: interpolation is bicubic; nearest and bilinear fit") {
        _ = RandomRotation(5, interpolation: .bicubic)
    },
    Trap("RandomRotation: -inf...0.0 degrees; name a range of finite angles") {
        _ = RandomRotation(-.infinity...0)
    },
    Trap("TrivialAugment: 1 magnitude bins; a range has 2 or more") {
        _ = TrivialAugment(magnitudeBins: 1)
    },
    Trap("Normalize: takes finite means and positive deviations for 1 or 3 channels, not [0.0] and [0.0]") {
        _ = Normalize(mean: [0], deviation: [0])
    },
    Trap(
        "Normalize: takes finite means and positive deviations for 1 or 3 channels, not [0.0, 0.0] and [1.0, 1.0]"
    ) {
        _ = Normalize(mean: [0, 0], deviation: [1, 1])
    },
    Trap("Normalize: takes finite means and positive deviations for 1 or 3 channels, not [nan] and [inf]") {
        _ = Normalize(mean: [.nan], deviation: [.infinity])
    },
    Trap("Normalize: takes pixels [3, H, W] or [N, 3, H, W], not [1, 8, 8]") {
        _ = Normalize.imageNet(Tensor.zeros([1, 8, 8]))
    },
    Trap("Normalize: takes float32 elements, these are uint8; convert with to(.float32)") {
        _ = Normalize.imageNet(Tensor.zeros([3, 8, 8], .uint8))
    },
    .unlocated("Normalize: means [0.485, 0.456, 0.406] do not fit an image of 1 channel") {
        var generator = RandomGenerator(seed: 1)
        let transform = Compose([Grayscale()], normalize: .imageNet)
        _ = transform(Image(width: 2, height: 2, color: [1, 2, 3]), using: &generator)
    },
]
