// SPDX-License-Identifier: Apache-2.0
#ifndef CPEAK_H
#define CPEAK_H

/// Runs fused multiply-adds on vectors in registers alone, in the calling thread.
/// - Parameter width: of a vector in bits: on x86-64 256 (AVX2) or 512 (AVX-512), elsewhere 128.
/// - Returns: the floating-point operations done; 0 where this processor has no such vectors.
double cpeak_run(int width, long rounds);

#endif
