# SPDX-License-Identifier: Apache-2.0
"""Batch normalisation and local response normalisation."""

import torch
import torch.nn.functional as F

from fixtures import Operations


def batch_norm(input, runningMean, runningVariance, weight=None, bias=None, training=True, momentum=0.1,
               epsilon=1e-5, activation="identity"):
    mean, variance = runningMean.detach().clone(), runningVariance.detach().clone()
    output = F.batch_norm(input, mean, variance, weight, bias, training, momentum, epsilon)
    output = {"identity": lambda x: x, "relu": F.relu, "relu6": F.relu6, "silu": F.silu}[activation](output)
    return {"output": output, "runningMean": mean, "runningVariance": variance}


def local_response(input, size, alpha, beta, k):
    return F.local_response_norm(input, size, alpha, beta, k)


def write():
    table = Operations("batchnorm2d")

    def add(name, shape, affine=True, shift=0, scale=1, **options):
        channels = [shape[1]]
        inputs = {
            "input": {"shape": shape, "scale": scale, "shift": shift},
            "runningMean": {"shape": channels, "gradient": False},
            "runningVariance": {"shape": channels, "scale": 0.5, "shift": 1, "gradient": False},
        }
        if affine:
            inputs["weight"] = {"shape": channels, "shift": 0.5}
            inputs["bias"] = channels
        table.case(name, "batchNorm2d", batch_norm, inputs, **options)

    for training in (True, False):
        phase = "training" if training else "inference"
        add(phase, (4, 3, 5, 6), training=training)
        add(f"{phase}, batch 1", (1, 5, 7, 3), training=training)
        add(f"{phase}, one channel", (3, 1, 4, 4), training=training)
        add(f"{phase}, 37 channels", (2, 37, 3, 5), training=training)
        add(f"{phase}, affine off", (2, 3, 4, 5), affine=False, training=training)
        add(f"{phase}, relu", (2, 5, 6, 4), training=training, activation="relu")
        add(f"{phase}, relu6", (2, 5, 6, 4), training=training, activation="relu6")
        add(f"{phase}, silu", (2, 5, 6, 4), training=training, activation="silu")
        add(f"{phase}, affine off, relu", (2, 5, 3, 4), affine=False, training=training, activation="relu")
        add(f"{phase}, epsilon 1e-2", (2, 3, 4, 4), training=training, epsilon=1e-2)
        add(f"{phase}, spread 8 around 3", (4, 3, 6, 6), training=training, scale=8, shift=3)
    add("momentum 0.3", (2, 3, 4, 5), training=True, momentum=0.3)
    add("momentum 1", (2, 3, 4, 5), training=True, momentum=1.0)
    add("three values a channel", (3, 4, 1, 1), training=True)
    add("64 channels, 16x16", (4, 64, 16, 16), training=True, activation="relu")
    table.save()

    table = Operations("localresponsenorm")
    for name, shape, options in [
        ("AlexNet", (2, 9, 4, 5), {"size": 5, "alpha": 1e-4, "beta": 0.75, "k": 2.0}),
        ("strong", (2, 9, 4, 5), {"size": 5, "alpha": 2.0, "beta": 0.75, "k": 1.0}),
        ("even window", (1, 7, 3, 3), {"size": 4, "alpha": 1.5, "beta": 0.5, "k": 1.0}),
        ("window of one", (1, 4, 3, 3), {"size": 1, "alpha": 1.0, "beta": 0.75, "k": 1.0}),
        ("window wider than the channels", (2, 3, 4, 3), {"size": 9, "alpha": 1.0, "beta": 1.0, "k": 1.5}),
        ("one channel", (1, 1, 5, 5), {"size": 3, "alpha": 1.0, "beta": 0.75, "k": 1.0}),
    ]:
        table.case(name, "localResponseNorm", local_response, {"input": {"shape": shape, "scale": 2}}, **options)
    table.save()
