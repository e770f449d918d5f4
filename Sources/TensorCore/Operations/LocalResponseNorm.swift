// SPDX-License-Identifier: Apache-2.0

import Checks

/// Local response normalisation across channels: `y = x / (k + α / size · Σ x²)^β`, the sum over `size`
/// neighbouring channels, for `[N, C, H, W]` (Krizhevsky, Sutskever & Hinton, 2012). As
/// `torch.nn.functional.local_response_norm`.
public func localResponseNorm(
    _ input: Tensor, size: Int, alpha: Float = 1e-4, beta: Float = 0.75, k: Float = 1,
    file: StaticString = #fileID, line: UInt = #line
) -> Tensor {
    input.requireType(.float32, "localResponseNorm", file: file, line: line)
    check(
        input.rank == 4 && size > 0,
        "localResponseNorm: takes images [N, C, H, W] and a positive size, not \(input.shape) and size \(size)",
        file: file, line: line)
    return differentiable(input) { input in
        let x = input.channelsLast()
        let (value, scale) = Kernels.responseNorm(x, size: size, alpha: alpha, beta: beta, k: k)
        return (
            value,
            {
                Kernels.responseNormPullback(
                    $0.channelsLast(), x, scale: scale, size: size, alpha: alpha, beta: beta)
            }
        )
    }
}
