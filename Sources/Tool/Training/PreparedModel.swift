// SPDX-License-Identifier: Apache-2.0

import VGGKit

/// A recipe's model for the classes of some photos, with its starting weights, and with parameters frozen.
struct PreparedModel {
    let card: ModelCard
    let model: any Classifier
    /// The frozen parameters, as `--freeze` names them.
    let frozen: [String]

    /// - Parameters:
    ///   - weights: a checkpoint, a run, or `imagenet`; new weights if nil
    ///   - freeze: the parameters to freeze instead of the recipe's; if empty, the recipe's are frozen
    init(
        _ recipe: Recipe, classes: [String], training: ImageFolder, seed: UInt64, weights: String?,
        freeze: [String]
    ) async throws {
        card = ModelCard(
            network: recipe.configuration(classCount: classes.count), classes: classes,
            imageSize: recipe.imageSize, fit: recipe.fit,
            normalization: try recipe.normalization(of: training))
        model = withRandomSource(RandomSource(seed: seed)) { [card] in
            recipe.makeModel(card.network)
        }
        if let weights {
            try await StartingWeights(name: weights, network: card.network).load(into: model)
        }
        frozen = freeze.isEmpty ? recipe.frozen : freeze
        try model.freeze(all: frozen)
    }
}

extension Classifier {
    /// Freezes the parameters that `--freeze` names: `features`, which is the backbone of any network, or
    /// single parameters.
    func freeze(all names: [String]) throws {
        for name in names {
            if name == "features" {
                for (_, parameter) in featureParameters { parameter.isTrainable = false }
            } else if freeze(name) == 0 {
                throw Failure("--freeze \(name) matches none of the model's parameters")
            }
        }
        guard parameters.contains(where: \.isTrainable) else {
            throw Failure("--freeze leaves nothing to train")
        }
    }
}
