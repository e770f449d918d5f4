// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import VGGKit

extension ImageFit: ExpressibleByArgument {}
extension Averaging: ExpressibleByArgument {}
extension WeightsFormat: ExpressibleByArgument {}
extension GradientTransport: ExpressibleByArgument {}

/// A recipe from the command line: a preset, and options that change it.
struct RecipeOptions: ParsableArguments {
    @Option(
        help:
            "standard: from scratch; small: the same in minutes; finetune: all of a pretrained network; head: only the head of a pretrained network; tutorial: the tutorial's settings."
    )
    var recipe: Recipe.Preset = .standard

    @Option(
        help:
            "The network: a VGG, small (a small VGG), or another network of the zoo.  \(Recipe.defaults(\.network.rawValue))"
    )
    var model: Recipe.Network?

    @Option(
        help: "Your own VGG column: channels of 3×3 convolutions, 256/1 for 1×1 ones, LRN, M for pooling.")
    var column: String?

    @Flag(
        inversion: .prefixedNo,
        help: "Batch normalisation after each convolution. \(Recipe.defaults(\.batchNormalization))")
    var batchNormalization: Bool?

    @Option(help: "Side of the network's square input, in pixels.  \(Recipe.defaults(\.imageSize))")
    var imageSize: Int?

    @Option(help: "Side of the map that is the classifier's input.  \(Recipe.defaults(\.pooledSize))")
    var pooledSize: Int?

    @Option(
        parsing: .upToNextOption,
        help: "Widths of the classifier's hidden layers. \(Recipe.defaults(\.hiddenUnits))")
    var hiddenUnits: [Int] = []

    @Option(help: "Dropout rate of the classifier.  \(Recipe.defaults(\.dropout))")
    var dropout: Float?

    @Option(help: "Initial weights: kaiming, xavier, pyTorch. \(Recipe.defaults(\.initialization.rawValue))")
    var initialization: String?

    @Option(help: "The number of epochs: how often every photo is used.  \(Recipe.defaults(\.epochs))")
    var epochs: Int?

    @Option(help: "Photos in a batch.  \(Recipe.defaults(\.batchSize))")
    var batchSize: Int?

    @Option(help: "The optimizer. \(Recipe.defaults(\.optimizer.rawValue))")
    var optimizer: Recipe.OptimizerName?

    @Option(
        name: [.customLong("learning-rate"), .customLong("lr"), .customLong("rate")],
        help: "The learning rate; the highest one, where a schedule changes it. \(Recipe.defaults(\.rate))")
    var rate: Float?

    @Option(
        name: [.customLong("backbone-learning-rate"), .customLong("feature-rate")],
        help: "The learning rate of the backbone, if it differs from the head's.")
    var featureRate: Float?

    @Option(help: "Momentum of SGD (Nesterov's). \(Recipe.defaults(\.momentum))")
    var momentum: Float?

    @Option(help: "Weight decay. \(Recipe.defaults(\.weightDecay))")
    var weightDecay: Float?

    @Option(help: "How the learning rate changes over the run.  \(Recipe.defaults(\.schedule.rawValue))")
    var schedule: Recipe.ScheduleName?

    @Option(
        help:
            "Epochs between two changes of --schedule step; a third of the run if not given. (tutorial: 10)")
    var stepSize: Int?

    @Option(
        help:
            "The factor of the learning rate in schedules step, multistep (default: 0.1; tutorial: 0.5) and exponential (0.95)."
    )
    var gamma: Double?

    @Flag(
        inversion: .prefixedNo,
        help:
            "Step the schedule before each epoch instead of after it, so that changes come one epoch early.  \(Recipe.defaults(\.stepsScheduleFirst))"
    )
    var scheduleFirst: Bool?

    @Option(help: "Label smoothing of the cross entropy. \(Recipe.defaults(\.labelSmoothing))")
    var labelSmoothing: Float?

    @Option(help: "Average the weights over the steps (EMA), with this decay, as 0.999.")
    var average: Float?

    @Option(
        help:
            "Accumulate the gradients of this many batches for one step of the optimizer, in the memory of one batch."
    )
    var accumulate: Int?

    @Option(
        help:
            "Mirror training photos at random: horizontal, vertical, both, none. \(Recipe.defaults(\.flip.rawValue))"
    )
    var flip: Recipe.Flip?

    @Option(
        help:
            "How photos become squares for validation and prediction: crop (the middle, after the shorter side is resized) or squeeze (both sides resized). \(Recipe.defaults(\.fit.rawValue))"
    )
    var fit: ImageFit?

    @Flag(
        inversion: .prefixedNo,
        help: "Shuffle the validation photos too. \(Recipe.defaults(\.shufflesValidation))")
    var shuffleValidation: Bool?

    @Option(
        help:
            "Whether losses and accuracies are means over samples, or over batches as in many scripts.  \(Recipe.defaults(\.averaging.rawValue))"
    )
    var meanOver: Averaging?

    @Flag(
        inversion: .prefixedNo,
        help: "TrivialAugment: after crop and flip, one random change: colours, rotation, shear, …")
    var trivialAugment: Bool?

    @Option(help: "Mixup: blend photos in pairs, with shares from Beta(α, α), as 0.2.")
    var mixup: Float?

    @Option(help: "CutMix: put a rectangle of another photo into each, with an area from Beta(α, α), as 1.")
    var cutmix: Float?

    @Flag(inversion: .prefixedNo, help: "Show rare classes as often as frequent ones.")
    var balanceClasses: Bool?

    @Option(
        help:
            "The smallest share of a photo's area that a training crop shows. \(Recipe.defaults(\.cropScale.lowerBound))"
    )
    var smallestCrop: Float?

    @Option(
        help:
            "The normalisation of pixels; network: that of its pretrained weights, imagenet for most; dataset: subtract the training photos' mean, as in the paper.  \(Recipe.defaults(\.normalization.rawValue))"
    )
    var normalization: Recipe.NormalizationName?

    /// - Throws: `ValidationError`, which names the invalid option.
    func resolved() throws -> Recipe {
        var result = recipe.recipe
        if let model { result.network = model }
        try requireOptionsThatApply(result.network)
        if let column { result.column = try stages(column) }
        if let initialization {
            guard let found = VGG.Initialization(rawValue: initialization), found != .zeros else {
                throw ValidationError(
                    "--initialization is \(initialization); it should be kaiming, xavier or pyTorch")
            }
            result.initialization = found
        }
        set(&result.batchNormalization, batchNormalization)
        set(&result.imageSize, imageSize)
        set(&result.pooledSize, pooledSize)
        if !hiddenUnits.isEmpty { result.hiddenUnits = hiddenUnits }
        set(&result.dropout, dropout)
        set(&result.epochs, epochs)
        set(&result.batchSize, batchSize)
        set(&result.optimizer, optimizer)
        set(&result.rate, rate)
        set(&result.featureRate, featureRate)
        set(&result.momentum, momentum)
        set(&result.weightDecay, weightDecay)
        set(&result.schedule, schedule)
        if let stepSize {
            guard result.schedule == .step else {
                throw ValidationError(
                    "--step-size is an option of --schedule step, not of \(result.schedule.rawValue)")
            }
            result.stepSize = stepSize
        }
        if let gamma {
            guard [.step, .multistep, .exponential].contains(result.schedule) else {
                throw ValidationError(
                    "--gamma is an option of --schedule step, multistep and exponential, not of \(result.schedule.rawValue)"
                )
            }
            result.gamma = gamma
        }
        // A schedule by steps cannot come an epoch early, even if the recipe says so.
        if scheduleFirst == nil && [.oneCycle, .plateau, .constant].contains(result.schedule) {
            result.stepsScheduleFirst = false
        }
        set(&result.stepsScheduleFirst, scheduleFirst)
        set(&result.flip, flip)
        set(&result.fit, fit)
        set(&result.shufflesValidation, shuffleValidation)
        set(&result.averaging, meanOver)
        set(&result.labelSmoothing, labelSmoothing)
        if let average { result.averageDecay = average }
        set(&result.accumulation, accumulate)
        set(&result.trivialAugment, trivialAugment)
        if let mixup { result.mixUp = mixup }
        if let cutmix { result.cutMix = cutmix }
        set(&result.balancesClasses, balanceClasses)
        if let smallestCrop {
            guard smallestCrop > 0 && smallestCrop <= 1 else {
                throw ValidationError("--smallest-crop is \(smallestCrop); it should lie between 0 and 1")
            }
            result.cropScale = smallestCrop...1
        }
        set(&result.normalization, normalization)
        if let problem = result.problem { throw ValidationError(problem) }
        return result
    }

    /// Options that configure a VGG are invalid for other networks.
    private func requireOptionsThatApply(_ network: Recipe.Network) throws {
        guard !network.isVGG, column == nil else { return }
        let given = [
            "--batch-normalization": batchNormalization != nil, "--pooled-size": pooledSize != nil,
            "--hidden-units": !hiddenUnits.isEmpty, "--dropout": dropout != nil,
            "--initialization": initialization != nil,
        ]
        if let option = given.filter(\.value).keys.min() {
            throw ValidationError("\(option) is an option of VGGs; \(network.rawValue) cannot be changed")
        }
    }

    private func set<T>(_ entry: inout T, _ option: T?) {
        if let option { entry = option }
    }

    private func stages(_ text: String) throws -> [VGG.Stage] {
        try text.split(whereSeparator: { $0 == " " || $0 == "," }).map { word in
            guard let stage = VGG.Stage(word) else {
                throw ValidationError(
                    "--column: '\(word)' is not a stage: channels such as 64 or 256/1, LRN, or M")
            }
            return stage
        }
    }
}
