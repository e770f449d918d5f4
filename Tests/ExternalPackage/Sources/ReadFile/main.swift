// SPDX-License-Identifier: Apache-2.0

import Checkpoints
import Foundation

let checkpoint = try Checkpoint(contentsOf: URL(filePath: CommandLine.arguments[1]))
print(checkpoint.tensors.count, "tensors")
