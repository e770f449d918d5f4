// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import VGGKit

/// Everything that defines a training run, except the data. Presets are complete; options change single
/// entries.
struct Recipe: Sendable {
    var network: Network = .vgg11
    /// The user's own column, which replaces the network's. This and the next six entries are for VGGs only.
    var column: [VGG.Stage]?
    var batchNormalization = true
    var pooledSize = 2
    var hiddenUnits = [512]
    var dropout: Float = 0.5
    var initialization: VGG.Initialization = .kaiming

    var imageSize = 64
    /// The starting weights, as `--weights` names them; new weights if nil.
    var weights: String?
    /// Frozen parameters, as `--freeze` names them.
    var frozen: [String] = []
    /// Whether the outputs of the frozen backbone are cached on disk.
    var cachesFeatures = false

    var epochs = 20
    var batchSize = 32
    var optimizer: OptimizerName = .sgd
    var rate: Float = 0.02
    /// Learning rate of the backbone, if it differs from the head's.
    var featureRate: Float?
    var momentum: Float = 0.9
    var weightDecay: Float = 5e-4
    var schedule: ScheduleName = .oneCycle
    /// Epochs between two changes of a step schedule; a third of the run if nil.
    var stepSize: Int?
    /// The factor of a step, multistep or exponential schedule; if nil, 0.95 for exponential and 0.1 for the
    /// others.
    var gamma: Double?
    /// Whether the schedule is stepped before each epoch, which makes its changes come one epoch early.
    var stepsScheduleFirst = false
    var labelSmoothing: Float = 0
    /// The decay of the weight averaging (EMA); no averaging if nil.
    var averageDecay: Float?
    /// The number of batches in one step of the optimizer.
    var accumulation = 1

    /// The share of a photo's area that a training crop shows.
    var cropScale: ClosedRange<Float> = 0.25...1
    var flip: Flip = .horizontal
    /// How photos become squares for validation and prediction.
    var fit: ImageFit = .crop
    var shufflesValidation = false
    /// Whether losses and accuracies are means over samples or over batches.
    var averaging: Averaging = .samples
    /// Whether TrivialAugment is applied: one more random change to each photo.
    var trivialAugment = false
    /// α of Beta(α, α); nil for none.
    var mixUp: Float?
    var cutMix: Float?
    var balancesClasses = false
    var normalization = NormalizationName.network

    enum Preset: String, CaseIterable, ExpressibleByArgument {
        case standard, small, finetune, head, tutorial

        var recipe: Recipe {
            switch self {
            case .standard: Recipe()
            // Takes minutes instead of an hour, for drawn flowers and first steps.
            case .small:
                Recipe(
                    network: .small, pooledSize: 2, hiddenUnits: [64], dropout: 0.2, epochs: 14, rate: 0.05,
                    cropScale: 0.6...1)
            // Fine-tunes weights that were pretrained on ImageNet, with a low learning rate, so that they
            // change little.
            case .finetune:
                Recipe(
                    network: .squeezeNet10, pooledSize: 7, hiddenUnits: [4096, 4096], imageSize: 224,
                    weights: "imagenet", epochs: 12, rate: 0.0015, weightDecay: 2e-4, labelSmoothing: 0.1)
            // The same with a frozen backbone: only the head is trained.
            case .head:
                Recipe(
                    network: .squeezeNet10, pooledSize: 7, hiddenUnits: [4096, 4096], imageSize: 224,
                    weights: "imagenet", frozen: ["features"], cachesFeatures: true, epochs: 20,
                    optimizer: .adamw, rate: 0.001, weightDecay: 0.1, labelSmoothing: 0.1)
            // The settings of the tutorial's code. Without pretrained weights it hardly learns.
            case .tutorial:
                Recipe(
                    network: .vgg16, batchNormalization: false, pooledSize: 7,
                    hiddenUnits: [4096, 4096], initialization: .xavier, imageSize: 224, batchSize: 16,
                    rate: 0.003, momentum: 0, weightDecay: 0, schedule: .step, stepSize: 10, gamma: 0.5,
                    stepsScheduleFirst: true, cropScale: 0.08...1, flip: .vertical, fit: .squeeze,
                    shufflesValidation: true, averaging: .batches, normalization: .half)
            }
        }
    }

    /// The default of an entry, for help texts: that of the default recipe, and those of recipes that differ.
    static func defaults<Value: Equatable>(_ entry: (Recipe) -> Value) -> String {
        let value = entry(Recipe())
        let others = Preset.allCases.map { ($0.rawValue, entry($0.recipe)) }.filter { $0.1 != value }
        return "(default: \(value)\(others.map { "; \($0.0): \($0.1)" }.joined()))"
    }

    /// A network of the zoo, or a small VGG for simple pictures.
    struct Network: RawRepresentable, Equatable, ExpressibleByArgument {
        let rawValue: String

        /// Nil if there is no network with this name.
        init?(rawValue: String) {
            guard Self.allValueStrings.contains(rawValue) else { return nil }
            self.rawValue = rawValue
        }

        private init(_ name: String) { rawValue = name }

        static let (vgg11, vgg16, squeezeNet10) = (
            Network("vgg11"), Network("vgg16"), Network("squeezenet1_0")
        )
        static let small = Network("small")

        static var allValueStrings: [String] { Zoo.names + ["small"] }

        func configuration(classCount: Int) -> any VGGKit.Network {
            Zoo.network(named: rawValue, classCount: classCount)
                ?? VGG.Configuration(
                    column: [16, .maxPool, 32, .maxPool, 64, .maxPool, 128, .maxPool], classCount: classCount)
        }

        /// Whether it is a VGG, whose layers can be configured.
        var isVGG: Bool { configuration(classCount: 1) is VGG.Configuration }
    }

    enum OptimizerName: String, CaseIterable, ExpressibleByArgument {
        case sgd, adam, adamw
    }

    enum Flip: String, CaseIterable, ExpressibleByArgument {
        case horizontal, vertical, both, none

        var transforms: [any Transform] {
            switch self {
            case .horizontal: [RandomHorizontalFlip()]
            case .vertical: [RandomVerticalFlip()]
            case .both: [RandomHorizontalFlip(), RandomVerticalFlip()]
            case .none: []
            }
        }
    }

    enum ScheduleName: String, CaseIterable, ExpressibleByArgument {
        case constant, step, multistep, exponential, cosine
        case oneCycle = "one-cycle"
        case plateau
    }

    enum NormalizationName: String, CaseIterable, ExpressibleByArgument {
        /// That of the network's pretrained weights
        case network
        case imagenet, half, dataset
    }
}

extension Recipe: CustomStringConvertible {
    func configuration(classCount: Int) -> any VGGKit.Network {
        let known = network.configuration(classCount: classCount)
        guard let column = column ?? (known as? VGG.Configuration)?.column else { return known }
        return VGG.Configuration(
            column: column, batchNormalization: batchNormalization, classCount: classCount,
            pooledSize: pooledSize, hiddenUnits: hiddenUnits, dropout: dropout)
    }

    /// The network, with the initial weights of the recipe.
    func makeModel(_ configuration: any VGGKit.Network) -> any Classifier {
        (configuration as? VGG.Configuration).map { VGG($0, initialization: initialization) }
            ?? configuration.makeModel()
    }

    /// The parameter groups: the backbone's, if it has its own learning rate, then the head's.
    func optimizer(of model: some Classifier) -> any Optimizer {
        let groups =
            featureRate.map {
                [
                    ParameterGroup(model.featureParameters.map(\.parameter), learningRate: $0),
                    ParameterGroup(model.headParameters.map(\.parameter)),
                ]
            } ?? [ParameterGroup(model.parameters)]
        return switch optimizer {
        case .sgd:
            SGD(
                groups: groups, learningRate: rate, momentum: momentum, weightDecay: weightDecay,
                nesterov: momentum > 0)
        case .adam: Adam(groups: groups, learningRate: rate, weightDecay: weightDecay)
        case .adamw: AdamW(groups: groups, learningRate: rate, weightDecay: weightDecay)
        }
    }

    func normalization(of training: ImageFolder) throws -> Normalize {
        switch normalization {
        case .network: configuration(classCount: 1000).imageNetWeights?.normalization ?? .imageNet
        case .imagenet: .imageNet
        case .half: .half
        case .dataset: Normalize(mean: try training.meanRGB(), deviation: [1, 1, 1])
        }
    }

    func augmentation(_ normalization: Normalize) -> Compose {
        Compose(
            [RandomResizedCrop(imageSize, scale: cropScale)] + flip.transforms
                + (trivialAugment ? [TrivialAugment()] : []), normalize: normalization)
    }

    /// How the images of a batch are blended: mixup, CutMix, or for each batch one of both.
    var mixing: (any BatchMixing)? {
        switch (mixUp, cutMix) {
        case (let mixUp?, let cutMix?): RandomMixing(MixUp(alpha: mixUp), CutMix(alpha: cutMix))
        case (let mixUp?, nil): MixUp(alpha: mixUp)
        case (nil, let cutMix?): CutMix(alpha: cutMix)
        case (nil, nil): nil
        }
    }

    /// Why the recipe cannot be used; nil if it can.
    var problem: String? {
        let positive: [(String, Int)] = [
            ("--epochs", epochs), ("--batch-size", batchSize), ("--image-size", imageSize),
            ("--accumulate", accumulation),
        ]
        for (name, value) in positive where value < 1 || value > 1 << 16 {
            return "\(name) is \(value); it should lie between 1 and 65536"
        }
        guard rate > 0 && rate.isFinite else { return "--learning-rate is \(rate); it should be positive" }
        guard featureRate.map({ $0 > 0 && $0.isFinite }) ?? true else {
            return
                "--backbone-learning-rate is \(featureRate!); it should be positive; to keep the backbone unchanged, use --freeze features"
        }
        guard momentum >= 0 && momentum < 1 else {
            return "--momentum is \(momentum); it should lie between 0 and 1"
        }
        guard weightDecay >= 0 && weightDecay.isFinite else {
            return "--weight-decay is \(weightDecay); it should be 0 or more"
        }
        guard labelSmoothing >= 0 && labelSmoothing <= 1 else {
            return "--label-smoothing is \(labelSmoothing); it should lie between 0 and 1"
        }
        for (name, alpha) in [("--mixup", mixUp), ("--cutmix", cutMix)] {
            if let alpha, !(alpha > 0 && alpha.isFinite) {
                return "\(name) is \(alpha); it should be positive"
            }
        }
        if let averageDecay, !(averageDecay >= 0 && averageDecay < 1) {
            return "--average is \(averageDecay); it should lie between 0 and 1, as 0.999"
        }
        if let stepSize, stepSize < 1 {
            return "--step-size is \(stepSize); it should be 1 or more"
        }
        if let gamma, !(gamma > 0 && gamma.isFinite) {
            return "--gamma is \(gamma); it should be positive, as 0.1"
        }
        if stepsScheduleFirst && (schedule == .oneCycle || schedule == .plateau) {
            return "--schedule-first moves schedules that go by epochs, not \(schedule.rawValue)"
        }
        let configuration = configuration(classCount: 1)
        if let problem = configuration.problem { return problem }
        guard imageSize >= configuration.smallestImageSize else {
            return
                "--image-size is \(imageSize), too small for the network; it should be at least \(configuration.smallestImageSize)"
        }
        return nil
    }

    /// The schedule of the learning rate, by epochs or by steps.
    func schedule(stepsPerEpoch: Int) -> (any Schedule)? {
        switch schedule {
        case .constant: nil
        case .step: first(StepLR(stepSize: stepSize ?? max(1, epochs / 3), gamma: gamma ?? 0.1))
        case .multistep:
            first(MultiStepLR(milestones: [epochs / 2, epochs * 3 / 4], gamma: gamma ?? 0.1))
        case .exponential: first(ExponentialLR(gamma: gamma ?? 0.95))
        case .cosine: first(CosineWithWarmup(warmupSteps: max(1, epochs / 10), totalSteps: epochs))
        case .oneCycle:
            OneCycleLR(
                maximumRates: (featureRate.map { [$0] } ?? []).map(Double.init) + [Double(rate)],
                totalSteps: epochs * stepsPerEpoch)
        case .plateau: ReduceLROnPlateau()
        }
    }

    private func first(_ schedule: some ClosedFormSchedule) -> any Schedule {
        stepsScheduleFirst ? schedule.advanced(by: 1) : schedule
    }

    var description: String {
        """
        \(networkDescription), images \(imageSize)×\(imageSize), \(epochs) epochs of batches of \(batchSize), \
        \(optimizer.rawValue) \(rate)\(featureRate.map { ", features \($0)" } ?? "") \
        (\(hasMomentum ? "momentum \(momentum), " : "")weight decay \(weightDecay)), \(schedule.rawValue) schedule\(extras)
        """
    }

    var lossName: String {
        labelSmoothing > 0 ? "cross entropy with label smoothing \(labelSmoothing)" : "cross entropy"
    }

    private var hasMomentum: Bool { optimizer == .sgd }

    private var extras: String {
        let parts = [
            flip == .horizontal ? nil : flip == .none ? "no flips" : "flips \(flip.rawValue)",
            fit == .crop ? nil : "validation photos squeezed",
            labelSmoothing > 0 ? "label smoothing \(labelSmoothing)" : nil,
            trivialAugment ? "TrivialAugment" : nil, mixUp.map { "mixup \($0)" },
            cutMix.map { "cutmix \($0)" }, averageDecay.map { "averaged weights \($0)" },
            accumulation > 1 ? "\(accumulation) batches a step" : nil,
            balancesClasses ? "balanced classes" : nil,
            averaging == .samples ? nil : "means over batches",
        ].compactMap(\.self)
        return parts.map { ", \($0)" }.joined()
    }

    private var networkDescription: String {
        guard let configuration = configuration(classCount: 1) as? VGG.Configuration else {
            return network.rawValue
        }
        let name =
            column == nil ? network.rawValue : configuration.column.map(\.description).joined(separator: " ")
        return "\(name)\(batchNormalization ? " with batch normalisation" : ""), classifier \(hiddenUnits)"
    }
}
