// SPDX-License-Identifier: Apache-2.0

import VGGKit

var generator = RandomGenerator(seed: 1)
let points = Tensor.normal([256, 2], using: &generator)
let labels = (points[WholeAxis.all, 0] * points[WholeAxis.all, 1] .> 0).to(.int32)
let model = Sequential(Linear(2, 16), ReLU(), Linear(16, 2))
let optimizer = Adam(model.parameters, learningRate: 0.03)
for _ in 1...200 {
    withPhase(.training) { crossEntropy(model(points), labels) }.backward()
    optimizer.step()
    optimizer.zeroGradients()
}
let accuracy = (withoutRecording { model(points) }.argmax() .== labels).to(.float32).mean().item()
print("accuracy", accuracy)
precondition(accuracy > 0.9, "the ten-line program did not learn")
