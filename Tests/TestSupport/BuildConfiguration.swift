// SPDX-License-Identifier: Apache-2.0

/// Whether this is a release build, in which large models are fast enough to be tested.
#if DEBUG
    public let isOptimized = false
#else
    public let isOptimized = true
#endif
