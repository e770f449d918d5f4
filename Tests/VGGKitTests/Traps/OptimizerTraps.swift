// SPDX-License-Identifier: Apache-2.0

import TestSupport
import VGGKit

private func one() -> [Parameter] { [Parameter(Tensor.zeros([2]))] }

let optimizerTraps: [Trap] = [
    Trap("SGD: takes at least one parameter, there is none") { _ = SGD([], learningRate: 0.1) },
    Trap("SGD: a parameter of shape [2] is given more than once") {
        let parameters = one()
        _ = SGD(parameters + parameters, learningRate: 0.1)
    },
    Trap("SGD: dampening nan must be a finite number") {
        _ = SGD(one(), learningRate: 0.1, dampening: .nan)
    },
    Trap("SGD: Nesterov's momentum takes a momentum above 0 and no dampening, not 0.0 and 0.5") {
        let group = ParameterGroup([Parameter(Tensor(1))], momentum: 0)
        _ = SGD(groups: [group], learningRate: 0.1, momentum: 0.9, dampening: 0.5, nesterov: true)
    },
    Trap("SGD: Nesterov's momentum takes a momentum above 0 and no dampening, not 0.0 and 0.0") {
        _ = SGD(one(), learningRate: 0.1, nesterov: true)
    },
    Trap("SGD: learning rate -0.1 must be 0 or more") { _ = SGD(one(), learningRate: -0.1) },
    Trap("SGD: weight decay inf must be 0 or more") {
        _ = SGD(groups: [ParameterGroup(one())], learningRate: 0.1, weightDecay: .infinity)
    },
    Trap("SGD: momentum -1.0 must be 0 or more") { _ = SGD(one(), learningRate: 0.1, momentum: -1) },
    .unlocated("SGD: learning rate nan must be 0 or more") {
        SGD(one(), learningRate: 0.1).learningRate = .nan
    },
    .unlocated("SGD: was made for 1 parameters, not 0") { SGD(one(), learningRate: 0.1).groups = [] },
    .unlocated("SGD: takes float32 elements, these are int32; convert with to(.float32)") {
        let whole = Parameter(Tensor.zeros([2], .int32))
        whole.gradient = Tensor.zeros([2])
        SGD([whole], learningRate: 0.1).step()
    },
    Trap("Adam: learning rate nan must be 0 or more") { _ = Adam(one(), learningRate: .nan) },
    Trap("Adam: beta1 1.0 must be 0 or more and below 1") {
        _ = Adam(groups: [ParameterGroup(one())], beta1: 1)
    },
    Trap("AdamW: beta2 2.0 must be 0 or more and below 1") { _ = AdamW(one(), beta2: 2) },
    Trap("AdamW: epsilon -1.0 must be 0 or more") {
        _ = AdamW(groups: [ParameterGroup(one())], epsilon: -1)
    },
    Trap("AdamW: takes at least one parameter, there is none") { _ = AdamW([]) },
    .unlocated("optimizer: parameter 0, of shape [2], has no name among the 1 given") {
        _ = SGD(one(), learningRate: 0.1).state(named: [("other", one()[0])])
    },
    Trap("clipGradients: maximum norm -1.0 must be 0 or more") {
        clipGradients(one(), maximumNorm: -1)
    },
    Trap("clipGradients: maximum value nan must be 0 or more") {
        clipGradients(one(), maximumValue: .nan)
    },
    Trap("StepLR: step size 0 must be positive") { _ = StepLR(stepSize: 0) },
    Trap("CosineAnnealingLR: total steps 0 must be positive") { _ = CosineAnnealingLR(totalSteps: 0) },
    Trap("CosineWithWarmup: warm-up steps -1 must be 0 or more, total steps 5 positive") {
        _ = CosineWithWarmup(warmupSteps: -1, totalSteps: 5)
    },
    Trap("CosineWithWarmup: start factor 0.0 must be above 0 and at most 1") {
        _ = CosineWithWarmup(warmupSteps: 1, totalSteps: 5, startFactor: 0)
    },
    Trap("OneCycleLR: total steps 0 must be positive") {
        _ = OneCycleLR(maximumRate: 1, totalSteps: 0)
    },
    Trap("OneCycleLR: share 2.0 must lie in 0...1") {
        _ = OneCycleLR(maximumRate: 1, totalSteps: 5, share: 2)
    },
    Trap("OneCycleLR: maximum learning rates [] must be 0 or more, at least one") {
        _ = OneCycleLR(maximumRates: [], totalSteps: 5)
    },
    .unlocated("OneCycleLR: there are 2 maximum learning rates, none for parameter group 2") {
        _ = OneCycleLR(maximumRates: [1, 2], totalSteps: 5).rate(after: 0, group: 2, initial: 1)
    },
    .unlocated("StepLR: -1 epochs cannot have passed; they are counted from 0") {
        StepLR(stepSize: 2).apply(to: SGD(one(), learningRate: 0.1), after: -1)
    },
    Trap("ReduceLROnPlateau: factor 1.0 must be below 1") { _ = ReduceLROnPlateau(factor: 1) },
]
