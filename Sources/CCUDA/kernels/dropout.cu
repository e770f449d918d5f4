// SPDX-License-Identifier: Apache-2.0
// Dropout, with the masks that the CPU draws.
#include "common.h"

// A thread for the elements, four at most, to which Philox 4×32-10 gives one block of words: those of TensorCore's
// RandomGenerator, from the word `first` on.
KERNEL(dropout)(u32 count, u64 seed, u64 stream, u64 first, u32 threshold, float scale, const float *x, float *out) {
    u32 thread = thread_number(), skipped = (u32)first & 3;
    if ((u64)thread * 4 >= (u64)skipped + count) return;
    u64 counter = (first >> 2) + thread;
    u32 words[4] = {(u32)counter, (u32)(counter >> 32), (u32)stream, (u32)(stream >> 32)};
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
        u64 word = (u64)thread * 4 + lane;
        if (word < skipped || word - skipped >= count) continue;
        out[word - skipped] = words[lane] >= threshold ? x[word - skipped] * scale : 0;
    }
}
