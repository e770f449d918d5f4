// SPDX-License-Identifier: Apache-2.0

import TensorCore

/// The images of a batch that is being read. For a GPU, pictures stay levels of one byte until they are
/// there: a quarter of the numbers' bytes are sent.
struct BatchImages {
    /// `[capacity, C, H, W]`, channels-last in memory: numbers, or levels of `uint8`.
    private var memory: Tensor
    /// Makes the numbers of all levels; nil if `memory` holds numbers.
    private var normalize: Normalize?

    /// - Parameter sample: the first one; all have its shape
    init(capacity: Int, like sample: Sample, _ device: Device) {
        if device != .cpu, case .picture(_, let numbers) = sample.content { normalize = numbers.normalize }
        memory = Tensor(
            uninitialized: [capacity] + sample.shape, normalize == nil ? .float32 : .uint8,
            order: .channelsLast)
    }

    mutating func set(_ sample: Sample, at position: Int) {
        switch sample.content {
        case .picture(let picture, let numbers) where numbers.normalize == normalize:
            write(picture, at: position) { picture.writeLevels(to: $0) }
        case .picture(let picture, let numbers):
            useNumbers()
            write(picture, at: position) { picture.write(numbers, to: $0) }
        case .tensor(let tensor):
            useNumbers()
            memory[position] = tensor
        }
    }

    private mutating func write<S: Scalar>(
        _ picture: Picture, at position: Int, _ body: (UnsafeMutableBufferPointer<S>) -> Void
    ) {
        let count = picture.size.area * picture.channels
        memory.withMutableScalars(S.self) { buffer in
            body(.init(rebasing: buffer[position * count..<(position + 1) * count]))
        }
    }

    /// For samples that are no pictures, or that are not normalised as the first one.
    private mutating func useNumbers() {
        guard let normalize else { return }
        memory = normalize.numbers(of: memory)
        self.normalize = nil
    }

    /// The first images, as numbers `[count, C, H, W]`, on the way to the device that will use them.
    func sent(_ count: Int, to device: Device) -> Tensor {
        let images = memory[0..<count]
        return device.preparing {
            guard let normalize else { return images.sent() }
            return normalize.numbers(of: images)
        }
    }
}
