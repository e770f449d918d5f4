// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import VGGKit

/// Everything that defines a training run besides the data. Presets are complete; options change single entries.
struct Recipe: Sendable {
    var network: Network = .vgg11
    /// A column of the user's own, in place of the network's.
    var column: [VGG.Stage]?
    var batchNormalization = true
    var imageSize = 64
    var pooledSize = 2
    var hiddenUnits = [512]
    var dropout: Float = 0.5
    var initialization: VGG.Initialization = .kaiming

    var epochs = 20
    var batchSize = 32
    var optimizer: OptimizerName = .sgd
    var rate: Float = 0.02
    var momentum: Float = 0.9
    var weightDecay: Float = 5e-4
    var schedule: ScheduleName = .oneCycle
    var labelSmoothing: Float = 0

    /// The share of a photo's area that a training crop shows.
    var cropScale: ClosedRange<Float> = 0.25...1
    var normalization: NormalizationName = .imagenet

    enum Preset: String, CaseIterable, ExpressibleByArgument {
        case standard, small, tutorial

        var recipe: Recipe {
            switch self {
            case .standard: Recipe()
            // Minutes instead of an hour, for drawn flowers and first steps.
            case .small:
                Recipe(
                    network: .small, pooledSize: 2, hiddenUnits: [64], dropout: 0.2, epochs: 14, rate: 0.05,
                    cropScale: 0.6...1)
            // What the tutorial sets in its code; without pretrained weights it hardly learns.
            case .tutorial:
                Recipe(
                    network: .vgg16, batchNormalization: false, imageSize: 224, pooledSize: 7,
                    hiddenUnits: [4096, 4096], initialization: .xavier, rate: 0.003, momentum: 0,
                    weightDecay: 0,
                    schedule: .step, cropScale: 0.08...1, normalization: .half)
            }
        }
    }

    enum Network: String, CaseIterable, ExpressibleByArgument {
        case vgg11
        case vgg11LRN = "vgg11-lrn"
        case vgg13
        case vgg16C = "vgg16-c"
        case vgg16, vgg19, small

        var column: [VGG.Stage] {
            switch self {
            case .vgg11: VGG.Column.a.stages
            case .vgg11LRN: VGG.Column.aLRN.stages
            case .vgg13: VGG.Column.b.stages
            case .vgg16C: VGG.Column.c.stages
            case .vgg16: VGG.Column.d.stages
            case .vgg19: VGG.Column.e.stages
            case .small: [16, .maxPool, 32, .maxPool, 64, .maxPool, 128, .maxPool]
            }
        }
    }

    enum OptimizerName: String, CaseIterable, ExpressibleByArgument {
        case sgd, adam, adamw

        func make(_ recipe: Recipe, _ parameters: [Parameter]) -> any Optimizer {
            switch self {
            case .sgd:
                SGD(
                    parameters, learningRate: recipe.rate, momentum: recipe.momentum,
                    weightDecay: recipe.weightDecay,
                    nesterov: recipe.momentum > 0)
            case .adam: Adam(parameters, learningRate: recipe.rate, weightDecay: recipe.weightDecay)
            case .adamw: AdamW(parameters, learningRate: recipe.rate, weightDecay: recipe.weightDecay)
            }
        }
    }

    enum ScheduleName: String, CaseIterable, ExpressibleByArgument {
        case constant, step, multistep, exponential, cosine
        case oneCycle = "one-cycle"
        case plateau
    }

    enum NormalizationName: String, CaseIterable, ExpressibleByArgument {
        case imagenet, half, dataset
    }
}

extension Recipe: CustomStringConvertible {
    func configuration(classCount: Int) -> VGG.Configuration {
        VGG.Configuration(
            column: column ?? network.column, batchNormalization: batchNormalization, classCount: classCount,
            pooledSize: pooledSize, hiddenUnits: hiddenUnits, dropout: dropout)
    }

    func normalization(of training: ImageFolder) throws -> Normalize {
        switch normalization {
        case .imagenet: .imageNet
        case .half: .half
        case .dataset: Normalize(mean: try training.meanRGB(), deviation: [1, 1, 1])
        }
    }

    func augmentation(_ normalization: Normalize) -> Compose {
        Compose(
            [RandomResizedCrop(imageSize, scale: cropScale), RandomHorizontalFlip()], normalize: normalization
        )
    }

    /// What keeps the recipe from being followed, in words; nil if nothing does.
    var problem: String? {
        let positive: [(String, Int)] = [
            ("--epochs", epochs), ("--batch-size", batchSize), ("--image-size", imageSize),
        ]
        for (name, value) in positive where value < 1 || value > 1 << 16 {
            return "\(name) is \(value); it should lie between 1 and 65536"
        }
        guard rate > 0 && rate.isFinite else { return "--rate is \(rate); it should be positive" }
        guard momentum >= 0 && momentum < 1 else {
            return "--momentum is \(momentum); it should lie between 0 and 1"
        }
        guard weightDecay >= 0 && weightDecay.isFinite else {
            return "--weight-decay is \(weightDecay); it should be 0 or more"
        }
        guard labelSmoothing >= 0 && labelSmoothing <= 1 else {
            return "--label-smoothing is \(labelSmoothing); it should lie between 0 and 1"
        }
        let configuration = configuration(classCount: 1)
        if let problem = configuration.problem { return problem }
        let halvings = configuration.column.count { $0 == .maxPool }
        guard imageSize >> halvings > 0 else {
            return
                "--image-size is \(imageSize); \(halvings) poolings leave nothing of it, it should be at least \(1 << halvings)"
        }
        return nil
    }

    /// The rate over the run, changed after each epoch or step.
    func schedule(stepsPerEpoch: Int) -> (any Schedule)? {
        switch schedule {
        case .constant: nil
        case .step: StepLR(stepSize: max(1, epochs / 3), gamma: 0.1)
        case .multistep: MultiStepLR(milestones: [epochs / 2, epochs * 3 / 4], gamma: 0.1)
        case .exponential: ExponentialLR(gamma: 0.95)
        case .cosine: CosineWithWarmup(warmupSteps: max(1, epochs / 10), totalSteps: epochs)
        case .oneCycle: OneCycleLR(maximumRate: Double(rate), totalSteps: epochs * stepsPerEpoch)
        case .plateau: ReduceLROnPlateau()
        }
    }

    var description: String {
        let network = column.map { $0.map(\.description).joined(separator: " ") } ?? network.rawValue
        return """
            \(network)\(batchNormalization ? " with batch normalisation" : ""), classifier \(hiddenUnits), \
            images \(imageSize)×\(imageSize), \(epochs) epochs of batches of \(batchSize), \
            \(optimizer.rawValue) \(rate) (momentum \(momentum), weight decay \(weightDecay)), \(schedule.rawValue) schedule
            """
    }
}
