// SPDX-License-Identifier: Apache-2.0
// What a user's program does who has one photo and a trained model: its whole process is measured.

import Foundation
import VGGKit

let arguments = CommandLine.arguments
guard arguments.count == 3 else {
    FileHandle.standardError.write(Data("usage: classify weights.safetensors photo.jpg\n".utf8))
    exit(2)
}
let classifier = try ImageClassifier(contentsOf: URL(filePath: arguments[1]))
print(try classifier.predict(contentsOf: URL(filePath: arguments[2])).first!.index)
