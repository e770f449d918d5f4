# SPDX-License-Identifier: Apache-2.0
"""Losses."""

import torch
import torch.nn.functional as F

from fixtures import Operations


def cross_entropy(logits, labels, weights=None, ignored=(), ignoreIndex=-100, labelSmoothing=0.0, reduction="mean"):
    """`ignored` lists the places whose label is replaced by `ignoreIndex`."""
    labels = labels.clone()
    labels[list(ignored)] = ignoreIndex
    return F.cross_entropy(
        logits, labels, weights, ignore_index=ignoreIndex, label_smoothing=labelSmoothing, reduction=reduction)


def mean_squared_error(input, target, reduction="mean"):
    return F.mse_loss(input, target, reduction=reduction)


def write():
    table = Operations("losses")

    def add(name, count=6, classes=5, weighted=False, scale=4, **options):
        inputs = {
            "logits": {"shape": (count, classes), "scale": scale},
            "labels": {"shape": (count,), "values": "integers", "bound": classes, "gradient": False},
        }
        if weighted:
            inputs["weights"] = {"shape": (classes,), "scale": 0.5, "shift": 1, "gradient": False}
        table.case(f"cross entropy, {name}", "crossEntropy", cross_entropy, inputs, **options)

    for reduction in ("mean", "sum", "none"):
        add(reduction, reduction=reduction)
        add(f"{reduction}, weighted", weighted=True, reduction=reduction)
        add(f"{reduction}, smoothed", reduction=reduction, labelSmoothing=0.1)
        add(f"{reduction}, weighted, smoothed", weighted=True, reduction=reduction, labelSmoothing=0.1)
        add(f"{reduction}, two ignored", reduction=reduction, ignored=[1, 4])
        add(f"{reduction}, weighted, smoothed, two ignored", weighted=True, reduction=reduction,
            labelSmoothing=0.2, ignored=[0, 5])
    add("label 2 ignored", ignored=[3], ignoreIndex=2, count=9)
    add("batch 1", count=1)
    add("one class", classes=1)
    add("large logits", scale=300)
    add("257 classes", count=3, classes=257)
    add("smoothing 1", labelSmoothing=1.0)
    add("sum, all-ignored", reduction="sum", ignored=[0, 1, 2, 3, 4, 5])
    add("none, all-ignored", reduction="none", ignored=[0, 1, 2, 3, 4, 5])
    add("mean, all-ignored", reduction="mean", ignored=[0, 1, 2, 3, 4, 5])

    for reduction in ("mean", "sum", "none"):
        table.case(f"squared error, {reduction}", "meanSquaredError", mean_squared_error,
                   {"input": (3, 5), "target": (3, 5)}, reduction=reduction)
    table.case("squared error of images", "meanSquaredError", mean_squared_error,
               {"input": (2, 3, 5, 4), "target": (2, 3, 5, 4)}, reduction="mean")
    table.save()
