# SPDX-License-Identifier: Apache-2.0
"""Activations and normalised exponentials."""

import torch
import torch.nn.functional as F

from fixtures import Operations

SHAPES = {
    "scalar-like": (1,),
    "odd vector": (13,),
    "matrix": (5, 17),
    "image": (2, 3, 5, 7),
    "long": (1031,),
}


def write():
    table = Operations("activations")
    for name, function in [
        ("relu", torch.relu),
        ("relu6", F.relu6),
        ("hardsigmoid", F.hardsigmoid),
        ("hardswish", F.hardswish),
        ("silu", F.silu),
        ("sigmoid", torch.sigmoid),
        ("tanh", torch.tanh),
    ]:
        for label, shape in SHAPES.items():
            table.case(f"{name}, {label}", name, function, {"input": {"shape": shape, "scale": 4}})
        wide = {"input": {"shape": (41,), "scale": 60}}
        table.case(f"{name}, far from zero", name, function, wide)
        near = {"input": {"shape": (41,), "scale": 2**-12}}
        table.case(f"{name}, near zero", name, function, near)
    for slope in (0.01, 0.2):
        table.case(
            f"leakyReLU {slope}", "leakyReLU", lambda input, slope: F.leaky_relu(input, slope),
            {"input": (2, 3, 5, 7)}, slope=slope)
    for approximation in ("none", "tanh"):
        for label, scale in [("", 4), (", far from zero", 60), (", near zero", 2**-12)]:
            table.case(
                f"gelu {approximation}{label}", "gelu",
                lambda input, approximation: F.gelu(input, approximate=approximation),
                {"input": {"shape": (3, 5, 41), "scale": scale}}, approximation=approximation)
    ties = {"input": {"shape": (4, 9), "values": "coarse"}}
    table.case("relu, exact zeros", "relu", torch.relu, ties)
    table.save()

    table = Operations("softmax")
    for name, function in [("softmax", torch.softmax), ("logSoftmax", torch.log_softmax)]:
        call = lambda input, axis, function=function: function(input, axis)
        for shape, axis in [
            ((4, 5), 1), ((4, 5), 0), ((1, 1), 1), ((7,), 0), ((2, 3, 4, 5), 1), ((2, 3, 4, 5), -1),
            ((2, 3, 4, 5), 2), ((2, 3, 4, 5), 0), ((3, 257), -1),
        ]:
            label = f"{name} {'x'.join(map(str, shape))} along {axis}"
            table.case(label, name, call, {"input": {"shape": shape, "scale": 5}}, axis=axis)
        extreme = {"input": {"shape": (5, 11), "scale": 200}}
        table.case(f"{name} of large logits", name, call, extreme, axis=1)
        shifted = {"input": {"shape": (5, 11), "scale": 2, "shift": 4096}}
        table.case(f"{name} of shifted logits", name, call, shifted, axis=1)
    table.save()
