// SPDX-License-Identifier: Apache-2.0

import Drawing
import Foundation
import TestSupport
import Testing
import VGGKit
import VGGKitReports

@Suite struct LearningRatePlotTests {
    private func curve(_ loss: (Int, Double) -> Double, count: Int = 100) -> LearningRateCurve {
        LearningRateCurve(
            (0..<count).map { index in
                let rate = 1e-7 * pow(1e8, Double(index) / Double(count - 1))
                let loss = loss(index, log10(rate))
                return .init(learningRate: rate, loss: loss, smoothedLoss: loss)
            })
    }

    @Test(arguments: [0, 1, 2, 100]) func thePlotDrawsAnyCurve(count: Int) throws {
        let curve = LearningRateCurve(
            (0..<count).map { index in
                .init(
                    learningRate: pow(10, Double(index) / 20 - 4),
                    loss: index == 70 ? .nan : Double(count - index),
                    smoothedLoss: index == 90 ? .infinity : 1)
            })
        #expect(curve.plot.bitmap().width == 1280)
        let folder = TemporaryFolder()
        for name in ["a.png", "a.svg"] { try curve.plot.write(to: folder.url.appending(path: name)) }
        #expect(folder.names == ["a.png", "a.svg"])
    }

    /// The curve's blue falls from left to right, and the suggested rate is marked with a line.
    @Test func thePlotShowsTheFall() throws {
        let bitmap = curve { _, x in 8 - x }.plot.bitmap(scale: 1)
        func columns(_ isMeant: (UInt8, UInt8, UInt8) -> Bool) -> [(x: Int, y: Int)] {
            (70..<340).flatMap { y in
                (60..<630).compactMap { x in
                    let index = 3 * (y * bitmap.width + x)
                    return isMeant(bitmap.pixels[index], bitmap.pixels[index + 1], bitmap.pixels[index + 2])
                        ? (x, y) : nil
                }
            }
        }
        let blue = columns { red, _, blue in red < 40 && blue > 150 }
        let first = try #require(blue.min { $0.x < $1.x })
        let last = try #require(blue.max { $0.x < $1.x })
        #expect(last.x - first.x > 450 && last.y - first.y > 150)
        let orange = columns { red, green, blue in red > 190 && green < 120 && blue < 40 }
        #expect(orange.count > 200)
    }
}
