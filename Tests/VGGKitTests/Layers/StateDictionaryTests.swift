// SPDX-License-Identifier: Apache-2.0

import Testing
import VGGKit

@Suite struct LayerStateTests {
    private func model(_ seed: UInt64, classes: Int = 3) -> Sequential {
        withRandomSource(RandomSource(seed: seed)) {
            Sequential(Conv2d(2, 4, kernelSize: 3), BatchNorm2d(4), ReLU(), Flatten(), Linear(16, classes))
        }
    }

    @Test func aModelTakesOverAnothersState() throws {
        let (a, b) = (model(1), model(2))
        try b.load(a.stateDictionary)
        for (x, y) in zip(a.stateDictionary, b.stateDictionary) {
            #expect(x.name == y.name)
            #expect(x.tensor.to(.float32).floats == y.tensor.to(.float32).floats)
        }
    }

    @Test func strictLoadingNamesWhatDoesNotAgree() throws {
        let model = model(1)
        var state = model.stateDictionary
        state.removeFirst()
        state.append((name: "extra", tensor: Tensor.zeros([1])))
        #expect(throws: StateError.names(LoadReport(missing: ["0.weight"], unexpected: ["extra"]))) {
            try model.load(state)
        }
        let report = try model.load(state, strict: false)
        #expect(report == LoadReport(missing: ["0.weight"], unexpected: ["extra"]))
    }

    @Test func aWrongShapeChangesNothing() {
        let (a, b) = (model(1, classes: 5), model(2, classes: 3))
        let before = b.stateDictionary.map { $0.tensor.to(.float32).floats }
        #expect(throws: StateError.shapeMismatch(name: "4.weight", found: [5, 16], expected: [3, 16])) {
            try b.load(a.stateDictionary)
        }
        #expect(b.stateDictionary.map { $0.tensor.to(.float32).floats } == before)
    }
}
