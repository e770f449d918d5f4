// SPDX-License-Identifier: Apache-2.0

import Foundation
import TensorCore

/// The GPU that tests use. Tests/Scripts/cuda.sh gives them one that is not real: its driver runs the kernels
/// on the processor.
public enum TestGPU {
    public static let isPresent = (try? Device.cuda()) != nil
    /// Whether the driver is the tests' own, which fails where it is told to.
    public static let isFake = CUDADriver.fakeIsPresent

    /// Whether there are cuBLAS and cuDNN.
    public static let hasLibraries = (try? Device.cuda())?.librariesFound.contains("cuDNN ") == true

    public static var device: Device { get throws { try Device.cuda() } }
}

extension CUDADriver {
    fileprivate static var fakeIsPresent: Bool {
        (try? shared.get())?.devices.first?.name.hasPrefix("Card ") == true
    }
}
