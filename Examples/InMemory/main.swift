// SPDX-License-Identifier: Apache-2.0
// Training on tensors in memory, with the loop written by hand: which of three waves is it?

import VGGKit

var generator = RandomGenerator(seed: 7)
let count = 600
var samples: [Float] = []
var labels: [Int32] = []
for index in 0..<count {
    let label = index % 3
    let phase = generator.uniform(in: 0...1)
    for place in 0..<32 {
        let turn = (Float(place) / 32 * 3 + phase).truncatingRemainder(dividingBy: 1)
        let wave: Float = [turn < 0.5 ? 1 : -1, 2 * turn - 1, 1 - 4 * abs(turn - 0.5)][label]
        samples.append(wave + 0.3 * generator.normal())
    }
    labels.append(Int32(label))
}
let x = Tensor(samples, shape: [count, 1, 1, 32])
let y = Tensor(labels)

let model = withRandomSource(RandomSource(seed: 7)) {
    Sequential(
        Conv2d(1, 8, kernelSize: [1, 7], padding: [0, 3]), ReLU(), MaxPool2d(kernelSize: [1, 4]), Flatten(),
        Linear(64, 3))
}
let optimizer = SGD(model.parameters, learningRate: 0.1, momentum: 0.9)
for epoch in 1...20 {
    let loss = withPhase(.training) { crossEntropy(model(x), y) }
    loss.backward()
    optimizer.step()
    optimizer.zeroGradients()
    if epoch % 5 == 0 { print("epoch \(epoch): loss \(loss.item())") }
}
let hits = (withoutRecording { model(x) }.argmax() .== y).to(.float32).mean()
print("accuracy \(hits.item())")
