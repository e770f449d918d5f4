// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation

/// Suggests existing options and commands for unknown ones: other tools have other names for the same thing.
struct NearMisses {
    /// The command that was recognised.
    let command: any ParsableCommand.Type

    init(_ arguments: [String], of root: any ParsableCommand.Type) {
        let commands = root.configuration.subcommands
        command = commands.first { Self.name(of: $0) == arguments.first } ?? root
    }

    /// A better text for an error about an option or command that has another name here; nil for other
    /// errors.
    func answer(to message: String) -> String? {
        if let match = message.firstMatch(of: /Unknown option '([^']*)'(?:\. Did you mean '[^']*'\?)?/) {
            guard let remark = remark(on: String(match.1)) else { return nil }
            return message.replacingCharacters(
                in: match.range, with: "Unknown option '\(match.1)': \(remark)")
        }
        if let match = message.firstMatch(
            of: /(?:Unexpected argument|\d+ unexpected arguments:) '([^']*)'.*/),
            !command.configuration.subcommands.isEmpty,
            let name = Self.commandName(meaning: String(match.1), among: command.configuration.subcommands)
        {
            return message.replacingCharacters(
                in: match.range, with: "There is no command '\(match.1)': it is '\(name)'")
        }
        return nil
    }

    private func remark(on option: String) -> String? {
        let name = option.drop { $0 == "-" }.lowercased().replacing("_", with: "-")
        let known = knownOptions
        if known.contains("--" + name) { return "it is written '--\(name)'" }
        for entry in Self.options where entry.names.contains(name) {
            let existing = entry.here.filter(known.contains)
            if let option = existing.first {
                return "it is '\(option)' here\(entry.remark.isEmpty ? "" : "; \(entry.remark)")"
            }
            if entry.here.isEmpty { return entry.remark }
        }
        return nil
    }

    /// The long names of the command's options, from its help. Each line there begins with the names of one
    /// option.
    private var knownOptions: Set<String> {
        let lines = command.helpMessage(columns: 10_000).split(separator: "\n").filter { $0.hasPrefix("  -") }
        let names = lines.flatMap { line in
            line.dropFirst(2).prefix { $0 != "<" }.split(separator: "  ", maxSplits: 1)[0]
                .matches(of: /--[a-z][a-z0-9-]*/).map { String($0.0) }
        }
        return Set(names)
    }

    private static func name(of command: any ParsableCommand.Type) -> String {
        command.configuration.commandName ?? "\(command)".lowercased()
    }

    private struct Entry {
        var names: [String]
        /// The option's names here; several, if it depends on the command; none, if there is no such option.
        var here: [String] = []
        /// A further remark.
        var remark = ""
    }

    private static let options: [Entry] = [
        Entry(
            names: [
                "gpu", "gpus", "devices", "cuda", "no-cuda", "use-cuda", "mps", "accelerator", "cpu",
            ],
            here: ["--device"], remark: "vggkit devices shows what was found"),
        Entry(
            names: ["amp", "fp16", "half", "bf16", "precision", "mixed-precision"],
            remark: "everything is computed in 32-bit floating point; there is no option for the precision"),
        Entry(names: ["bs", "batch", "batchsize", "b", "train-batch-size"], here: ["--batch-size"]),
        Entry(names: ["epoch", "num-epochs", "n-epochs", "nepochs", "max-epochs", "e"], here: ["--epochs"]),
        Entry(
            names: ["lr", "learningrate", "base-lr", "lr0", "learn-rate", "max-lr", "lrate"],
            here: ["--learning-rate"]),
        Entry(names: ["lr-backbone", "backbone-lr"], here: ["--backbone-learning-rate"]),
        Entry(
            names: [
                "output-dir", "out", "out-dir", "outdir", "output-folder", "save-dir", "save-path", "save",
                "log-dir", "logdir", "name", "project", "model-dir", "dest",
            ], here: ["--output"]),
        Entry(
            names: ["img-size", "imgsz", "imgsize", "size", "input-size", "resolution", "crop-size", "img"],
            here: ["--image-size", "--size"]),
        Entry(names: ["num-workers", "nworkers", "n-workers", "threads", "jobs", "j"], here: ["--workers"]),
        Entry(
            names: ["lr-scheduler", "scheduler", "sched", "lr-schedule", "lr-policy"], here: ["--schedule"]),
        Entry(names: ["wd", "decay", "l2", "weightdecay"], here: ["--weight-decay"]),
        Entry(
            names: ["arch", "architecture", "network", "net", "backbone", "model-name"], here: ["--model"]),
        Entry(names: ["opt", "optim"], here: ["--optimizer"]),
        Entry(
            names: ["pretrained", "finetune", "fine-tune", "transfer", "init-weights", "load"],
            here: ["--weights"],
            remark:
                "--weights imagenet takes weights that were pretrained on ImageNet, as --recipe head and finetune do"
        ),
        Entry(
            names: ["data", "data-dir", "data-path", "dataset", "root", "input", "images", "train-dir"],
            remark: "the folder of photos is named without an option, after the command"),
        Entry(names: ["num-classes", "nb-classes", "nclasses", "n-classes", "nc"], here: ["--classes"]),
        Entry(
            names: [
                "val", "val-split", "validation-split", "val-size", "test-size", "val-ratio", "split",
                "valid",
            ],
            here: ["--validation"]),
        Entry(
            names: ["checkpoint", "ckpt", "weights", "model", "model-path", "run"],
            remark: "the checkpoint or run is named without an option, after the command"),
        Entry(names: ["continue", "resume-from", "restart"], here: ["--resume"]),
        Entry(names: ["topk", "top-k", "k"], here: ["--top"]),
        Entry(names: ["early-stopping", "early-stop", "es-patience"], here: ["--patience"]),
        Entry(names: ["ema", "ema-decay", "model-ema"], here: ["--average"]),
        Entry(
            names: [
                "grad-accum", "accum", "accumulation-steps", "gradient-accumulation-steps", "accum-steps",
            ],
            here: ["--accumulate"]),
        Entry(
            names: ["augment", "augmentation", "aa", "auto-augment", "randaugment"],
            here: ["--trivial-augment"]),
        Entry(names: ["smoothing", "ls"], here: ["--label-smoothing"]),
        Entry(names: ["drop", "drop-rate", "dropout-rate", "p"], here: ["--dropout"]),
        Entry(names: ["bn", "batch-norm", "batchnorm"], here: ["--batch-normalization"]),
        Entry(names: ["random-seed", "manual-seed", "random-state"], here: ["--seed"]),
        Entry(names: ["view-size"], here: ["--tta-size"]),
        Entry(
            names: ["views", "ttaug", "test-time-aug", "augment-test"], here: ["--test-time-augmentation"]),
        Entry(names: ["class-weights", "weighted", "balanced", "balance"], here: ["--balance-classes"]),
        Entry(
            names: ["overwrite", "force", "exist-ok", "f"],
            remark:
                "there is no such option: an existing run or data set is never overwritten; choose another folder, or remove it"
        ),
        Entry(names: ["version", "v"], remark: "the version stands in CHANGELOG.md"),
        Entry(
            names: ["verbose", "quiet", "q", "silent"], remark: "there is no option for how much is printed"),
    ]

    private static let commands: [(names: [String], here: String)] = [
        (["eval", "test", "val", "validate", "measure", "score"], "evaluate"),
        (["infer", "inference", "classify", "detect", "pred", "recognize", "label"], "predict"),
        (["fit", "finetune", "fine-tune", "training", "learn"], "train"),
        (["lr-find", "find-lr", "lr-finder", "find-rate", "lr", "learning-rate"], "find-learning-rate"),
        (["info", "model", "show", "layers"], "summary"),
        (["gradcam", "grad-cam", "cam", "interpret"], "explain"),
        (["preview", "batch", "showbatch", "show-batches"], "show-batch"),
        (["runs"], "compare"), (["divide", "part", "partition"], "split"),
        (["gpu", "device", "hardware"], "devices"), (["export", "save"], "convert"),
        (["ls", "list", "cat", "print"], "inspect"),
    ]

    private static func commandName(
        meaning word: String, among commands: [any ParsableCommand.Type]
    ) -> String? {
        let names = commands.map(name(of:))
        let word = word.lowercased().replacing("_", with: "-")
        if names.contains(word) { return word }
        if let known = Self.commands.first(where: { $0.names.contains(word) }), names.contains(known.here) {
            return known.here
        }
        let nearest = names.min { distance($0, word) < distance($1, word) }
        return nearest.flatMap { distance($0, word) <= (word.count < 5 ? 1 : 2) ? $0 : nil }
    }

    /// The number of letters to add, remove or change to turn one word into the other.
    ///
    /// V. I. Levenshtein, "Binary codes capable of correcting deletions, insertions, and reversals", 1966.
    private static func distance(_ first: String, _ second: String) -> Int {
        var row = Array(0...second.count)
        for (i, a) in first.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, b) in second.enumerated() {
                let changed = diagonal + (a == b ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(changed, row[j] + 1, row[j + 1] + 1)
            }
        }
        return row[second.count]
    }
}

extension NearMisses {
    /// A negative number after an option is its value, not another option. A word after a single dash is an
    /// option's name, not a list of single letters.
    static func withUsualDashes(_ arguments: [String]) -> [String] {
        var result: [String] = []
        // Arguments after `--` are never options.
        let end = arguments.firstIndex(of: "--") ?? arguments.endIndex
        for argument in arguments[..<end] {
            let isNumber = argument.wholeMatch(of: /-[0-9.][0-9.eE+-]*/) != nil
            if isNumber, let option = result.last, option.wholeMatch(of: /--[a-z][a-z0-9-]*/) != nil {
                result[result.count - 1] = "\(option)=\(argument)"
            } else if argument.wholeMatch(of: /-[a-z][a-z-]+[a-z]/) != nil {
                result.append("-" + argument)
            } else {
                result.append(argument)
            }
        }
        return result + arguments[end...]
    }
}
