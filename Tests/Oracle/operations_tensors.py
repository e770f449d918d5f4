# SPDX-License-Identifier: Apache-2.0
"""Arithmetic, broadcasting, reductions, products of matrices, and changes of shape."""

import torch
import torch.nn.functional as F

from fixtures import Operations

POSITIVE = {"scale": 0.5, "shift": 1}


def write():
    write_elementwise()
    write_reductions()
    write_products()
    write_shapes()


def write_elementwise():
    table = Operations("elementwise")
    binary = {
        "add": torch.add, "subtract": torch.subtract, "multiply": torch.multiply, "divide": torch.divide,
        "maximum": torch.maximum, "minimum": torch.minimum,
    }
    for name, function in binary.items():
        for a, b in [
            ((5, 7), (5, 7)), ((2, 3, 4, 5), (1, 3, 1, 1)), ((2, 3, 4, 5), (5,)), ((4, 1), (1, 6)),
            ((), (3, 2)), ((1, 3, 1, 5), (2, 1, 4, 1)), ((3, 1, 2), (4, 2)),
        ]:
            label = f"{name} {list(a)} {list(b)}"
            table.case(label, name, lambda a, b, f=function: f(a, b), {"a": a, "b": {"shape": b, **POSITIVE}})
    for name in ("maximum", "minimum"):
        ties = {key: {"shape": (6, 7), "values": "coarse"} for key in ("a", "b")}
        table.case(f"{name} of equal values", name, lambda a, b, f=binary[name]: f(a, b), ties)
    unary = {
        "exp": (torch.exp, {"scale": 3}), "log": (torch.log, POSITIVE), "sqrt": (torch.sqrt, POSITIVE),
        "abs": (torch.abs, {}), "negate": (torch.negative, {}), "square": (torch.square, {}),
        "sin": (torch.sin, {"scale": 3}), "cos": (torch.cos, {"scale": 3}),
    }
    for name, (function, options) in unary.items():
        table.case(name, name, lambda input, f=function: f(input), {"input": {"shape": (2, 3, 5, 7), **options}})
    for exponent in (2.0, 3.0, 0.5, -1.5):
        table.case(f"power {exponent}", "power", lambda input, exponent: input**exponent,
                   {"input": {"shape": (5, 9), **POSITIVE}}, exponent=exponent)
    table.case("clamp", "clamp", lambda input, low, high: input.clamp(low, high), {"input": (5, 9)}, low=-0.5, high=0.25)
    table.case("scalars", "scalars", lambda input: (2 * input - 1) / 4 + 3 - 1 / (input + 2) + (1 - input) * 0.5,
               {"input": (3, 11)})
    table.save()


def write_reductions():
    table = Operations("reductions")
    variance = lambda input, axis, keepdim: input.var(axis, correction=0, keepdim=keepdim)
    for name, function in {"sum": torch.sum, "mean": torch.mean, "variance": variance}.items():
        for axes in ([0], [1], [2, 3], [0, 2, 3], [-1], [0, 1, 2, 3]):
            for keep in (False, True):
                call = lambda input, axes, keep, f=function: f(input, axes, keepdim=keep)
                label = f"{name} over {axes}{', kept' if keep else ''}"
                table.case(label, name, call, {"input": (2, 3, 4, 5)}, axes=axes, keep=keep)
    for name, function in {"max": torch.amax, "min": torch.amin}.items():
        for axes in ([0], [1], [2, 3], [-1], [0, 1, 2, 3]):
            call = lambda input, axes, f=function: f(input, axes)
            table.case(f"{name} over {axes}", name, call, {"input": (2, 3, 4, 5)}, axes=axes)
    for axis in (0, 1, 2, -1):
        table.case(f"argmax along {axis}", "argmax", lambda input, axis: input.argmax(axis).double(),
                   {"input": {"shape": (3, 5, 7), "values": "coarse", "gradient": False}}, axis=axis)
    table.case("sum of a long row", "sum", lambda input, axes, keep: input.sum(axes, keepdim=keep),
               {"input": (2, 70001)}, axes=[1], keep=False)
    table.case("mean of a tall column", "mean", lambda input, axes, keep: input.mean(axes, keepdim=keep),
               {"input": (5003, 3)}, axes=[0], keep=False)
    table.save()


def write_products():
    table = Operations("matmul")
    for a, b in [
        ((3, 4), (4, 5)), ((1, 1), (1, 1)), ((1, 7), (7, 1)), ((7, 1), (1, 7)), ((65, 33), (33, 47)),
        ((2, 3, 4), (2, 4, 5)), ((3, 4), (2, 4, 5)), ((2, 3, 4), (4, 5)), ((2, 1, 3, 4), (5, 4, 2)),
        ((2, 65, 33), (33, 20)),
    ]:
        table.case(f"{list(a)} {list(b)}", "matmul", lambda a, b: a @ b, {"a": a, "b": b})
    table.save()


def write_shapes():
    table = Operations("shapes")
    image = (2, 3, 4, 5)
    add = lambda name, operation, function, shape=image, **options: table.case(
        name, operation, function, {"input": shape}, **options)
    add("flatten from 1", "flatten", lambda input, axis: input.flatten(axis), axis=1)
    add("flatten from 0", "flatten", lambda input, axis: input.flatten(axis), axis=0)
    add("flatten from 2", "flatten", lambda input, axis: input.flatten(axis), axis=2)
    add("reshape", "reshape", lambda input, to: input.reshape(to) * 2, (6, 4), to=[3, 8])
    add("reshape image", "reshape", lambda input, to: input.reshape(to) * 2, to=[6, 20])
    add("reshape, one length left open", "reshape", lambda input, to: input.reshape(to) * 2, to=[4, -1])
    add("transpose", "transpose", lambda input: input.mT * 2, (5, 7))
    add("permute", "permute", lambda input, axes: input.permute(axes) * 2, axes=[3, 0, 2, 1])
    add("permute to channels last", "permute", lambda input, axes: input.permute(axes) * 2, axes=[0, 2, 3, 1])
    add("slice rows", "slice", lambda input, axis, start, end: input.narrow(axis, start, end - start) * 2,
        axis=2, start=1, end=3)
    add("slice batch", "slice", lambda input, axis, start, end: input.narrow(axis, start, end - start) * 2,
        axis=0, start=1, end=2)
    add("slice columns", "slice", lambda input, axis, start, end: input.narrow(axis, start, end - start) * 2,
        axis=3, start=2, end=5)
    add("select", "select", lambda input, axis, index: input.select(axis, index) * 2, axis=1, index=2)
    add("broadcast", "broadcast", lambda input, to: input.expand(to) * 2, (3, 1), to=[2, 3, 4])
    add("pad", "pad", lambda input, pads: F.pad(input, pads) * 2, pads=[1, 2, 3, 0])
    for axis in (0, 1, 2, 3, -1):
        shapes = [list(image) for _ in range(3)]
        for shape, length in zip(shapes, (1, 3, 2)):
            shape[axis] = length
        table.case(f"concatenate along {axis}", "concatenate", lambda a, b, c, axis: torch.cat([a, b, c], axis),
                   dict(zip("abc", shapes)), axis=axis)
    table.case("concatenate 16 and 19 channels", "concatenate", lambda a, b, axis: torch.cat([a, b], axis),
               {"a": (1, 16, 3, 3), "b": (1, 19, 3, 3)}, axis=1)
    table.case("stack", "stack", lambda a, b, axis: torch.stack([a, b], axis), {"a": (3, 4), "b": (3, 4)}, axis=1)
    table.case("index rows", "gather", lambda input, indices: input[indices] * 2,
               {"input": (5, 3), "indices": {"shape": (7,), "values": "integers", "bound": 5, "gradient": False}})
    table.case("used twice", "usedTwice", lambda input: input * input + input.sum(), {"input": (3, 5)})
    table.save()
