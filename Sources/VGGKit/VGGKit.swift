// SPDX-License-Identifier: Apache-2.0

@_exported import Checkpoints
@_exported import TensorCore
@_exported import Vision
