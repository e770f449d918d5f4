# SPDX-License-Identifier: Apache-2.0
"""Writes Tests/Fixtures/operations: every operation's values and gradients over tables of shapes and options."""

import operations_activations
import operations_convolution
import operations_losses
import operations_normalisation
import operations_pooling
import operations_tensors

if __name__ == "__main__":
    for module in (
        operations_activations,
        operations_convolution,
        operations_losses,
        operations_normalisation,
        operations_pooling,
        operations_tensors,
    ):
        module.write()
