// SPDX-License-Identifier: Apache-2.0

extension VGG.Configuration {
    /// Recognises the network of a state dictionary by its keys and shapes; nil if it is not a VGG.
    ///
    /// Layers without weights are inferred from gaps in the layers' numbers: one missing number is a pooling,
    /// two are a local response normalisation and a pooling.
    public init?(recognizing shapes: [String: [Int]]) {
        let convolutions = Self.numbered(shapes, "features", rank: 4)
        let linears = Self.numbered(shapes, "classifier", rank: 2)
        guard let first = convolutions.first, let last = linears.last, !linears.isEmpty else { return nil }
        let hasNormalization = shapes["features.\(first.number + 1).running_mean"] != nil
        var column: [VGG.Stage] = []
        var (next, channels) = (0, first.shape[1])
        for (number, shape) in convolutions {
            switch number - next {
            case 0: break
            case 1: column.append(.maxPool)
            case 2: column += [.localResponseNorm, .maxPool]
            default: return nil
            }
            guard shape[1] == channels, shape[2] == shape[3], shape[2] % 2 == 1 else { return nil }
            column.append(.convolution(channels: shape[0], kernel: shape[2]))
            channels = shape[0]
            next = number + (hasNormalization ? 3 : 2)
        }
        column.append(.maxPool)
        let width = linears[0].shape[1]
        let side = Int(Double(width / max(1, channels)).squareRoot().rounded())
        guard channels > 0, side * side * channels == width,
            linears.map(\.number) == linears.indices.map({ 3 * $0 })
        else { return nil }
        self.init(
            column: column, batchNormalization: hasNormalization, classCount: last.shape[0],
            inputChannels: first.shape[1], pooledSize: side,
            hiddenUnits: linears.dropLast().map { $0.shape[0] })
        guard problem == nil else { return nil }
    }

    /// The weights `<name>.<number>.weight` of a rank, by number.
    private static func numbered(
        _ shapes: [String: [Int]], _ name: String, rank: Int
    ) -> [(number: Int, shape: [Int])] {
        shapes.compactMap { key, shape in
            let parts = key.split(separator: ".")
            guard parts.count == 3, parts[0] == name, parts[2] == "weight", shape.count == rank,
                let number = Int(parts[1]), number >= 0
            else { return nil }
            return (number, shape)
        }.sorted { $0.number < $1.number }
    }
}
