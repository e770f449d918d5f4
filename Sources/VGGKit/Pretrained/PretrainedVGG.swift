// SPDX-License-Identifier: Apache-2.0

import Foundation

extension VGG {
    /// Pretrained weights.
    public enum Pretrained: Sendable, CaseIterable {
        /// torchvision's `IMAGENET1K_V1`: 1000 classes (`ImageNet.classNames`), images of 224×224 normalised
        /// with `Normalize.imageNet`.
        case imageNet

        /// torchvision's address of the weights for a column of the paper's table; nil where there are none.
        public func address(_ column: Column, batchNormalization: Bool) -> URL? {
            column.imageNetWeights(batchNormalization: batchNormalization)?.address
        }
    }

    /// Column A with pretrained weights, which are downloaded on first use. See `vgg16(pretrained:)`.
    public static func vgg11(
        pretrained: Pretrained, batchNormalization: Bool = false, cache: HubCache = .standard,
        options: DownloadOptions? = nil
    ) async throws -> VGG {
        try await pretrainedVGG(.a, pretrained, batchNormalization, cache, options)
    }

    /// Column B with pretrained weights, which are downloaded on first use. See `vgg16(pretrained:)`.
    public static func vgg13(
        pretrained: Pretrained, batchNormalization: Bool = false, cache: HubCache = .standard,
        options: DownloadOptions? = nil
    ) async throws -> VGG {
        try await pretrainedVGG(.b, pretrained, batchNormalization, cache, options)
    }

    /// Column D with pretrained weights, which are downloaded on first use and kept in torch.hub's folder.
    /// - Parameter options: how to download; nil shows a progress bar on standard error.
    /// - Throws: `DownloadError`, `CheckpointError`, `StateError`
    public static func vgg16(
        pretrained: Pretrained, batchNormalization: Bool = false, cache: HubCache = .standard,
        options: DownloadOptions? = nil
    ) async throws -> VGG {
        try await pretrainedVGG(.d, pretrained, batchNormalization, cache, options)
    }

    /// Column E with pretrained weights, which are downloaded on first use. See `vgg16(pretrained:)`.
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
