// SPDX-License-Identifier: Apache-2.0

import Foundation
import VGGKit

extension Trainer {
    /// Draws the run's curves into `result/` of its folder after each epoch, before what `afterEpoch` was set to is called.
    /// Nothing is drawn where the trainer has no folder.
    public func drawPlots(as formats: [TrainingPlots.Format] = [.png, .svg]) {
        let next = afterEpoch
        afterEpoch = { [unowned self] in
            if let output {
                try TrainingPlots(history).write(to: output.appending(path: "result"), as: formats)
            }
            try next?($0)
        }
    }
}
