# SPDX-License-Identifier: Apache-2.0
"""Convolution and the fully connected layer."""

import torch.nn.functional as F

from fixtures import Operations


def pair(value):
    return list(value) if isinstance(value, (tuple, list)) else [value, value]


ACTIVATIONS = {"identity": lambda x: x, "relu": F.relu, "relu6": F.relu6, "hardswish": F.hardswish, "silu": F.silu}


def conv2d(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1, activation="identity"):
    return ACTIVATIONS[activation](F.conv2d(input, weight, bias, stride, padding, dilation, groups))


def linear(input, weight, bias=None, activation="identity"):
    return ACTIVATIONS[activation](F.linear(input, weight, bias))


def convolution(table, name, shape, filters, kernel, bias=True, groups=1, **options):
    kernel = pair(kernel)
    weight = [filters, shape[1] // groups, *kernel]
    inputs = {"input": shape, "weight": weight, **({"bias": [filters]} if bias else {})}
    options = {k: pair(v) if k in ("stride", "padding", "dilation") else v for k, v in options.items()}
    if groups != 1:
        options["groups"] = groups
    table.case(name, "conv2d", conv2d, inputs, **options)


def write():
    table = Operations("conv2d")
    add = lambda *arguments, **options: convolution(table, *arguments, **options)
    add("1x1", (2, 5, 4, 3), 7, 1)
    add("1x1 without bias", (1, 3, 5, 5), 2, 1, bias=False)
    add("1x1 stride 2", (2, 4, 7, 5), 3, 1, stride=2)
    add("1x1 padded", (1, 3, 4, 4), 2, 1, padding=1)
    add("1x1 on one pixel", (3, 6, 1, 1), 4, 1)
    add("1x1 many channels", (1, 67, 5, 3), 33, 1)
    add("3x3 valid", (2, 3, 7, 9), 4, 3)
    add("3x3 same", (2, 3, 7, 5), 4, 3, padding=1)
    add("3x3 same, even size", (1, 4, 8, 8), 5, 3, padding=1)
    add("3x3 same, size 1", (2, 3, 1, 1), 4, 3, padding=1)
    add("3x3 same, size 2 by 3", (1, 2, 2, 3), 3, 3, padding=1)
    add("3x3 same, one channel", (1, 1, 6, 7), 1, 3, padding=1)
    add("3x3 same, without bias", (2, 2, 5, 5), 3, 3, bias=False, padding=1)
    add("3x3 same, relu", (2, 3, 6, 6), 5, 3, padding=1, activation="relu")
    add("3x3 same, relu, without bias", (1, 3, 6, 5), 4, 3, bias=False, padding=1, activation="relu")
    add("3x3 same, 17 channels to 19", (1, 17, 9, 11), 19, 3, padding=1)
    add("3x3 same, 64 channels", (2, 64, 14, 14), 64, 3, padding=1)
    add("3x3 same, 128 channels, relu", (1, 128, 7, 7), 96, 3, padding=1, activation="relu")
    add("3x3 same, first layer", (2, 3, 32, 32), 64, 3, padding=1, activation="relu")
    add("3x3 padding 2", (1, 2, 5, 4), 3, 3, padding=2)
    add("3x3 stride 2", (2, 3, 9, 8), 4, 3, stride=2, padding=1)
    add("3x3 stride 3, rows left over", (1, 2, 11, 10), 3, 3, stride=3)
    add("3x3 dilation 2", (2, 3, 9, 9), 4, 3, padding=2, dilation=2)
    add("3x3 dilation 3, stride 2", (1, 2, 13, 12), 3, 3, padding=1, dilation=3, stride=2)
    add("3x3 groups 2", (2, 4, 6, 7), 6, 3, padding=1, groups=2)
    add("3x3 groups 3, relu", (1, 9, 5, 5), 6, 3, padding=1, groups=3, activation="relu")
    add("3x3 depthwise", (2, 5, 7, 6), 5, 3, padding=1, groups=5)
    add("3x3 depthwise, multiplier 2, stride 2", (1, 3, 8, 7), 6, 3, padding=1, groups=3, stride=2)
    add("3x3 depthwise, 37 channels", (1, 37, 6, 5), 37, 3, padding=1, groups=37, bias=False)
    add("3x3 depthwise, 24 channels, stride 2, relu6", (2, 24, 11, 9), 24, 3, padding=1, groups=24, stride=2, activation="relu6")
    add("5x5 depthwise, 40 channels, hardswish", (2, 40, 9, 8), 40, 5, padding=2, groups=40, activation="hardswish")
    add("5x5 depthwise, stride 2, silu", (1, 33, 12, 13), 33, 5, padding=2, groups=33, stride=2, activation="silu")
    add("3x3 depthwise, dilation 2", (1, 20, 9, 9), 20, 3, padding=2, groups=20, dilation=2)
    add("7x7 depthwise", (1, 17, 10, 12), 17, 7, padding=3, groups=17)
    add("2x4 depthwise, stride 3 by 1, padding 1 by 2", (2, 6, 7, 8), 6, (2, 4), padding=(1, 2), groups=6, stride=(3, 1))
    for activation in ("relu6", "hardswish", "silu"):
        add(f"1x1, {activation}", (2, 12, 5, 4), 18, 1, activation=activation)
        add(f"3x3 same, {activation}", (2, 10, 7, 8), 12, 3, padding=1, activation=activation)
        add(f"3x3 stride 2, first layer, {activation}", (1, 3, 14, 15), 16, 3, padding=1, stride=2, activation=activation)
        add(f"3x3 stride 2, {activation}", (1, 12, 9, 9), 8, 3, padding=1, stride=2, activation=activation)
    add("1x1 groups 4", (2, 8, 3, 5), 4, 1, groups=4)
    add("5x5 same", (2, 3, 9, 7), 4, 5, padding=2)
    add("5x5 padding 4", (1, 2, 6, 6), 3, 5, padding=4)
    add("5x5 as large as the image", (2, 3, 5, 5), 4, 5)
    add("7x7 stride 2", (1, 3, 15, 14), 4, 7, stride=2, padding=3)
    add("7x7 same", (1, 2, 8, 9), 3, 7, padding=3)
    add("11x11 stride 4", (1, 3, 31, 27), 5, 11, stride=4, padding=2)
    add("2x2 stride 2", (2, 3, 6, 8), 4, 2, stride=2)
    add("4x4 padding 1", (1, 2, 7, 7), 2, 4, padding=1)
    add("1x3", (2, 3, 5, 7), 4, (1, 3), padding=(0, 1))
    add("3x1", (1, 3, 5, 7), 4, (3, 1), padding=(1, 0))
    add("2x5 stride 3 by 1, padding 1 by 2", (2, 2, 8, 7), 3, (2, 5), stride=(3, 1), padding=(1, 2))
    add("3x2 dilation 1 by 3, stride 1 by 2", (1, 3, 6, 11), 2, (3, 2), dilation=(1, 3), stride=(1, 2))
    add("padding wider than the image", (1, 1, 2, 2), 1, 3, padding=4)
    add("kernel 1x1, stride 3, dilation 2", (1, 2, 7, 7), 2, 1, stride=3, dilation=2)
    add("3x3 same, rows of several blocks", (1, 1, 133, 111), 2, 3, padding=1)
    add("3x3 depthwise, rows of several blocks", (1, 2, 97, 91), 2, 3, padding=1, groups=2)
    add("3x3 stride 2, rows of several blocks", (2, 2, 150, 142), 3, 3, padding=1, stride=2)
    add("1x1, rows of several blocks", (1, 2, 101, 97), 3, 1)
    add("3x3 same, a patch of 9000", (1, 1000, 9, 8), 3, 3, padding=1)
    table.save()

    table = Operations("linear")
    table.case("vector batch", "linear", linear, {"input": (3, 7), "weight": (5, 7), "bias": (5,)})
    table.case("batch 1", "linear", linear, {"input": (1, 9), "weight": (4, 9), "bias": (4,)})
    table.case("without bias", "linear", linear, {"input": (4, 6), "weight": (3, 6)})
    table.case("one feature", "linear", linear, {"input": (2, 1), "weight": (3, 1), "bias": (3,)})
    table.case("one output", "linear", linear, {"input": (5, 8), "weight": (1, 8), "bias": (1,)})
    table.case("relu", "linear", linear, {"input": (4, 33), "weight": (17, 33), "bias": (17,)}, activation="relu")
    for activation in ("relu6", "hardswish", "silu"):
        table.case(
            activation, "linear", linear, {"input": (4, 33), "weight": (17, 33), "bias": (17,)}, activation=activation)
    table.case("relu without bias", "linear", linear, {"input": (3, 4), "weight": (5, 4)}, activation="relu")
    table.case("wide", "linear", linear, {"input": (5, 517), "weight": (131, 517), "bias": (131,)})
    table.case("three axes", "linear", linear, {"input": (2, 3, 5), "weight": (4, 5), "bias": (4,)})
    table.case("no batch axis", "linear", linear, {"input": (6,), "weight": (4, 6), "bias": (4,)})
    table.save()
