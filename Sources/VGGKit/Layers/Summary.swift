// SPDX-License-Identifier: Apache-2.0

/// A summary of a model: each layer's output shape, parameters and multiply-adds for one batch.
public struct Summary: Sendable, CustomStringConvertible {
    /// One call of a layer that calls no other layer.
    public struct Row: Sendable {
        /// The layer's name in a state dictionary, as `features.0`. Empty for the model itself, and for a
        /// layer that is none of its properties.
        public var name: String
        /// The layer's description, such as `Linear(512, 10)`, or the name of its type.
        public var layer: String
        /// The shape of the output, including the batch axis.
        public var outputShape: [Int]
        /// The number of elements of the layer's parameters, frozen ones included.
        public var parameterCount: Int
        /// The multiply-adds for the whole batch; 0 for layers that do not report them.
        public var multiplyAdds: Int
    }

    /// The shape of the batch that the model was called with.
    public var inputShape: [Int]
    /// The calls, in the order in which they ended.
    public var rows: [Row]
    /// The number of elements of the model's parameters. A parameter that is shared counts once.
    public var parameterCount: Int
    /// The number of these elements that are not frozen.
    public var trainableCount: Int
    /// The multiply-adds of one forward pass over the batch.
    public var multiplyAdds: Int { rows.reduce(0) { $0 + $1.multiplyAdds } }
    /// The total bytes of the layers' outputs, which a training step keeps.
    public var activationBytes: Int { rows.reduce(0) { $0 + 4 * $1.outputShape.reduce(1, *) } }

    public var description: String { table(columns: 0..<6) }

    /// The description in `width` columns. If it is too wide, the last columns of the table are dropped
    /// first.
    package func description(width: Int) -> String {
        let tables = (2...6).reversed().lazy.map { table(columns: 0..<$0) }
        func fits(_ table: String) -> Bool {
            table.split(separator: "\n").allSatisfy { TerminalText.columns(String($0)) <= width }
        }
        return tables.first(where: fits) ?? TerminalText.wrapped(table(columns: 0..<2), width: width)
    }

    private func table(columns: Range<Int>) -> String {
        let header = Array(["layer", "", "output", "parameters", "multiply-adds", "memory"][columns])
        let cells = rows.map { row in
            let cells = [
                row.name, row.layer, row.outputShape.map(String.init).joined(separator: "×"),
                row.parameterCount == 0 ? "" : Self.grouped(row.parameterCount),
                row.multiplyAdds == 0 ? "" : Self.grouped(row.multiplyAdds),
                Self.megabytes(4 * (row.outputShape.reduce(1, *) + row.parameterCount)),
            ]
            return Array(cells[columns])
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

    package static func grouped(_ number: Int) -> String {
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
    /// Runs the model once on zeros and lists each layer's output.
    /// - Parameter inputShape: of a whole batch, `[N, C, H, W]` for images.
    public func summary(inputShape: [Int]) -> Summary {
        var rows: [Summary.Row] = []
        let calls = NamedCalls(self) { call in
            if call.isInnermost { rows.append(Summary.Row(call)) }
            return nil
        }
        withObserver(calls) {
            withPhase(.inference) { withoutRecording { _ = self(Tensor.zeros(inputShape)) } }
        }
        return Summary(
            inputShape: inputShape, rows: rows, parameterCount: parameterCount,
            trainableCount: parameters.filter(\.isTrainable).reduce(0) { $0 + $1.value.count })
    }
}

extension Summary.Row {
    fileprivate init(_ call: NamedCalls.Call) {
        let operation = call.layer as? any SummarizedLayer
        self.init(
            name: call.name ?? "", layer: operation?.description ?? "\(type(of: call.layer))",
            outputShape: call.output.shape, parameterCount: call.layer.parameterCount,
            multiplyAdds: operation?.multiplyAdds(input: call.input.shape, output: call.output.shape) ?? 0)
    }
}
