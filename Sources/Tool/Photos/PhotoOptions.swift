// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Files
import Foundation
import VGGKit

/// The photos of a run: the same options for all commands that use them as training does.
struct PhotoOptions: ParsableArguments {
    @Argument(help: "The folder of photos; not with --train and --val.")
    var photos: String?

    @Option(
        help:
            "The folder with one folder of training photos for each class, if its name is not train."
    )
    var train: String?

    @Option(help: "The folder of the validation photos.")
    var val: String?

    @Option(
        help: "The share of each class held out to validate, if there is no val/ folder. (default: 0.1)")
    var validation: Double?

    @Flag(help: "Stop at the first photo that cannot be read, instead of skipping it.")
    var strict = false

    @Flag(
        help: "Use photos that are damaged in part, as browsers show them, instead of skipping them.")
    var acceptDamaged = false

    func validate() throws {
        guard (train == nil) == (val == nil), (photos == nil) == (train != nil) else {
            throw ValidationError(
                photos == nil
                    ? "name the folder of photos, or both parts with --train and --val"
                    : "--train and --val name the folders of photos, both and without another one")
        }
        guard validation.map({ $0 > 0 && $0 < 1 }) ?? true else {
            throw ValidationError("--validation is \(validation!); it should lie between 0 and 1, as 0.1")
        }
    }

    /// The photos in train/ and val/, or of one folder, which is split here. Prints what is skipped.
    func read(seed: UInt64) throws -> Photos {
        let found = try named(seed: seed)
        found.notices.forEach(say)
        if validation != nil && found.training.root != found.validation.root {
            say(
                "--validation has no effect: \(found.validation.root.relativePath) holds the photos to validate"
            )
        }
        return found
    }

    private func named(seed: UInt64) throws -> Photos {
        if let train, let val {
            return try Photos(
                training: fileURL(train), validation: fileURL(val), strict: strict,
                acceptsDamaged: acceptDamaged)
        }
        return try Photos(
            in: fileURL(photos!), validation: validation ?? 0.1, seed: seed, strict: strict,
            acceptsDamaged: acceptDamaged)
    }
}

struct WorkerOptions: ParsableArguments {
    @Option(help: "The number of threads that read photos ahead.")
    var workers = 2

    func validate() throws {
        guard (0...64).contains(workers) else {
            throw ValidationError("--workers is \(workers); it should lie between 0 and 64")
        }
    }
}
