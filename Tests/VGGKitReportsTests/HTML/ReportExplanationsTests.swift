// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing
import VGGKit
import VGGKitReports

@Suite struct ReportExplanationsTests {
    @Test func whatCountsKeepsItsColourAndTheRestTurnsGrey() {
        let image = Image(width: 4, height: 2, color: [40, 160, 90])
        let overlay = HeatMap(height: 1, width: 2, values: [0, 3]).overlay(on: image)
        #expect(overlay.size == image.size)
        let (cold, hot) = (Array(overlay[0, 0]), Array(overlay[3, 1]))
        #expect(cold[0] == cold[1] && cold[1] == cold[2] && cold[0] < 60)
        // Full heat: 55 % of the pixel, 45 % of yellow.
        #expect(
            hot == [
                UInt8(40 * 0.55 + 255 * 0.45), UInt8(160 * 0.55 + 230 * 0.45), UInt8(90 * 0.55 + 30 * 0.45),
            ])
    }

    @Test func greyPicturesAndEmptyMapsDo() {
        let image = Image(width: 3, height: 3, color: [200])
        let overlay = HeatMap(height: 2, width: 2, values: [0, 0, 0, 0]).overlay(on: image)
        #expect(overlay.channels == 3 && overlay.pixels == [UInt8](repeating: 70, count: 27))
    }

    @Test func theOriginalIsBesideTheMap() {
        let image = Image(width: 100, height: 2, color: [40, 160, 90])
        let heat = HeatMap(height: 1, width: 2, values: [0, 3])
        let comparison = heat.comparison(on: image)
        #expect(comparison.width == 202 && comparison.height == 2)
        for row in 0..<2 {
            #expect((0..<100).allSatisfy { comparison[$0, row].elementsEqual([40, 160, 90]) })
            #expect((100..<102).allSatisfy { comparison[$0, row].elementsEqual([255, 255, 255]) })
            let overlay = heat.overlay(on: image)
            #expect((0..<100).allSatisfy { comparison[102 + $0, row].elementsEqual(overlay[$0, row]) })
        }
        #expect(heat.comparison(on: Image(width: 3, height: 3, color: [200])).width == 7)
    }

    /// Six photos of each of two colours, and a network that has not learnt anything.
    private func folder() throws -> (TemporaryFolder, ImageFolder) {
        let folder = TemporaryFolder()
        for (name, color) in [("blue", [0, 0, 200]), ("red", [200, 0, 0])] {
            let place = folder.url.appending(path: name)
            try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
            for index in 0..<6 {
                try Image(width: 20 + index, height: 24, color: color.map { UInt8($0 + 9 * index) })
                    .write(to: place.appending(path: "\(index).png"))
            }
        }
        return (folder, try ImageFolder(folder.url))
    }

    private let preprocessing = Compose([Resize(16), CenterCrop(16)], normalize: .imageNet)

    private var model: Sequential {
        withRandomSource(RandomSource(seed: 3)) {
            Sequential(
                Conv2d(3, 6, kernelSize: 3, padding: 1), ReLU(), MaxPool2d(kernelSize: 2), Flatten(),
                Linear(6 * 64, 2))
        }
    }

    @Test func eachPhotoShowsWhatSpokeForIt() throws {
        let (keeper, photos) = try folder()
        let model = model
        var report = HTMLReport(title: "explained")
        report.evaluation = try evaluate(
            model, on: DataLoader(photos.transformed(by: preprocessing), batchSize: 5),
            classes: photos.classes)
        try report.addPhotos(of: photos, explaining: model, preprocessing: preprocessing, hitsPerClass: 6)
        let all = report.mistakes + report.hits
        #expect(all.count == 12)
        for photo in all {
            let overlay = try #require(photo.overlay)
            #expect(overlay.size == photo.image.size)
            // As Grad-CAM itself has it.
            var generator = RandomGenerator(seed: 0)
            let input = try preprocessing(Image(contentsOf: #require(photo.file)), using: &generator)
            let label = try #require(photos.classes.firstIndex(of: photo.ranking[0].name))
            let heat = try GradCAM(model)(input.expanded(at: 0), classes: [label]).heat[0]
            #expect(overlay == heat.overlay(on: photo.image))
        }
        let page = try XMLTree.parse(report.html)
        #expect(page.all("ul", class: "pairs").flatMap { $0.all("img") }.count == 24)
        withExtendedLifetime(keeper) {}
    }

    @Test(arguments: [(600, 12), (5, 5)])
    func theMapShowsEachPhotoOnce(_ limit: Int, _ count: Int) throws {
        let (keeper, photos) = try folder()
        var report = HTMLReport(title: "map")
        try report.addMap(of: photos, model: model, preprocessing: preprocessing, limit: limit, batchSize: 4)
        let map = try #require(report.map)
        #expect(map.points.count == count && Set(map.points.map(\.name)).count == count)
        #expect(map.classes == ["blue", "red"] && Set(map.points.map(\.label)) == [0, 1])
        #expect(map.points.allSatisfy { $0.x.isFinite && $0.y.isFinite && $0.thumbnail?.width == 64 })
        let page = try XMLTree.parse(report.html)
        #expect(page.element(id: "map")!.all("svg")[0].all("circle", class: "point").count == count)
        #expect(
            page.element(id: "map")!.all("image").allSatisfy { $0.attributes["href"]!.hasPrefix("data:") })
        withExtendedLifetime(keeper) {}
    }
}
