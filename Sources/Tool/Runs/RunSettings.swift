// SPDX-License-Identifier: Apache-2.0

import Foundation
import VGGKit

/// The settings that decide how a run goes, under the names of the options. A resumed run is compared with
/// the settings of its beginning.
struct RunSettings: Codable, Equatable {
    private(set) var entries: [String: String]

    /// - Parameter more: settings that are not in the recipe
    init(_ recipe: Recipe, _ more: [String: String]) {
        entries = [:]
        for child in Mirror(reflecting: recipe).children {
            guard let label = child.label, !Self.withoutEffect.contains(label) else { continue }
            entries[Self.option(label)] = Self.text(child.value)
        }
        entries.merge(more) { $1 }
    }

    init(from decoder: any Decoder) throws {
        entries = try decoder.singleValueContainer().decode([String: String].self)
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(entries)
    }

    /// Entries that are not compared: the weights are in the checkpoint, and the normalisation is in its
    /// card, which is compared.
    private static let withoutEffect: Set = ["weights", "cachesFeatures", "normalization"]

    /// Options whose names differ from the recipe's entries.
    private static let options = [
        "network": "--model", "rate": "--learning-rate", "featureRate": "--backbone-learning-rate",
        "frozen": "--freeze", "averageDecay": "--average", "accumulation": "--accumulate",
        "cropScale": "--smallest-crop", "mixUp": "--mixup", "cutMix": "--cutmix",
        "balancesClasses": "--balance-classes", "shufflesValidation": "--shuffle-validation",
        "averaging": "--mean-over", "stepsScheduleFirst": "--schedule-first",
    ]

    private static func option(_ entry: String) -> String {
        options[entry]
            ?? "--" + entry.reduce(into: "") { $0 += $1.isUppercase ? "-\($1.lowercased())" : "\($1)" }
    }

    private static func text(_ value: Any) -> String {
        let mirror = Mirror(reflecting: value)
        if mirror.displayStyle == .optional {
            return mirror.children.first.map { text($0.value) } ?? "not given"
        }
        if let range = value as? ClosedRange<Float> { return "\(range.lowerBound)" }
        if let name = (value as? any RawRepresentable)?.rawValue { return "\(name)" }
        if mirror.displayStyle == .collection {
            return mirror.children.isEmpty
                ? "none" : mirror.children.map { text($0.value) }.joined(separator: " ")
        }
        return "\(value)"
    }

    /// An entry that differs from the run's beginning.
    struct Difference: Equatable {
        var option: String
        var before: String
        var now: String
    }

    /// The entries in which `other` differs. Entries that only one side has belong to another version, and
    /// are not compared.
    func differences(to other: RunSettings) -> [Difference] {
        entries.keys.sorted().compactMap { option in
            guard let before = entries[option], let now = other.entries[option], before != now else {
                return nil
            }
            return Difference(option: option, before: before, now: now)
        }
    }
}

/// The effect of resuming a run with other options than at its beginning.
struct ResumedSettings {
    /// Differences that are allowed: the new value is used.
    private(set) var adapted: [RunSettings.Difference] = []
    /// Differences that are refused, because they would make it another run, with the reason.
    private(set) var refused: [(difference: RunSettings.Difference, reason: String?)] = []

    /// - Parameter recipe: the recipe as it is given now.
    init(_ differences: [RunSettings.Difference], _ recipe: Recipe) {
        for difference in differences {
            switch difference.option {
            case "--epochs" where recipe.dependsOnEpochs:
                refused.append(
                    (difference, "the \(recipe.schedule.rawValue) schedule is laid out for its epochs"))
            case "--epochs": adapted.append(difference)
            case "--learning-rate", "--backbone-learning-rate":
                // Other schedules compute all their learning rates from this one.
                if recipe.schedule == .constant {
                    adapted.append(difference)
                } else {
                    refused.append((difference, "the \(recipe.schedule.rawValue) schedule would jump"))
                }
            default: refused.append((difference, nil))
            }
        }
    }
}

extension Recipe {
    /// Whether another number of epochs would change the learning rates of epochs that are complete.
    var dependsOnEpochs: Bool {
        switch schedule {
        case .constant, .exponential, .plateau: false
        case .step: stepSize == nil
        case .multistep, .cosine, .oneCycle: true
        }
    }
}
