// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import VGGKit

private let vectors = Tensor.zeros([4, 3])
private let model = Sequential(Conv2d(3, 2, kernelSize: 3), ReLU())
private let wantsFloats = "takes float32 elements, these are int32; convert with to(.float32)"

let explanationTraps: [Trap] = [
    Trap("GradCAM: takes images [N, C, H, W], at least one, not [3, 8, 8]") {
        _ = try GradCAM(model)(Tensor.zeros([3, 8, 8]))
    },
    Trap("GradCAM: 1 classes were given for 2 images; give one for each, or none") {
        _ = try GradCAM(model)(Tensor.zeros([2, 3, 8, 8]), classes: [0])
    },
    Trap("GradCAM: the model makes [1, 2, 6, 6], not logits [N, classes]") {
        _ = try GradCAM(model)(Tensor.zeros([1, 3, 8, 8]))
    },
    Trap("HeatMap: 3 values are not 2×2") { _ = HeatMap(height: 2, width: 2, values: [1, 2, 3]) },
    Trap("HeatMap: 1 values are not 9223372036854775807×2") {
        _ = HeatMap(height: .max, width: 2, values: [1])
    },
    Trap("HeatMap: a size of 0×4 must be positive") {
        _ = HeatMap(height: 1, width: 1, values: [1]).resized(height: 0, width: 4)
    },
    Trap("NearestNeighbors: takes vectors [N, D], not [3]") {
        _ = NearestNeighbors(Tensor.zeros([3]))
    },
    Trap("NearestNeighbors: \(wantsFloats)") { _ = NearestNeighbors(Tensor.zeros([3, 2], .int32)) },
    Trap("NearestNeighbors: takes queries [M, 3], not [1, 2]") {
        _ = NearestNeighbors(vectors).nearest(to: Tensor.zeros([1, 2]), count: 1)
    },
    Trap("NearestNeighbors: count -1 must be 0 or more") {
        _ = NearestNeighbors(vectors).nearest(to: vectors, count: -1)
    },
    Trap(
        "PrincipalComponents: 4 components of vectors [4, 3]; takes vectors [N, D], 1 to D components"
    ) {
        _ = PrincipalComponents(of: vectors, count: 4)
    },
    Trap("PrincipalComponents: takes vectors [N, 3], not [2, 2]") {
        _ = PrincipalComponents(of: vectors, count: 1)(Tensor.zeros([2, 2]))
    },
    Trap("PrincipalComponents: \(wantsFloats)") {
        _ = PrincipalComponents(of: Tensor.zeros([3, 2], .int32), count: 1)
    },
    Trap("TSNE: perplexity 0.0 and 750 iterations must be positive") { _ = TSNE(perplexity: 0) },
    Trap("TSNE: takes vectors [N, D], not [4, 3, 1]") { _ = TSNE()(Tensor.zeros([4, 3, 1])) },
    Trap("TSNE: takes vectors [N, D], not [4, 0]") { _ = TSNE()(Tensor.zeros([4, 0])) },
    Trap("TSNE: \(wantsFloats)") { _ = TSNE()(Tensor.zeros([5, 2], .int32)) },
    Trap("GradualUnfreezing: epochs 0 from block to block must be positive") {
        _ = GradualUnfreezing(of: SqueezeNet(.version11), every: 0)
    },
]
