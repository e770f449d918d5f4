// SPDX-License-Identifier: Apache-2.0

import Drawing
import Foundation
import Testing

@Suite struct FigureTests {
    private struct Dot: Figure {
        let width = 30.0
        let height = 20.0
        func draw(on canvas: inout Canvas) { canvas.fill(.circle(Point(15, 10), radius: 5), .black) }
    }

    private func withFolder(_ body: (URL) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "figure-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder)
    }

    @Test func isWrittenAsItsExtensionSays() throws {
        try withFolder { folder in
            try Dot().save(to: folder.appending(path: "dot.PNG"))
            try Dot().save(to: folder.appending(path: "dot.svg"))
            #expect(try Data(contentsOf: folder.appending(path: "dot.PNG")) == Dot().bitmap().pngData)
            #expect(try Data(contentsOf: folder.appending(path: "dot.svg")) == Dot().svgData)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count == 2)
        }
    }

    @Test func hasScalePixelsAPoint() {
        let bitmap = Dot().bitmap(scale: 3)
        #expect(bitmap.width == 90 && bitmap.height == 60)
        #expect(bitmap.pixels[3 * (30 * 90 + 45)] == 0)
    }

    @Test func refusesOtherFormats() {
        let url = URL(filePath: "dot.gif")
        #expect(throws: DrawingError.unknownFormat(url, found: "gif")) { try Dot().save(to: url) }
    }

    @Test func saysWhichFileCouldNotBeWritten() throws {
        try withFolder { folder in
            let url = folder.appending(path: "missing/dot.png")
            #expect {
                try Dot().save(to: url)
            } throws: { error in
                "\(error)".contains(url.path)
            }
        }
    }
}
