// SPDX-License-Identifier: Apache-2.0

/// Whether the loss and the accuracies of an epoch are means over samples or over batches.
///
/// They differ where batches differ in size: the last batch of an epoch may have fewer samples.
public enum Averaging: String, Sendable, Codable, CaseIterable {
    /// Every sample counts the same.
    case samples
    /// Every batch counts the same, as in scripts that add up the batches' means and divide by their number.
    case batches
}
