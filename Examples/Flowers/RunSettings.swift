// SPDX-License-Identifier: Apache-2.0

import Foundation
import VGGKit

/// What decides how a run goes, entry by entry under the names of the options, so that a resumed run can be compared with
/// its beginning.
struct RunSettings: Codable, Equatable {
    private(set) var entries: [String: String]

    /// - Parameter more: what the recipe does not hold
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

    /// Starting weights are in the checkpoint.
    private static let withoutEffect: Set = ["weights", "cachesFeatures"]

    /// Where an option is not called as the recipe's entry.
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

    /// An entry that is another than at the run's beginning.
    struct Difference: Equatable {
        var option: String
        var before: String
        var now: String
    }

    /// What `other` has otherwise. Entries that only one of them knows belong to another version, and are not compared.
    func differences(to other: RunSettings) -> [Difference] {
        entries.keys.sorted().compactMap { option in
            guard let before = entries[option], let now = other.entries[option], before != now else {
                return nil
            }
            return Difference(option: option, before: before, now: now)
        }
    }
}

/// What becomes of a run that is resumed with other options than it was begun with.
struct ResumedSettings {
    /// What is other, and goes on as it is given now.
    private(set) var adapted: [RunSettings.Difference] = []
    /// What would make it another run, and why.
    private(set) var refused: [(difference: RunSettings.Difference, reason: String?)] = []

    /// - Parameter recipe: the run's as it is given now.
    init(_ differences: [RunSettings.Difference], _ recipe: Recipe) {
        for difference in differences {
            switch difference.option {
            case "--epochs" where recipe.dependsOnEpochs:
                refused.append(
                    (difference, "the \(recipe.schedule.rawValue) schedule is laid out for its epochs"))
            case "--epochs": adapted.append(difference)
            case "--learning-rate", "--backbone-learning-rate":
                // Other schedules make all their rates of this one.
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
    /// Whether another number of epochs changes the learning rates of those that are done.
    var dependsOnEpochs: Bool {
        switch schedule {
        case .constant, .exponential, .plateau: false
        case .step: stepSize == nil
        case .multistep, .cosine, .oneCycle: true
        }
    }
}
