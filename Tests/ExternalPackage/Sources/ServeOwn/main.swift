// SPDX-License-Identifier: Apache-2.0
// ServeOwn FOLDER: answers eight requests at once with one classifier, as a server does.

import Foundation
import TinyResNet
import VGGKit

Zoo.register(TinyResNet.Configuration.self)
let file = URL(filePath: CommandLine.arguments[1]).appending(path: "weights/best.safetensors")
let classifier = try ImageClassifier(contentsOf: file)
let requests = (0..<64).map { picture(isRight: $0 % 2 == 1, seed: UInt64($0)) }
let expected = requests.map { classifier.predict($0, top: 2).map(\.probability) }

for _ in 0..<4 {
    let answers = await withTaskGroup(of: (Int, [Float]).self) { group in
        for client in 0..<8 {
            group.addTask {
                // Each client sends its requests one after the other.
                var last: (Int, [Float]) = (client, [])
                for number in stride(from: client, to: requests.count, by: 8) {
                    let answer = classifier.predict(requests[number], top: 2).map(\.probability)
                    guard answer == expected[number] else { fatalError("request \(number): \(answer)") }
                    last = (number, answer)
                }
                return last
            }
        }
        var answered = 0
        for await _ in group { answered += 1 }
        return answered
    }
    guard answers == 8 else { fatalError("\(answers) clients were answered") }
}
print("served", requests.count * 4, "requests")
