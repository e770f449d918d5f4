// SPDX-License-Identifier: Apache-2.0
// Dropout, with the masks that the CPU draws.
#include "common.h"

// A thread for four elements, for which Philox 4×32-10 gives one block of words: those of TensorCore's RandomGenerator.
KERNEL(dropout)(u32 count, u64 seed, u64 stream, u32 threshold, float scale, const float *x, float *out) {
    u32 counter = thread_number();
    if (counter >= (count + 3) / 4) return;
    u32 words[4] = {counter, 0, (u32)stream, (u32)(stream >> 32)};
    u32 k0 = (u32)seed, k1 = (u32)(seed >> 32);
    for (int round = 0; round < 10; round++) {
        u64 p0 = (u64)words[0] * 0xD2511F53u, p1 = (u64)words[2] * 0xCD9E8D57u;
        u32 c1 = words[1], c3 = words[3];
        words[0] = (u32)(p1 >> 32) ^ c1 ^ k0;
        words[1] = (u32)p1;
        words[2] = (u32)(p0 >> 32) ^ c3 ^ k1;
        words[3] = (u32)p0;
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    for (u32 lane = 0; lane < 4; lane++) {
        u64 i = (u64)counter * 4 + lane;
        if (i < count) out[i] = words[lane] >= threshold ? x[i] * scale : 0;
    }
}
