// SPDX-License-Identifier: Apache-2.0

import Foundation

/// What one process measures: the JSON object that it is given as its only argument. The peers read the same.
struct Job: Decodable {
    enum Workload: String, Decodable {
        case prepare, peak, inference, training, convolutions
        case convolutionTraining = "convolution-training"
        case decode, loader, epoch
        case inferenceProfile = "inference-profile"
        case trainingProfile = "training-profile"
    }

    var workload: Workload
    /// The folder of weights and inputs that `prepare` fills.
    var data: String
    /// A network's name in the zoo.
    var model: String?
    var batch: Int?
    /// A folder of photos, one folder a class.
    var photos: String?
    /// How many photos, or batches of photos.
    var count: Int?
    /// Whether JPEGs are decoded at their full size, as torchvision does.
    var wholePhotos: Bool?
    /// Whether a convolution, its normalisation and its activation may be computed as one; true by default.
    var fuses: Bool?
    /// Measures for at least so long, and at least so many samples.
    var seconds: Double
    var samples: Int

    init(argument: String) throws {
        self = try JSONDecoder().decode(Job.self, from: Data(argument.utf8))
    }

    func file(_ name: String) -> URL { URL(filePath: data).appending(path: name) }
}

/// A job that lacks what its workload needs.
struct Incomplete: Error, CustomStringConvertible {
    var key: String
    var description: String { "the job has no \"\(key)\"" }
}

extension Optional {
    func required(_ key: String) throws(Incomplete) -> Wrapped {
        guard let self else { throw Incomplete(key: key) }
        return self
    }
}
