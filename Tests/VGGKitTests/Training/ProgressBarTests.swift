// SPDX-License-Identifier: Apache-2.0

import Testing
import VGGKit

@Suite struct ProgressBarTests {
    private func line(_ done: Int, seconds: Double = 2, initial: Int = 0) -> ProgressLine {
        ProgressLine(
            title: "epoch 3/20", done: done, total: 400, initial: initial, seconds: seconds, loss: 0.87654,
            accuracy: 0.681)
    }

    private var validated: ProgressLine {
        var line = line(400, seconds: 130)
        (line.validationLoss, line.validationAccuracy) = (0.91234, 0.66)
        return line
    }

    @Test func aLineForALogSaysEverything() {
        #expect(
            line(100).text == "epoch 3/20  100/400  loss 0.8765  accuracy 68.1 %  50 images/s  0:06 left")
        #expect(
            line(400).text == "epoch 3/20  400/400  loss 0.8765  accuracy 68.1 %  200 images/s  took 2.0 s")
        #expect(
            validated.text
                == "epoch 3/20  400/400  loss 0.8765  accuracy 68.1 %  val loss 0.9123  val accuracy 66.0 %  3.1 images/s  took 2:10"
        )
    }

    @Test func aTerminalsLineHasABar() {
        #expect(
            line(100).text(width: 111)
                == "epoch 3/20  [=======                       ]  100/400  loss 0.8765  accuracy 68.1 %  50 images/s  0:06 left"
        )
    }

    @Test(arguments: [
        (79, "epoch 3/20  [===            ]  100/400  loss 0.8765  accuracy 68.1 %  0:06 left"),
        (60, "epoch 3/20  [====             ]  100/400  loss 0.877  68.1 %"),
        (39, "epoch 3/20  100/400  loss 0.877  68.1 %"), (38, "epoch 3/20  100/400  68.1 %"),
        (26, "epoch 3/20  100/400"), (20, "epoch 3/20  100/400"), (10, "100/400"), (3, ""), (0, ""), (-1, ""),
    ])
    func narrowTerminalsShowLess(width: Int, expected: String) {
        #expect(line(100).text(width: width) == expected)
    }

    /// 79 and 39 are what is used of terminals of 80 and 40 columns.
    @Test(arguments: [
        (
            140,
            "epoch 3/20  [========================]  400/400  loss 0.8765  accuracy 68.1 %  val loss 0.9123  val accuracy 66.0 %  3.1 images/s  took 2:10"
        ),
        (79, "epoch 3/20  [==========]  loss 0.877  68.1 %  val loss 0.912  66.0 %  took 2:10"),
        (39, "epoch 3/20  68.1 %  val 0.912  66.0 %"), (30, "epoch 3/20  val 0.912  66.0 %"),
        (20, "val 0.912  66.0 %"), (10, ""),
    ])
    func whatWasValidatedEndsTheLine(width: Int, expected: String) {
        #expect(validated.text(width: width) == expected)
    }

    /// Of the longest titles and numbers that runs have.
    @Test func eightyColumnsHoldALongRunWithABar() {
        var line = ProgressLine(
            title: "epoch 100/100", done: 50_000, total: 50_000, seconds: 4000, loss: 12.3456, accuracy: 1)
        #expect(line.text(width: 79).contains("[=") && line.text(width: 79).contains("100.0 %"))
        (line.validationLoss, line.validationAccuracy) = (0.5, 1)
        #expect(line.text(width: 79).contains("[="))
        #expect(line.text(width: 79).contains("val 0.500  100.0 %"))
        line.done = 12_345
        (line.validationLoss, line.validationAccuracy) = (nil, nil)
        #expect(line.text(width: 79).contains("[=") && line.text(width: 79).contains("12345/50000"))
    }

    @Test(arguments: 0...200) func noLineIsWiderThanTheTerminal(width: Int) {
        for done in [0, 1, 399, 400] { #expect(line(done).text(width: width).count <= width) }
        #expect(validated.text(width: width).count <= width)
    }

    @Test(arguments: 0...120) func noLineEndsWithinAWord(width: Int) {
        let words = Set(validated.text.split(separator: " ") + line(100).text.split(separator: " "))
            .union(["0.877", "0.912"])
        for text in [validated.text(width: width), line(100).text(width: width)] {
            let found = text.replacing(/\[[= ]*\]/, with: "").split(separator: " ")
            #expect(found.allSatisfy(words.contains), "\(text)")
        }
    }

    @Test func wideTitlesTakeTheirColumns() {
        var line = line(100)
        line.title = "特徴 1/2"
        for width in 0...120 { #expect(TerminalText.columns(line.text(width: width)) <= width) }
    }

    @Test func whatIsNoNumberHasNoSign() {
        var line = line(400)
        (line.loss, line.accuracy) = (-Double.nan, -Double.nan)
        #expect(line.text.contains("loss nan  accuracy nan %"))
    }

    @Test func slowRunsHaveDecimals() {
        #expect(line(100, seconds: 80).text.contains("1.2 images/s  4:00 left"))
    }

    @Test func beforeTheFirstImageTheTimeLeftIsUnknown() {
        #expect(line(0).text.hasSuffix("0.0 images/s  ? left"))
        #expect(line(10, seconds: 0).text.hasSuffix("0.0 images/s  ? left"))
    }

    @Test func imagesOfARunBeforeDoNotCountAsFast() {
        #expect(line(200, initial: 100).text.contains("50 images/s  0:04 left"))
    }

    @Test(arguments: [
        (0.0, "0:00"), (0.2, "0:01"), (59.5, "1:00"), (3599, "59:59"), (3723, "1:02:03"), (-1, "0:00"),
        (.infinity, "99999:59:59"),
    ])
    func durations(seconds: Double, expected: String) {
        #expect(ProgressLine.duration(seconds) == expected)
    }

    /// Stands for a terminal or a file, at a time of the test's choice.
    private final class Screen {
        var width: Int?
        var time = 0.0
        var written: [String] = []

        init(width: Int?) { self.width = width }

        var output: ProgressBar.Output {
            .init(width: { self.width }, write: { self.written.append($0) }, now: { self.time })
        }
    }

    @Test func aTerminalIsRedrawnTenTimesASecondAtMost() {
        let screen = Screen(width: 100)
        let bar = ProgressBar(title: "epoch", total: 1000, output: screen.output)
        for done in 1...1000 {
            screen.time = Double(done) / 1000
            bar.update(done: done, loss: 1, accuracy: 0.5)
        }
        #expect((8...10).contains(screen.written.count))
        #expect(screen.written.allSatisfy { $0.hasPrefix("\r") && $0.count <= 100 })
        bar.finish()
        #expect(screen.written.last == "\n")
        #expect(screen.written.dropLast().last!.contains("1000/1000"))
    }

    @Test func validationIsWaitedForAndEndsTheLine() {
        for (width, expected) in [(100, 4), (nil, 1)] as [(Int?, Int)] {
            let screen = Screen(width: width)
            let bar = ProgressBar(title: "epoch 1/2", total: 10, output: screen.output)
            screen.time = 1
            bar.update(done: 10, loss: 1, accuracy: 0.5)
            bar.beginValidation()
            if width != nil { #expect(screen.written.last!.hasSuffix("validating")) }
            screen.time = 3
            bar.finish(validationLoss: 2, validationAccuracy: 0.25)
            #expect(screen.written.count == expected, "\(screen.written)")
            let line = screen.written.last { $0.contains("epoch") }!
            #expect(line.contains("val loss 2.0") && line.contains("25.0 %") && line.contains("took 3.0 s"))
            // The rate is that of training.
            if width == nil { #expect(line.contains("  10 images/s")) }
        }
    }

    @Test func aLineIsClearedForAnother() {
        let screen = Screen(width: 60)
        let bar = ProgressBar(title: "epoch", total: 400, output: screen.output)
        bar.clear()
        #expect(screen.written.isEmpty)
        screen.time = 1
        bar.update(done: 100)
        bar.clear()
        let columns = screen.written[0].count - 1
        #expect(screen.written[1] == "\r" + String(repeating: " ", count: columns) + "\r")
        bar.clear()
        #expect(screen.written.count == 2)
    }

    @Test func aShorterLineBlanksOutTheLongerOneBefore() {
        let screen = Screen(width: 60)
        let bar = ProgressBar(title: "epoch", total: 400, output: screen.output)
        for (time, loss) in [(1.0, 12345.0), (2, 1)] {
            screen.time = time
            bar.update(done: Int(100 * time), loss: loss, accuracy: 0.5)
        }
        #expect(screen.written.count == 2)
        #expect(screen.written[1].count == screen.written[0].count)
    }

    @Test func aLogGetsALineEveryHalfMinuteAndAtTheEnd() {
        let screen = Screen(width: nil)
        let bar = ProgressBar(title: "epoch", total: 100, output: screen.output)
        for done in 1...100 {
            screen.time = Double(done)
            bar.update(done: done, loss: 1, accuracy: 0.5)
        }
        bar.finish()
        bar.finish()
        #expect(
            screen.written.map { $0.split(separator: "  ")[1] } == ["30/100", "60/100", "90/100", "100/100"])
        #expect(screen.written.allSatisfy { $0.hasSuffix("\n") && !$0.contains("\r") })
    }

    @Test func withoutOutputNothingHappens() {
        let bar = ProgressBar(title: "epoch", total: 10, style: .none)
        bar.update(done: 10, loss: 1, accuracy: 1)
        bar.finish()
    }
}
