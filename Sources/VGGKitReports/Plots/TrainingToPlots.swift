// SPDX-License-Identifier: Apache-2.0

import Foundation
import VGGKit

extension Trainer {
    /// Draws the run's curves into `result/` of its folder after each epoch. Nothing is drawn where the
    /// trainer has no folder.
    public func drawPlots(as formats: [TrainingPlots.Format] = [.png, .svg]) {
        callbacks.afterEpoch { [weak self] _ in
            guard let self, isFirstRank, let output = configuration.output else { return }
            try TrainingPlots(history).write(to: RunFolder(output).results, as: formats)
        }
    }
}
