// SPDX-License-Identifier: Apache-2.0

import Foundation

guard CommandLine.arguments.count == 2 else {
    FileHandle.standardError.write(
        Data("usage: measure '{\"workload\": …}', as Benchmarks/bench.py does\n".utf8))
    exit(2)
}
let job = try Job(argument: CommandLine.arguments[1])
switch job.workload {
case .prepare: try prepare(job)
case .peak: try peak(job).write()
case .inference: try inference(job).write()
case .training: try training(job).write()
case .convolutions: try convolutions(job, training: false).write()
case .convolutionTraining: try convolutions(job, training: true).write()
case .decode: try decode(job).write()
case .loader: try loader(job).write()
case .epoch: try epoch(job).write()
case .inferenceProfile: try profile(job, training: false).write()
case .trainingProfile: try profile(job, training: true).write()
}
