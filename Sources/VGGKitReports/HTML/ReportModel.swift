// SPDX-License-Identifier: Apache-2.0

import Foundation
import VGGKit

extension HTMLReport {
    var filtersSection: Section? {
        guard !filters.isEmpty else { return nil }
        let pictures = filters.map { HTML.png($0, alt: "", class: "pixels") }
        return Section(
            id: "filters", name: "Filters", title: "What the first layer looks for",
            body: """
                <p class="remark">The \(filters.count) filters of the first convolution, each from its darkest to its brightest weight.</p>
                <div class="filters" role="img" aria-label="\(filters.count) filters of the first layer">\(pictures)</div>
                """)
    }

    var modelSection: Section? {
        guard let summary else { return nil }
        let rows = summary.rows.map { row -> HTML in
            """
            <tr><th scope="row">\(row.name)</th><td class="text">\(row.layer)</td><td>\(Self.shape(row.outputShape))</td>\
            <td>\(row.parameterCount == 0 ? "" : Words.count(row.parameterCount))</td>\
            <td>\(row.multiplyAdds == 0 ? "" : Words.count(row.multiplyAdds))</td></tr>

            """
        }
        let table: HTML = """
            <table class="numbers model"><caption>The layers in the order of their calls, for an input of \
            \(Self.shape(summary.inputShape)).</caption>
            <thead><tr><th scope="col">name</th><th scope="col" class="text">layer</th><th scope="col">output</th>\
            <th scope="col">parameters</th><th scope="col">multiply-adds</th></tr></thead>
            <tbody>\(rows)</tbody>
            <tfoot><tr><th scope="row">all</th><td></td><td></td><td>\(Words.count(summary.parameterCount))</td>\
            <td>\(Words.count(summary.multiplyAdds))</td></tr></tfoot></table>
            """
        return Section(
            id: "model", name: "Model", title: "The model",
            body: """
                <dl class="facts"><div><dt>parameters</dt><dd>\(Words.count(summary.parameterCount))</dd></div>\
                <div><dt>of them trainable</dt><dd>\(Words.count(summary.trainableCount))</dd></div>\
                <div><dt>multiply-adds for an image</dt><dd>\(Words.count(summary.multiplyAdds / max(1, summary.inputShape.first ?? 1)))</dd></div>\
                <div><dt>memory of the parameters</dt><dd>\(Self.mebibytes(4 * summary.parameterCount))</dd></div></dl>
                \(Self.scrolling("Layers of the model", table))
                """)
    }

    var runSection: Section? {
        guard command != nil || !facts.isEmpty else { return nil }
        let list = facts.map { "<div><dt>\($0.name)</dt><dd>\($0.value)</dd></div>" as HTML }
        return Section(
            id: "run", name: "Command", title: "How it was made",
            body: """
                \(command.map { Self.scrolling("The command", "<pre><code>\($0)</code></pre>") })
                \(list.isEmpty ? "" : "<dl class=\"facts wide\">\(list)</dl>" as HTML)
                """)
    }

    private static func shape(_ shape: [Int]) -> String { shape.map(String.init).joined(separator: " × ") }

    private static func mebibytes(_ bytes: Int) -> String {
        String(format: "%.1f\u{A0}MiB", Double(bytes) / 1_048_576)
    }
}

extension HTMLReport {
    /// The filters of a model's first convolution as pictures; none if its input is not grey or RGB images.
    /// - Parameter limit: the most filters that are shown.
    public static func filters(of model: any Layer, limit: Int = 128) -> [Image] {
        // Only filters have four axes.
        guard let weight = model.parameters.first(where: { $0.shape.count == 4 })?.value,
            [1, 3].contains(weight.shape[1])
        else { return [] }
        return (0..<min(limit, weight.shape[0])).map { picture(of: weight[$0]) }
    }

    /// `[C, kH, kW]` as a picture, the smallest weight black, the largest white.
    private static func picture(of filter: Tensor) -> Image {
        let (channels, height, width) = (filter.shape[0], filter.shape[1], filter.shape[2])
        let weights = filter.floats
        let (low, high) = (weights.min() ?? 0, weights.max() ?? 1)
        let scale = high > low ? 255 / (high - low) : 0
        var pixels = [UInt8](repeating: 0, count: weights.count)
        for position in 0..<height * width {
            for channel in 0..<channels {
                let level = (weights[channel * height * width + position] - low) * scale
                pixels[position * channels + channel] =
                    level.isFinite ? UInt8(min(max(level.rounded(), 0), 255)) : 0
            }
        }
        return Image(width: width, height: height, channels: channels, pixels: pixels)
    }

    /// Facts about the machine and the library.
    public static var environment: [Fact] {
        let process = ProcessInfo.processInfo
        return [
            Fact("made", Date.now.formatted(.iso8601.dateSeparator(.dash).dateTimeSeparator(.space))),
            Fact("system", process.operatingSystemVersionString + ", " + architecture),
            Fact("processor", processor ?? "unknown"),
            Fact("cores, threads", "\(Processors.available), \(ThreadPool.shared.threadCount)"),
            Fact("instruction set", "\(Kernels.instructionSet)"),
        ]
    }

    private static var architecture: String {
        var name = utsname()
        uname(&name)
        return withUnsafeBytes(of: name.machine) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }

    private static var processor: String? {
        guard let text = try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8) else { return nil }
        let line = text.split(separator: "\n").first { $0.hasPrefix("model name") }
        return line?.split(separator: ":", maxSplits: 1).last?.trimmingCharacters(in: .whitespaces)
    }
}
