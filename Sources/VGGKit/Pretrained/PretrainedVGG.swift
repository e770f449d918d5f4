// SPDX-License-Identifier: Apache-2.0

import Foundation

extension VGG {
    /// Weights that others trained.
    public enum Pretrained: Sendable, CaseIterable {
        /// torchvision's `IMAGENET1K_V1`: 1000 classes (`ImageNet.classNames`), images of 224×224 normalised with
        /// `Normalize.imageNet`.
        case imageNet

        /// torchvision's address of the weights for a column of the paper's table; nil where there are none.
        public func address(_ column: Column, batchNormalization: Bool) -> URL? {
            let name: String? =
                switch (column, batchNormalization) {
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
            return name.flatMap { URL(string: "https://download.pytorch.org/models/\($0).pth") }
        }
    }

    /// Column A with pretrained weights, which are downloaded at first. See `vgg16(pretrained:)`.
    public static func vgg11(
        pretrained: Pretrained, batchNormalization: Bool = false, cache: HubCache = .standard,
        options: DownloadOptions? = nil
    ) async throws -> VGG {
        try await pretrainedVGG(.a, pretrained, batchNormalization, cache, options)
    }

    /// Column B with pretrained weights, which are downloaded at first. See `vgg16(pretrained:)`.
    public static func vgg13(
        pretrained: Pretrained, batchNormalization: Bool = false, cache: HubCache = .standard,
        options: DownloadOptions? = nil
    ) async throws -> VGG {
        try await pretrainedVGG(.b, pretrained, batchNormalization, cache, options)
    }

    /// Column D with pretrained weights. They are kept where torch.hub keeps them, and downloaded if they are not there.
    /// - Parameter options: how to download; nil shows a progress bar on standard error.
    /// - Throws: `DownloadError`, `CheckpointError`, `StateError`
    public static func vgg16(
        pretrained: Pretrained, batchNormalization: Bool = false, cache: HubCache = .standard,
        options: DownloadOptions? = nil
    ) async throws -> VGG {
        try await pretrainedVGG(.d, pretrained, batchNormalization, cache, options)
    }

    /// Column E with pretrained weights, which are downloaded at first. See `vgg16(pretrained:)`.
    public static func vgg19(
        pretrained: Pretrained, batchNormalization: Bool = false, cache: HubCache = .standard,
        options: DownloadOptions? = nil
    ) async throws -> VGG {
        try await pretrainedVGG(.e, pretrained, batchNormalization, cache, options)
    }

    private static func pretrainedVGG(
        _ column: Column, _ pretrained: Pretrained, _ batchNormalization: Bool, _ cache: HubCache,
        _ options: DownloadOptions?
    ) async throws -> VGG {
        // Columns A, B, D and E have weights.
        let address = pretrained.address(column, batchNormalization: batchNormalization)!
        let file = try await cache.file(
            for: address, options: options ?? .withProgressBar(title: address.lastPathComponent))
        let model = VGG(column, batchNormalization: batchNormalization, initialization: .zeros)
        try model.load(Checkpoint(contentsOf: file))
        return model
    }
}
