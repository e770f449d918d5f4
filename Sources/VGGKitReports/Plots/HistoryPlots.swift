// SPDX-License-Identifier: Apache-2.0

import VGGKit

extension TrainingPlots {
    public init(_ history: History) {
        self.init(
            trainLoss: history.epochs.map(\.trainLoss),
            validationLoss: history.epochs.map { $0.validationLoss ?? .nan },
            trainAccuracy: history.epochs.map(\.trainAccuracy),
            validationAccuracy: history.epochs.map { $0.validationAccuracy ?? .nan })
    }
}

extension ConfusionFigure {
    /// A heat map of what `evaluate` has counted.
    public init(title: String, _ confusion: ConfusionMatrix) {
        self.init(title: title, classes: confusion.classes, counts: confusion.counts)
    }
}
