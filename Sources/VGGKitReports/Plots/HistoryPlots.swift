// SPDX-License-Identifier: Apache-2.0

import VGGKit

extension TrainingPlots {
    /// The curves of a run's epochs. Where an epoch has no validation, the validation curve has a gap.
    public init(_ history: History) {
        self.init(
            trainLoss: history.epochs.map(\.trainLoss),
            validationLoss: history.epochs.map { $0.validationLoss ?? .nan },
            trainAccuracy: history.epochs.map(\.trainAccuracy),
            validationAccuracy: history.epochs.map { $0.validationAccuracy ?? .nan })
    }
}

extension ConfusionFigure {
    /// A heat map of the confusion matrix of `evaluate`.
    public init(title: String, _ confusion: ConfusionMatrix) {
        self.init(title: title, classes: confusion.classes, counts: confusion.counts)
    }
}
