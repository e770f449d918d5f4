# SPDX-License-Identifier: Apache-2.0
"""Calls with zeros, infinities, NaN and numbers at the ends of float32's range, in float32 as everybody computes them."""

import torch
import torch.nn.functional as F

NAN, INF = float("nan"), float("inf")
VALUES = [NAN, -INF, -1e30, -2.5, -1.0, -0.0, 0.0, 1e-40, 0.5, 1.0, 2.0, 1e30, INF]


def special_samples(table):
    def add(name, operation, function, *tensors, dtype=torch.float32, strict=True, **options):
        table.add(
            f"special values, {name}", operation, options, list(tensors), lambda tensors: function(*tensors),
            dtype=dtype, strict=strict)

    def vector(values):
        return torch.tensor(values, requires_grad=True)

    x = vector(VALUES)
    for name, function in {
        "negate": torch.neg, "abs": torch.abs, "exp": torch.exp, "log": torch.log, "sqrt": torch.sqrt,
        "tanh": torch.tanh, "sigmoid": torch.sigmoid, "relu": F.relu,
    }.items():
        add(name, name, function, x)
    # What sines of 1e30 are depends on how far the argument is reduced.
    small = vector([v for v in VALUES if not abs(v) == 1e30])
    add("sin", "sin", torch.sin, small)
    add("cos", "cos", torch.cos, small)
    add("leakyReLU", "leakyReLU", lambda x: F.leaky_relu(x, 0.1), x, slope=0.1)
    for approximation in ("none", "tanh"):
        moderate = vector([NAN, -30.0, -2.5, -1.0, -0.0, 0.0, 0.5, 1.0, 2.0, 30.0])
        add(f"gelu, {approximation}", "gelu", lambda x: F.gelu(x, approximate=approximation), moderate,
            approximation=approximation, strict=False)
    for exponent in (0.0, 1.0, 2.0, 3.0, 0.5, 1.5, -0.5, -1.0, -2.0):
        add(f"power {exponent}", "power", lambda x: x**exponent, x, exponent=exponent)
    for low, high in ((-1.0, 1.0), (0.0, INF), (-INF, 0.5)):
        add(f"clamp {low} {high}", "clamp", lambda x: x.clamp(low, high), x, low=str(low), high=str(high))
    for scalar in (0.0, -0.0, 3.0, -1.0, 1e-40, 1e30, INF, NAN):
        for name, function in {
            "add": torch.add, "subtract": torch.sub, "multiply": torch.mul, "divide": torch.div,
            # `s / x` multiplies by the reciprocal in PyTorch: 0 / 1e-40 is NaN there.
            "subtractFrom": lambda x, s: s - x, "divideInto": lambda x, s: torch.div(torch.tensor(s), x),
        }.items():
            add(f"{name} {scalar}", name, lambda x: function(x, scalar), x, scalar=str(scalar))
        for name, function in COMPARISONS.items():
            add(f"{name} {scalar}", name, lambda x: function(x, scalar), x.detach(), scalar=str(scalar))
    column = torch.tensor(VALUES)[:, None].requires_grad_()
    row = torch.tensor(VALUES)[None, :].requires_grad_()
    for name, function in {
        "add": torch.add, "subtract": torch.sub, "multiply": torch.mul, "divide": torch.div,
        "maximum": torch.maximum, "minimum": torch.minimum,
    }.items():
        # Each element has a gradient of its own: no sum of infinities.
        a, b = column.detach().expand(13, 13).clone(), row.detach().expand(13, 13).clone()
        add(f"pairs, {name}", name, function, a.requires_grad_(), b.requires_grad_())
    for name, function in COMPARISONS.items():
        add(f"pairs, {name}", name, function, column.detach(), row.detach())
    condition = torch.tensor([[i % 2 == 0] for i in range(13)])
    a, b = column.detach().expand(13, 13).clone(), row.detach().expand(13, 13).clone()
    add("pairs, choose", "choose", lambda a, c, b: torch.where(c, a, b), a.requires_grad_(), condition, b.requires_grad_())
    for name, values in {
        "NaN": [[1.0, NAN, 3.0], [2.0, 0.0, NAN]], "two NaN": [[NAN, 1.0, NAN], [0.0, -INF, 1.0]],
        "infinities": [[INF, 1.0, -INF], [INF, INF, 0.0]], "ties": [[2.0, 2.0, 1.0], [0.0, 2.0, 1.0]],
        "zeros": [[0.0, -0.0, -0.0], [-0.0, -0.0, 0.0]],
    }.items():
        x = torch.tensor(values, requires_grad=True)
        add(f"sum, {name}", "sum", torch.sum, x, axes=[0, 1], keep=False, strict=False)
        add(f"mean, {name}", "mean", torch.mean, x, axes=[0, 1], keep=False, strict=False)
        add(f"variance, {name}", "variance", torch.var, x, axes=[0, 1], keep=False, unbiased=True, strict=False)
        add(f"max, {name}", "max", torch.max, x, axes=[0, 1], keep=False)
        add(f"min, {name}", "min", torch.min, x, axes=[0, 1], keep=False)
        add(f"argmax, {name}", "argmax", lambda x: x.argmax(1), x.detach(), axis=1, keep=False)
        add(f"softmax, {name}", "softmax", lambda x: x.softmax(1), x, axis=1)
        add(f"logSoftmax, {name}", "logSoftmax", lambda x: x.log_softmax(1), x, axis=1)
        if name not in ("ties", "zeros", "two NaN", "infinities"):  # Which of equal elements is first is not defined there.
            add(f"top, {name}", "top", lambda x: x.topk(2), x, count=2)
        image = x.detach()[None, None].clone().requires_grad_()
        for kernel in ([1, 3], [2, 2], [2, 1]):
            add(f"maxPool2d {kernel}, {name}", "maxPool2d", lambda x: F.max_pool2d(x, kernel, 1), image, kernel=kernel,
                stride=[1, 1], padding=[0, 0], dilation=[1, 1], ceilMode=False)
    logits = torch.tensor([[1.0, 2.0, 0.5], [0.1, -1.0, 3.0]], requires_grad=True)
    for name, values in {
        "probabilities": [[0.2, 0.3, 0.5], [1.0, 0.0, 0.0]], "no probabilities": [[2.0, -1.0, 0.5], [0.1, 0.1, 0.1]],
    }.items():
        target = torch.tensor(values, requires_grad=True)
        for reduction in ("mean", "sum", "none"):
            add(f"cross entropy, {name}, {reduction}", "crossEntropyOfProbabilities",
                lambda x, t: F.cross_entropy(x, t, reduction=reduction), logits, target, reduction=reduction)
    for name, logits in {"NaN": [1.0, NAN, 0.0], "-infinity": [1.0, -INF, 1.0], "infinity": [INF, 1.0, 0.0]}.items():
        x = torch.tensor([logits, [1.0, 2.0, 3.0]], requires_grad=True)
        for label in (0, 1):
            add(f"cross entropy, {name}, label {label}", "crossEntropy", F.cross_entropy, x, torch.tensor([label, 0]),
                reduction="mean", ignoreIndex=-100, labelSmoothing=0.0, weighted=False)
    for mean in (1.0, 300.0, 1e4, 1e6):
        torch.manual_seed(int(mean))
        x = (torch.randn(4, 3, 5, 5) + mean).requires_grad_()
        add(f"batch normalisation about {mean:g}", "batchNorm2d", lambda x: F.batch_norm(x, None, None, training=True), x,
            tensors=[], training=True, epsilon=1e-5, dtype=torch.float64, strict=False)


COMPARISONS = {
    "equal": torch.eq, "notEqual": torch.ne, "less": torch.lt, "greater": torch.gt, "lessOrEqual": torch.le,
    "greaterOrEqual": torch.ge,
}
