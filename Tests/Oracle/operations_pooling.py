# SPDX-License-Identifier: Apache-2.0
"""Pooling."""

import torch.nn.functional as F

from fixtures import Operations


def max_pool(input, kernel, stride=None, padding=(0, 0), dilation=(1, 1), ceilMode=False):
    return F.max_pool2d(input, kernel, stride, padding, dilation, ceilMode)


def avg_pool(input, kernel, stride=None, padding=(0, 0), ceilMode=False, countIncludePad=True):
    return F.avg_pool2d(input, kernel, stride, padding, ceilMode, countIncludePad)


def adaptive(input, outputSize):
    return F.adaptive_avg_pool2d(input, outputSize)


def write():
    table = Operations("pooling")

    def maximum(name, shape, kernel, values="uniform", **options):
        inputs = {"input": {"shape": shape, "values": values}}
        table.case(f"max {name}", "maxPool2d", max_pool, inputs, kernel=kernel, **options)

    def average(name, shape, kernel, **options):
        table.case(f"average {name}", "avgPool2d", avg_pool, {"input": shape}, kernel=kernel, **options)

    two, three = [2, 2], [3, 3]
    maximum("2x2", (2, 3, 6, 8), two)
    maximum("2x2, odd size", (2, 3, 7, 5), two)
    maximum("2x2, odd size, ceil", (2, 3, 7, 5), two, ceilMode=True)
    maximum("2x2 stride 1", (1, 2, 4, 5), two, stride=[1, 1])
    maximum("3x3 stride 2", (2, 5, 9, 8), three, stride=[2, 2])
    maximum("3x3 stride 2, ceil", (2, 4, 8, 10), three, stride=[2, 2], ceilMode=True)
    maximum("3x3 stride 2, padding 1", (1, 17, 8, 7), three, stride=[2, 2], padding=[1, 1])
    maximum("3x3 stride 2, padding 1, ceil", (1, 3, 8, 7), three, stride=[2, 2], padding=[1, 1], ceilMode=True)
    maximum("2x2 stride 2, padding 1, ceil", (1, 2, 3, 5), two, stride=[2, 2], padding=[1, 1], ceilMode=True)
    maximum("2x3 stride 3x1", (1, 2, 7, 6), [2, 3], stride=[3, 1])
    maximum("3x3 dilation 2", (1, 2, 9, 8), three, stride=[1, 1], dilation=[2, 2])
    maximum("3x2 dilation 1x2, padding 1, ceil", (2, 1, 6, 9), [3, 2], stride=[2, 2], padding=[1, 1],
            dilation=[1, 2], ceilMode=True)
    maximum("1x1", (1, 3, 3, 4), [1, 1])
    maximum("whole image", (2, 3, 5, 4), [5, 4])
    maximum("3x3 stride 2 of 2x2, ceil", (2, 3, 2, 2), three, stride=[2, 2], ceilMode=True)
    maximum("3x3 stride 2 of 2x5, ceil", (1, 5, 2, 5), three, stride=[2, 2], ceilMode=True)
    maximum("2x2 stride 2 of 1x1, ceil", (1, 2, 1, 1), two, ceilMode=True)
    maximum("5x5 stride 4 of 2x3, ceil", (1, 2, 2, 3), [5, 5], stride=[4, 4], ceilMode=True)
    maximum("3x3 stride 3, padding 1, dilation 2 of 2x2, ceil", (1, 2, 2, 2), three, stride=[3, 3], padding=[1, 1],
            dilation=[2, 2], ceilMode=True)
    maximum("ties, 2x2", (2, 3, 6, 6), two, values="coarse")
    maximum("ties, 3x3 stride 1, padding 1", (1, 2, 6, 5), three, values="coarse", stride=[1, 1], padding=[1, 1])
    maximum("ties, 3x3 stride 2, ceil", (1, 19, 8, 8), three, values="coarse", stride=[2, 2], ceilMode=True)
    maximum("stride larger than kernel", (1, 2, 9, 9), two, stride=[3, 4])
    maximum("rows shared among threads", (3, 17, 40, 38), two)
    maximum("64 channels", (2, 64, 8, 8), two)

    average("2x2", (2, 3, 6, 8), two)
    average("2x2, odd size", (1, 3, 7, 5), two)
    average("2x2, odd size, ceil", (1, 3, 7, 5), two, ceilMode=True)
    average("3x3 stride 2, padding 1", (2, 5, 8, 7), three, stride=[2, 2], padding=[1, 1])
    average("3x3 stride 2, padding 1, valid only", (2, 5, 8, 7), three, stride=[2, 2], padding=[1, 1],
            countIncludePad=False)
    average("3x3 stride 2, padding 1, ceil", (1, 2, 8, 6), three, stride=[2, 2], padding=[1, 1], ceilMode=True)
    average("3x3 stride 2, padding 1, ceil, valid only", (1, 2, 8, 6), three, stride=[2, 2], padding=[1, 1],
            ceilMode=True, countIncludePad=False)
    average("2x3 stride 3x1", (1, 17, 7, 6), [2, 3], stride=[3, 1])
    average("whole image", (2, 3, 5, 4), [5, 4])
    average("2x2 stride 2, padding 1, ceil", (1, 2, 3, 5), two, stride=[2, 2], padding=[1, 1], ceilMode=True)
    average("3x3 stride 2 of 2x5, ceil", (1, 5, 2, 5), three, stride=[2, 2], ceilMode=True)
    average("2x2 stride 2 of 1x1, ceil", (1, 2, 1, 1), two, ceilMode=True)
    average("5x5 stride 4, padding 1 of 1x2, ceil", (1, 2, 1, 2), [5, 5], stride=[4, 4], padding=[1, 1], ceilMode=True)
    average("5x5 stride 4, padding 1 of 1x2, ceil, valid only", (1, 2, 1, 2), [5, 5], stride=[4, 4], padding=[1, 1],
            ceilMode=True, countIncludePad=False)

    for name, shape, size in [
        ("to 1x1", (2, 5, 7, 6), [1, 1]),
        ("divisible", (2, 3, 8, 6), [4, 3]),
        ("not divisible", (1, 3, 7, 10), [3, 4]),
        ("7x7 from 2x2", (2, 4, 2, 2), [7, 7]),
        ("7x7 from 1x1", (1, 2, 1, 1), [7, 7]),
        ("7x7 from 7x7", (1, 17, 7, 7), [7, 7]),
        ("up and down", (1, 3, 3, 11), [5, 4]),
        ("3x5 from 13x13", (1, 2, 13, 13), [3, 5]),
    ]:
        table.case(f"adaptive {name}", "adaptiveAvgPool2d", adaptive, {"input": shape}, outputSize=size)
    table.save()
