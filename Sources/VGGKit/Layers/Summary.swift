// SPDX-License-Identifier: Apache-2.0

/// What a model consists of: each layer's output shape, parameters and multiply-adds for one batch.
public struct Summary: Sendable, CustomStringConvertible {
    public struct Row: Sendable {
        public var name: String
        public var layer: String
        public var outputShape: [Int]
        public var parameterCount: Int
        public var multiplyAdds: Int
    }

    public var inputShape: [Int]
    public var rows: [Row]
    public var parameterCount: Int
    public var trainableCount: Int
    public var multiplyAdds: Int { rows.reduce(0) { $0 + $1.multiplyAdds } }
    /// What the layers' outputs take together, as a training step keeps them.
    public var activationBytes: Int { rows.reduce(0) { $0 + 4 * $1.outputShape.reduce(1, *) } }

    public var description: String {
        let header = ["layer", "", "output", "parameters", "multiply-adds", "memory"]
        let cells = rows.map { row in
            [
                row.name, row.layer, row.outputShape.map(String.init).joined(separator: "×"),
                row.parameterCount == 0 ? "" : Self.grouped(row.parameterCount),
                row.multiplyAdds == 0 ? "" : Self.grouped(row.multiplyAdds),
                Self.megabytes(4 * (row.outputShape.reduce(1, *) + row.parameterCount)),
            ]
        }
        let widths = header.indices.map { column in ([header] + cells).map { $0[column].count }.max()! }
        func line(_ cells: [String]) -> String {
            cells.enumerated().map { column, text in
                let fill = String(repeating: " ", count: widths[column] - text.count)
                return column < 3 ? text + fill : fill + text
            }.joined(separator: "  ")
        }
        let rule = String(repeating: "─", count: widths.reduce(2 * (widths.count - 1), +))
        return ([line(header), rule] + cells.map(line) + [rule, totals]).joined(separator: "\n")
    }

    private var totals: String {
        """
        input \(inputShape.map(String.init).joined(separator: "×"))
        \(Self.grouped(parameterCount)) parameters (\(Self.grouped(trainableCount)) trainable), \
        \(Self.megabytes(4 * parameterCount))
        \(Self.grouped(multiplyAdds)) multiply-adds, \(Self.megabytes(activationBytes)) of activations
        """
    }

    static func grouped(_ number: Int) -> String {
        var text = ""
        for (index, digit) in String(number).reversed().enumerated() {
            if index > 0 && index % 3 == 0 { text = "," + text }
            text = String(digit) + text
        }
        return text
    }

    private static func megabytes(_ bytes: Int) -> String {
        let tenths = (bytes * 10 + 524_288) / 1_048_576
        return "\(grouped(tenths / 10)).\(tenths % 10) MiB"
    }
}

extension Layer {
    /// Runs the model once on zeros and tells what each layer made of them.
    /// - Parameter inputShape: of a whole batch, `[N, C, H, W]` for images.
    public func summary(inputShape: [Int]) -> Summary {
        let recorder = SummaryRecorder()
        SummaryRecorder.$current.withValue(recorder) {
            withPhase(.inference) { withoutRecording { _ = self(Tensor.zeros(inputShape)) } }
        }
        var unnamed = LayerContents(of: self).leaves
        let rows = recorder.calls.map { call in
            let match = unnamed.firstIndex { Self.isSame($0.layer, call.layer) }
            return Summary.Row(
                name: match.map { unnamed.remove(at: $0).name } ?? "", layer: call.title,
                outputShape: call.output,
                parameterCount: call.layer.parameterCount,
                multiplyAdds: (call.layer as? any SummarizedLayer)?.multiplyAdds(
                    input: call.input, output: call.output) ?? 0)
        }
        return Summary(
            inputShape: inputShape, rows: rows, parameterCount: parameterCount,
            trainableCount: parameters.filter(\.isTrainable).reduce(0) { $0 + $1.value.count })
    }

    /// Layers with parameters are told apart by these; the others, equal in all they do, come in order.
    private static func isSame(_ a: any SummarizedLayer, _ b: any Layer) -> Bool {
        guard let b = b as? any SummarizedLayer, a.description == b.description else { return false }
        return zip(a.parameters, b.parameters).allSatisfy { $0 === $1 }
    }
}

/// Notes the calls of a model's innermost layers while a summary is made.
package final class SummaryRecorder: @unchecked Sendable {  // Used by the one task that makes the summary.
    @TaskLocal static var current: SummaryRecorder?

    struct Call {
        var layer: any Layer
        var title: String
        var input: [Int]
        var output: [Int]
    }

    private(set) var calls: [Call] = []

    package static var isActive: Bool { current != nil }

    /// Runs a layer; its call is noted unless layers inside it were.
    package static func record(_ layer: any Layer, _ input: Tensor, _ call: () -> Tensor) -> Tensor {
        guard let recorder = current else { return call() }
        let before = recorder.calls.count
        let output = call()
        if recorder.calls.count == before {
            let title = (layer as? any SummarizedLayer)?.description ?? "\(type(of: layer))"
            recorder.calls.append(Call(layer: layer, title: title, input: input.shape, output: output.shape))
        }
        return output
    }
}
