// SPDX-License-Identifier: Apache-2.0

import Checks

extension Kernels {
    /// The targets of cross entropy, `[N, C]`, for labels `[N]` of `int32`: the class's weight at the label,
    /// smoothed over the classes; 0 in rows whose label is ignored. Also the sum of the labels' weights.
    static func crossEntropyTargets(
        _ labels: Tensor, classCount: Int, weights: Tensor?, labelSmoothing: Float, ignoreIndex: Int,
        file: StaticString = #fileID, line: UInt = #line
    ) -> (targets: Tensor, total: Double) {
        let weights = weights?.floats ?? [Float](repeating: 1, count: classCount)
        // Labels are checked, so this is done where they are: on the host.
        var targets = Tensor(uninitialized: [labels.count, classCount])
        var total = 0.0
        labels.rowMajor.withScalars(Int32.self) { labels in
            targets.withMutableScalars(Float.self) { targets in
                targets.update(repeating: 0)
                for (row, label) in labels.enumerated() where Int(label) != ignoreIndex {
                    check(
                        label >= 0 && Int(label) < classCount,
                        "crossEntropy: label \(label) is neither in 0..<\(classCount) nor the ignored \(ignoreIndex)",
                        file: file, line: line)
                    for c in 0..<classCount {
                        targets[row * classCount + c] = labelSmoothing / Float(classCount) * weights[c]
                    }
                    targets[row * classCount + Int(label)] += (1 - labelSmoothing) * weights[Int(label)]
                    total += Double(weights[Int(label)])
                }
            }
        }
        return (targets, total)
    }
}
