// SPDX-License-Identifier: Apache-2.0

import Files
import Foundation
import TestSupport
import Testing
import VGGKit
import VGGKitReports

@Suite struct HTMLReportTests {
    private struct Identity: Layer {
        func callAsFunction(_ input: Tensor) -> Tensor {
            input.reshaped(to: [input.shape[0], input.shape[1]])
        }
    }

    /// Six samples of three classes, four of them hits.
    private func evaluation(_ classes: [String]) throws -> Evaluation {
        let logits: [Float] = [4, 0, 0, 2, 0, 0, 0, 3, 0, 0, 1, 0, 0, 2, 0, 1, 0, 0]
        let loader = DataLoader(
            TensorDataset(
                images: Tensor(logits, shape: [6, 3, 1, 1]), labels: Tensor([0, 0, 1, 1, 2, 2] as [Int32])),
            batchSize: 4, workers: 0)
        return try evaluate(Identity(), on: loader, classes: classes)
    }

    private var history: History {
        var history = History()
        for number in 1...3 {
            history.epochs.append(
                History.Epoch(
                    number: number, learningRate: 0.1 / Double(number), trainLoss: 2 / Double(number),
                    trainAccuracy: 0.2 * Double(number), validationLoss: number == 2 ? 0.75 : 1.5,
                    validationAccuracy: number == 2 ? 0.625 : 0.5, validationTopFive: 1))
        }
        return history
    }

    private func photo(_ name: String, label: String, taken: String, overlay: Bool = false)
        -> HTMLReport.Photo
    {
        let image = Image(width: 8, height: 8, color: [200, 30, 90])
        return HTMLReport.Photo(
            image: image, overlay: overlay ? image : nil, name: name, label: label,
            ranking: [.init(name: taken, probability: 0.875), .init(name: label, probability: 0.125)],
            labelProbability: taken == label ? 0.875 : 0.125)
    }

    private func report(_ names: [String] = ["daisy", "roses", "tulips"], file: String = "a.jpg") throws
        -> HTMLReport
    {
        let model = Sequential(Conv2d(3, 4, kernelSize: 3, padding: 1), ReLU(), Flatten(), Linear(4 * 64, 3))
        var report = HTMLReport(title: "Run \(names[0])")
        report.subtitle = names[1]
        report.history = history
        report.evaluation = try evaluation(names)
        report.mistakes = [photo(file, label: names[2], taken: names[0], overlay: true)]
        report.hits = names.map { photo(file, label: $0, taken: $0) }
        report.suspects = [true, false].map {
            .init(
                path: file, label: names[0], labelProbability: 0.125, suggestion: names[1],
                suggestionProbability: 0.75, part: "training",
                image: $0 ? Image(width: 8, height: 8, color: [1, 2, 3]) : nil)
        }
        report.suspectsOf = 40
        report.map = PhotoMap(
            points: names.indices.map {
                .init(
                    x: Double($0), y: .pi, label: $0, name: names[$0],
                    thumbnail: Image(width: 4, height: 4, color: [9, 9, 9]))
            }, classes: names, remark: names[0])
        report.filters = HTMLReport.filters(of: model)
        report.summary = model.summary(inputShape: [1, 3, 8, 8])
        report.command = "flowers train \(names[0])"
        report.facts = [.init(names[1], names[2])] + HTMLReport.environment
        return report
    }

    @Test func isWellFormedAndHoldsEverySection() throws {
        let page = try XMLTree.parse(report().html)
        let ids = page.all("section").compactMap { $0.attributes["id"] }
        #expect(
            ids == [
                "training", "classes", "calibration", "mistakes", "suspects", "hits", "map", "filters",
                "model", "run",
            ])
        #expect(page.all("nav")[0].all("a").map { $0.attributes["href"] } == ids.map { "#\($0)" })
        #expect(page.all("h1").map(\.text) == ["Run daisy"])
        #expect(page.all("title")[0].text == "Run daisy")
        #expect(page.all("html")[0].attributes["lang"] == "en")
    }

    @Test func aPageOfNothingHasNoSections() throws {
        let page = try XMLTree.parse(HTMLReport(title: "").html)
        #expect(page.all("section").isEmpty && page.all("nav").isEmpty && page.all("dl").isEmpty)
    }

    @Test func showsTheNumbersThatWereMeasured() throws {
        let page = try XMLTree.parse(report().html)
        let tiles = page.all("dl", class: "headline")[0].children.map {
            $0.all("dd", class: "number")[0].text
        }
        #expect(tiles[0] == "66.7\u{A0}%")
        #expect(tiles.last == "6")
        let matrix = page.all("table", class: "matrix")[0].all("tbody")[0].all("tr").map { row in
            row.all("td").map(\.text)
        }
        #expect(matrix == [["2", "0", "0"], ["0", "2", "0"], ["1", "1", "0"]])
        let classes = page.all("table", class: "classes")[0].all("tbody")[0].all("tr").map { row in
            row.all("td").map(\.text)
        }
        #expect(classes[0] == ["66.7\u{A0}%", "100.0\u{A0}%", "80.0\u{A0}%", "2"])
        #expect(classes[2] == ["–", "0.0\u{A0}%", "0.0\u{A0}%", "2"])
        let epochs = page.element(id: "training")!.all("tbody")[0].all("tr")
        #expect(epochs.map { $0.all("td")[3].text } == ["1.500", "0.750", "1.500"])
        #expect(epochs.map { $0.classes } == [[], ["best"], []])
    }

    @Test func curvesLieWhereTheirValuesAre() throws {
        let page = try XMLTree.parse(report().html)
        let accuracy = page.element(id: "training")!.all("svg")[1]
        let lines = accuracy.all("polyline").map { line in
            line.attributes["points"]!.split(separator: " ").map {
                $0.split(separator: ",").map { Double($0)! }
            }
        }
        #expect(lines.map(\.count) == [3, 3])
        // 20, 40 and 60 % of an axis from 0 to 100.
        let heights = lines[0].map { $0[1] }
        #expect(abs((heights[0] - heights[1]) - (heights[1] - heights[2])) < 0.11 && heights[0] > heights[2])
        let ring = accuracy.all("circle", class: "ring")[0].attributes
        #expect(Double(ring["cx"]!) == lines[1][1][0] && Double(ring["cy"]!) == lines[1][1][1])
        #expect(accuracy.all("title").map(\.text).contains("epoch 2: validation 62.5\u{A0}%"))
    }

    @Test func asksForNothingFromOutside() throws {
        let page = try XMLTree.parse(report().html)
        for element in page.descendants {
            for name in ["src", "href"] {
                guard let address = element.attributes[name] else { continue }
                #expect(address.hasPrefix("data:") || address.hasPrefix("#"), "\(element.name) \(address)")
            }
        }
        #expect(page.all("script").isEmpty)
        #expect(!page.all("style")[0].text.contains("url(") && !page.all("style")[0].text.contains("@import"))
    }

    @Test func picturesAreReadableAndSaid() throws {
        let page = try XMLTree.parse(report().html)
        let photos = page.element(id: "mistakes")!.all("img")
        #expect(photos.count == 2 && photos[0].attributes["alt"] == "a.jpg: tulips, taken for daisy")
        for image in page.all("img") {
            let (kind, data) = try #require(Self.data(image.attributes["src"]))
            #expect(kind == "jpeg" ? data.starts(with: [0xFF, 0xD8]) : data.starts(with: [0x89, 0x50]))
            #expect(image.attributes["alt"] != nil && image.attributes["width"] != nil)
        }
        #expect(page.element(id: "filters")!.all("img").count == 4)
        for chart in page.all("svg") where chart.attributes["aria-hidden"] == nil {
            #expect(chart.attributes["role"] == "img" && chart.attributes["aria-label"]?.isEmpty == false)
        }
        for table in page.all("table") { #expect(table.all("caption").count == 1) }
    }

    private static func data(_ address: String?) -> (kind: String, data: Data)? {
        guard let address, address.hasPrefix("data:image/"), let comma = address.firstIndex(of: ",") else {
            return nil
        }
        let kind = address.dropFirst("data:image/".count).prefix { $0 != ";" }
        return Data(base64Encoded: String(address[address.index(after: comma)...])).map { (String(kind), $0) }
    }

    @Test(arguments: [
        "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "'; --w: url(http://x) /*",
        "</style></svg>",
        "&amp;<!--", "]]>", "\u{202E}gpj.exe", "\u{1}\u{0}\u{7F}", "a b\nc", "\\(x)",
    ])
    func hostileNamesStayText(_ hostile: String) throws {
        let plain = try XMLTree.parse(report().html)
        let names = [hostile, hostile + "2", hostile + "3"]
        let page = try XMLTree.parse(report(names, file: hostile).html)
        #expect(page.descendants.map(\.name) == plain.descendants.map(\.name))
        #expect(
            page.descendants.map { $0.attributes.keys.sorted() }
                == plain.descendants.map { $0.attributes.keys.sorted() })
        let shown = String(
            hostile.unicodeScalars.map {
                $0.value < 32 && $0 != "\n" || $0.value == 127 ? "\u{FFFD}" : Character($0)
            })
        let rows = page.all("table", class: "classes")[0].all("tbody")[0].all("th").map(\.text)
        #expect(rows == [shown, shown + "2", shown + "3"])
        #expect(page.all("p", class: "file").allSatisfy { $0.text == shown })
        #expect(page.all("pre", class: "paths").map(\.text) == ["\(shown)\n\(shown)\n"])
        #expect(page.all("style")[0].text == plain.all("style")[0].text)
        #expect(page.all("img").allSatisfy { $0.attributes["src"]!.hasPrefix("data:image/") })
    }

    @Test(arguments: [1, 2, 24, 25, 300])
    func takesAnyNumberOfClasses(_ count: Int) throws {
        let logits = Tensor.oneHot(Tensor((0..<count).map { Int32(($0 * 7 + 1) % count) }), classCount: count)
        let loader = DataLoader(
            TensorDataset(
                images: logits.reshaped(to: [count, count, 1, 1]), labels: Tensor((0..<count).map(Int32.init))
            ),
            batchSize: 64, workers: 0)
        var report = HTMLReport(title: "many")
        report.evaluation = try evaluate(
            Identity(), on: loader, classes: (0..<count).map { "class \($0)" })
        let page = try XMLTree.parse(report.html)
        #expect(page.all("table", class: "classes")[0].all("tbody")[0].all("tr").count == count)
        #expect(page.all("table", class: "matrix").isEmpty == (count > 24))
        #expect(page.all("figure", class: "matrix-picture").isEmpty == (count <= 24))
    }

    @Test func toleratesNumbersThatAreNone() throws {
        var history = history
        history.epochs[1].trainLoss = .infinity
        history.epochs[2].validationLoss = nil
        history.epochs[0].learningRate = .nan
        var report = HTMLReport(title: "odd")
        report.history = history
        let text = report.html
        _ = try XMLTree.parse(text)
        #expect(!text.contains("nan") && !text.contains("inf\""))
        report.history?.epochs = [history.epochs[0]]
        _ = try XMLTree.parse(report.html)
    }

    @Test func theIntervalIsWilsons() {
        // statsmodels' proportion_confint(45, 50, method="wilson")
        let interval = HTMLReport.wilsonInterval(hits: 45, of: 50)
        #expect(abs(interval.lowerBound - 0.786399) < 1e-5 && abs(interval.upperBound - 0.956523) < 1e-5)
        #expect(HTMLReport.wilsonInterval(hits: 0, of: 0) == 0...1)
        #expect(HTMLReport.wilsonInterval(hits: 9, of: 9).upperBound == 1)
    }

    @Test func isWrittenWholeOrNotAtAll() throws {
        let folder = TemporaryFolder()
        let url = folder.url.appending(path: "report.html")
        try report().write(to: url)
        #expect(folder.names == ["report.html"])
        _ = try XMLTree.parse(String(contentsOf: url, encoding: .utf8))
        let before = try Data(contentsOf: url)
        #expect(throws: FileError.self) {
            try report().write(to: folder.url.appending(path: "report.html/none.html"))
        }
        #expect(try Data(contentsOf: url) == before)
    }

    @Test func calibrationSaysHowManyPhotosAndWhatTheColoursMean() throws {
        let section = try #require(XMLTree.parse(report().html).element(id: "calibration"))
        let counts = try evaluation(["a", "b", "c"]).calibration.bins.map(\.count)
        let ticks = section.all("text", class: "end").map(\.text)
        #expect(ticks.suffix(2) == ["0", "\(counts.max()!)"])
        let legend = section.all("li").map(\.text)
        #expect(
            legend.count == 3 && legend[1].contains("too sure") && legend[2].contains("not sure enough"))
        // Bars beside each other do not touch.
        let bars = section.all("rect", class: "photos").map { bar in
            (x: Double(bar.attributes["x"]!)!, width: Double(bar.attributes["width"]!)!)
        }
        #expect(bars.count == counts.count { $0 > 0 } && bars.count > 1)
        for (left, right) in zip(bars, bars.dropFirst()) { #expect(right.x - left.x - left.width > 2) }
    }

    @Test func suspectsAreShownAndListed() throws {
        let section = try #require(XMLTree.parse(report().html).element(id: "suspects"))
        #expect(section.all("p", class: "remark")[0].text.hasPrefix("2 photos of 40: "))
        // One of them has a picture.
        #expect(section.all("img").count == 1)
        let guesses = section.all("ul", class: "guesses")[0].all("li").map(\.text)
        #expect(guesses == ["looks like roses75.0\u{A0}%", "is in daisy12.5\u{A0}%"])
        #expect(section.all("p", class: "file-of-part")[0].text == "training: a.jpg")
        #expect(section.all("pre")[0].text == "a.jpg\na.jpg\n")
    }

    /// Names lie at points of their classes, whole on the map, and none on another.
    @Test func theMapNamesClassesWhereTheyAre() throws {
        var generator = RandomGenerator(seed: 8)
        let classes = ["daisy", "dandelion", "roses", "sunflowers", "tulips"]
        // Two groups of each class, far from each other, so that nothing lies in the middle; the last at the
        // border.
        let points = (0..<200).map { index in
            let (label, group) = (index % 5, Double(index / 5 % 2))
            let centre = label == 4 ? (x: 60.0, y: 60 * group) : (x: 12.0 * Double(label), y: 50 * group)
            return PhotoMap.Point(
                x: centre.x + Double(generator.uniform(in: -4...4)),
                y: centre.y + Double(generator.uniform(in: -4...4)), label: label, name: "\(index)")
        }
        var report = HTMLReport(title: "map")
        report.map = PhotoMap(points: points, classes: classes, remark: "")
        let chart = try #require(XMLTree.parse(report.html).element(id: "map")).all("svg")[0]
        func place(_ element: XMLTree, _ x: String, _ y: String) -> (x: Double, y: Double) {
            (Double(element.attributes[x]!)!, Double(element.attributes[y]!)!)
        }
        for (screen, size) in [("desk", 17.0), ("phone", 36.0)] {
            let names = chart.all("g", class: screen)[0].all("text")
            #expect(names.map(\.text) == classes)
            var boxes: [(x: Double, y: Double, width: Double)] = []
            for (label, name) in names.enumerated() {
                let (x, y) = place(name, "x", "y")
                let own = chart.all("circle", class: "class-\(label)").map { place($0, "cx", "cy") }
                let nearest = own.map { hypot($0.x - x, $0.y - y) }.min()!
                let width = 0.6 * size * Double(classes[label].count)
                #expect(nearest < width / 2 + size, "\(classes[label]) on a \(screen) is \(nearest) away")
                #expect(x - width / 2 >= 0 && x + width / 2 <= 960 && y - size > -1 && y <= 640)
                for box in boxes {
                    #expect(
                        abs(box.x - x) > (box.width + width) / 2 || abs(box.y - y) > size,
                        "\(classes[label]) covers another name on a \(screen)")
                }
                boxes.append((x, y, width))
            }
        }
    }

    @Test func barsOfSharesAreSharesOfTheirCells() throws {
        let table = try XMLTree.parse(report().html).all("table", class: "classes")[0]
        let shares = table.all("td", class: "bar").map { $0.attributes["style"]! }
        #expect(shares[0] == "--w:0.667" && shares[1] == "--w:1.000" && shares.count == 9)
    }

    @Test func photosComeFromTheirFiles() throws {
        let folder = TemporaryFolder()
        for (name, color) in [("blue", [0, 0, 200]), ("red", [200, 0, 0])] {
            let place = folder.url.appending(path: name)
            try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
            for index in 0..<2 {
                try Image(width: 40, height: 30, color: color.map(UInt8.init))
                    .write(to: place.appending(path: "\(index).png"))
            }
        }
        let photos = try ImageFolder(folder.url)
        // Takes everything for blue.
        struct Blue: Layer {
            func callAsFunction(_ input: Tensor) -> Tensor {
                Tensor.oneHot(Tensor([Int32](repeating: 0, count: input.shape[0])), classCount: 2)
            }
        }
        var report = HTMLReport(title: "colours")
        report.evaluation = try evaluate(
            Blue(),
            on: DataLoader(
                photos.transformed(by: Compose([Resize(8), CenterCrop(8)])), batchSize: 3, workers: 0),
            classes: photos.classes)
        report.addSuspects(of: photos, predictions: report.evaluation!.predictions, part: "validation")
        #expect(report.suspects.map(\.path) == photos.files.suffix(2).map(\.relativePath))
        #expect(report.suspects.allSatisfy { $0.label == "red" && $0.suggestion == "blue" })
        #expect(report.suspects[0].image?.width == HTMLReport.Photo.side && report.suspectsOf == 4)
        report.addPhotos(of: photos, mistakes: 1)
        #expect(report.mistakes.map(\.label) == ["red"] && report.mistakes[0].ranking[0].name == "blue")
        #expect(report.hits.map(\.label) == ["blue", "blue"])
        #expect(report.mistakes[0].image.width == HTMLReport.Photo.side)
        #expect(report.mistakes[0].image[5, 5].elementsEqual([200, 0, 0]))
        // A model with more outputs than there are names.
        struct Fourth: Layer {
            func callAsFunction(_ input: Tensor) -> Tensor {
                Tensor.oneHot(Tensor([Int32](repeating: 3, count: input.shape[0])), classCount: 5)
            }
        }
        report.evaluation = try evaluate(
            Fourth(),
            on: DataLoader(
                photos.transformed(by: Compose([Resize(8), CenterCrop(8)])), batchSize: 3, workers: 0),
            classes: photos.classes)
        report.addPhotos(of: photos, mistakes: 2)
        report.addSuspects(of: photos, predictions: report.evaluation!.predictions, part: "validation")
        #expect(report.mistakes.map { $0.ranking[0].name } == ["3", "3"])
        #expect(report.html.contains("colours"))
    }
}
