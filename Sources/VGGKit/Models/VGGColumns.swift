// SPDX-License-Identifier: Apache-2.0

extension VGG {
    /// One entry of a column of the paper's table 1. An integer literal is a 3×3 convolution with that many
    /// channels.
    public enum Stage: Sendable, Hashable, ExpressibleByIntegerLiteral {
        case convolution(channels: Int, kernel: Int)
        case localResponseNorm
        case maxPool

        public init(integerLiteral channels: Int) { self = .convolution(channels: channels, kernel: 3) }

        /// A 1×1 convolution.
        public static func pointwise(_ channels: Int) -> Stage { .convolution(channels: channels, kernel: 1) }
    }

    /// The paper's table 1.
    public enum Column: String, Sendable, CaseIterable, Codable {
        case a = "A"
        case aLRN = "A-LRN"
        case b = "B"
        case c = "C"
        case d = "D"
        case e = "E"

        /// The name, which is torchvision's for networks that torchvision has.
        public var name: String {
            switch self {
            case .a: "vgg11"
            case .aLRN: "vgg11-lrn"
            case .b: "vgg13"
            case .c: "vgg16-c"
            case .d: "vgg16"
            case .e: "vgg19"
            }
        }

        /// The name of torchvision's ImageNet weights; nil where there are none.
        public func imageNetWeights(batchNormalization: Bool) -> PretrainedWeights? {
            let file: String? =
                switch (self, batchNormalization) {
                case (.a, false): "vgg11-8a719046"
                case (.a, true): "vgg11_bn-6002323d"
                case (.b, false): "vgg13-19584684"
                case (.b, true): "vgg13_bn-abd245e5"
                case (.d, false): "vgg16-397923af"
                case (.d, true): "vgg16_bn-6c64b313"
                case (.e, false): "vgg19-dcbb9e9d"
                case (.e, true): "vgg19_bn-c79401a0"
                case (.aLRN, _), (.c, _): nil
                }
            return file.map { .torchvision($0) }
        }

        /// The column's convolutions, normalisations and poolings, from the image on. The linear layers are
        /// not part of it.
        public var stages: [Stage] {
            let lrn = Stage.localResponseNorm
            let pool = Stage.maxPool
            let one256 = Stage.pointwise(256)
            let one512 = Stage.pointwise(512)
            return switch self {
            case .a: [64, pool, 128, pool, 256, 256, pool, 512, 512, pool, 512, 512, pool]
            case .aLRN: [64, lrn, pool, 128, pool, 256, 256, pool, 512, 512, pool, 512, 512, pool]
            case .b: [64, 64, pool, 128, 128, pool, 256, 256, pool, 512, 512, pool, 512, 512, pool]
            case .c:
                [
                    64, 64, pool, 128, 128, pool, 256, 256, one256, pool, 512, 512, one512, pool, 512, 512,
                    one512, pool,
                ]
            case .d:
                [64, 64, pool, 128, 128, pool, 256, 256, 256, pool, 512, 512, 512, pool, 512, 512, 512, pool]
            case .e:
                [
                    64, 64, pool, 128, 128, pool, 256, 256, 256, 256, pool, 512, 512, 512, 512, pool, 512,
                    512, 512, 512,
                    pool,
                ]
            }
        }
    }

    /// A network of the paper's table, with or without batch normalisation after each convolution.
    public init(
        _ column: Column, classCount: Int = 1000, batchNormalization: Bool = false, inputChannels: Int = 3,
        dropout: Float = 0.5, initialization: Initialization = .kaiming, file: StaticString = #fileID,
        line: UInt = #line
    ) {
        self.init(
            Configuration(
                column: column.stages, batchNormalization: batchNormalization, classCount: classCount,
                inputChannels: inputChannels, dropout: dropout),
            initialization: initialization, file: file, line: line)
    }

    /// Column A: 8 convolutions.
    public static func vgg11(
        classCount: Int = 1000, batchNormalization: Bool = false, file: StaticString = #fileID,
        line: UInt = #line
    ) -> VGG {
        VGG(
            .a, classCount: classCount, batchNormalization: batchNormalization, file: file, line: line)
    }

    /// Column B: 10 convolutions.
    public static func vgg13(
        classCount: Int = 1000, batchNormalization: Bool = false, file: StaticString = #fileID,
        line: UInt = #line
    ) -> VGG {
        VGG(
            .b, classCount: classCount, batchNormalization: batchNormalization, file: file, line: line)
    }

    /// Column D: 13 convolutions.
    public static func vgg16(
        classCount: Int = 1000, batchNormalization: Bool = false, file: StaticString = #fileID,
        line: UInt = #line
    ) -> VGG {
        VGG(
            .d, classCount: classCount, batchNormalization: batchNormalization, file: file, line: line)
    }

    /// Column E: 16 convolutions.
    public static func vgg19(
        classCount: Int = 1000, batchNormalization: Bool = false, file: StaticString = #fileID,
        line: UInt = #line
    ) -> VGG {
        VGG(
            .e, classCount: classCount, batchNormalization: batchNormalization, file: file, line: line)
    }
}

extension VGG.Stage: Codable, CustomStringConvertible {
    /// `64` for a 3×3 convolution, `256/1` for a 1×1 one, `LRN`, `M`.
    public var description: String {
        switch self {
        case .convolution(let channels, 3): "\(channels)"
        case .convolution(let channels, let kernel): "\(channels)/\(kernel)"
        case .localResponseNorm: "LRN"
        case .maxPool: "M"
        }
    }

    /// Reads what `description` writes; nil for anything else.
    public init?(_ text: some StringProtocol) {
        switch text {
        case "LRN": self = .localResponseNorm
        case "M": self = .maxPool
        default:
            let numbers = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
            guard numbers.count <= 2, numbers.allSatisfy({ $0 > 0 && $0 <= 65536 }), (numbers.last ?? 0) > 0
            else { return nil }
            let kernel = numbers.count == 2 ? numbers[1] : 3
            guard kernel % 2 == 1 else { return nil }
            self = .convolution(channels: numbers[0], kernel: kernel)
        }
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let stage = Self(text) else {
            throw DecodingError.dataCorruptedError(
                in: container,
                debugDescription: "'\(text)' is not a stage: channels such as 64 or 256/1, LRN, or M")
        }
        self = stage
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

extension [VGG.Stage] {
    /// The output channels of the last convolution.
    var lastChannels: Int? {
        for case .convolution(let channels, _) in reversed() { return channels }
        return nil
    }
}
