// SPDX-License-Identifier: Apache-2.0

import CImages
import Foundation
import TensorCore

extension ImageFolder {
    /// The mean of each channel over all photos, in 0 … 1; every photo has the same weight. The VGG paper
    /// subtracts it (`Normalize(mean: folder.meanRGB(), deviation: [1, 1, 1])`). Photos that cannot be read
    /// are skipped, unless the folder is strict.
    /// - Throws: `ImageError`; `LoaderError.nothingRead`
    public func meanRGB() throws -> [Float] {
        let results = Lock([Result<[Double], ImageError>?](repeating: nil, count: files.count))
        ThreadPool.shared.run(tasks: files.count) { index in
            let result = Result { () throws(ImageError) in
                try Image(contentsOf: files[index], decoding).channelMeans
            }
            results.withLock { $0[index] = result }
        }
        var sums = [0.0, 0.0, 0.0]
        var number = 0
        var firstFailure: ImageError?
        // In the order of the files, so that the sum is the same every time.
        for result in results.withLock({ $0 }) {
            switch result {
            case .success(let means):
                for channel in 0..<3 { sums[channel] += means[means.count == 3 ? channel : 0] }
                number += 1
            case .failure(let error):
                if isStrict { throw error }
                firstFailure = firstFailure ?? error
            case nil: break
            }
        }
        if number == 0, let firstFailure {
            throw LoaderError.nothingRead(sampleCount: files.count, first: "\(firstFailure)")
        }
        return sums.map { Float($0 / Double(max(1, number)) / 255) }
    }
}

extension Image {
    /// The mean level of each channel.
    var channelMeans: [Double] {
        var sums = [UInt64](repeating: 0, count: channels)
        ci_sum_channels(pixels, width * height, Int32(channels), &sums)
        return sums.map { Double($0) / Double(width * height) }
    }
}
