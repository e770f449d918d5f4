# SPDX-License-Identifier: Apache-2.0
"""Writes Tests/Fixtures/optimizers: parameters after every step, and rates and momenta after every schedule's step."""

import math
import warnings

import torch
from torch.optim import SGD, Adam, AdamW
from torch.optim.lr_scheduler import (
    CosineAnnealingLR,
    ExponentialLR,
    LinearLR,
    MultiStepLR,
    OneCycleLR,
    ReduceLROnPlateau,
    SequentialLR,
    StepLR,
)

from fixtures import Writer, integers, seed_of, uniform

SHAPES = [[3, 4], [5], [2, 1, 2, 2]]
STEPS = 10

# Options as they are called here and there.
NAMES = {
    "learningRate": "lr", "momentum": "momentum", "dampening": "dampening", "weightDecay": "weight_decay",
    "nesterov": "nesterov", "betas": "betas", "epsilon": "eps",
}
OPTIMIZERS = {"SGD": SGD, "Adam": Adam, "AdamW": AdamW}


def pytorch(options):
    return {NAMES[name]: tuple(value) if isinstance(value, list) else value for name, value in options.items()}


def values(row, kind, parameter, step=None):
    names = [row["name"], kind, str(parameter)] + ([] if step is None else [str(step)])
    return torch.from_numpy(uniform(seed_of(*names), tuple(SHAPES[parameter]))).double()


def run_optimizer(writer, row):
    """The same steps that the Swift tests make; gradients do not depend on the values."""
    parameters = [torch.nn.Parameter(values(row, "value", index)) for index in range(len(SHAPES))]
    groups = row.get("groups") or [{"parameters": list(range(len(SHAPES)))}]
    optimizer = OPTIMIZERS[row["optimizer"]](
        [
            {"params": [parameters[i] for i in group["parameters"]], **pytorch(group.get("options", {}))}
            for group in groups
        ],
        **pytorch(row["options"]))
    norms = []
    history = [[] for _ in parameters]
    for step in range(STEPS):
        for index, parameter in enumerate(parameters):
            missing = row.get("missing") == index and step % 2 == 0
            parameter.grad = None if missing else values(row, "gradient", index, step) * row.get("gradientScale", 1)
        if "clipNorm" in row:
            norms.append(torch.nn.utils.clip_grad_norm_(parameters, row["clipNorm"]).item())
        if "clipValue" in row:
            torch.nn.utils.clip_grad_value_(parameters, row["clipValue"])
        optimizer.step()
        for group in optimizer.param_groups:
            group["lr"] *= row.get("rateFactor", 1)
        for index, parameter in enumerate(parameters):
            history[index].append(parameter.detach().clone())
    for index, steps in enumerate(history):
        writer.add(f"{row['name']}/{index}", torch.stack(steps))
    writer.table.append({**row, "shapes": SHAPES, "steps": STEPS, "norms": norms})


def write_optimizers():
    writer = Writer("optimizers/optimizers")

    def add(name, optimizer, options, **row):
        run_optimizer(writer, {"name": name, "optimizer": optimizer, "options": options, **row})

    rate = {"learningRate": 0.1}
    add("SGD", "SGD", rate)
    add("SGD, momentum", "SGD", {**rate, "momentum": 0.9})
    add("SGD, momentum, dampening", "SGD", {**rate, "momentum": 0.9, "dampening": 0.3})
    add("SGD, Nesterov", "SGD", {**rate, "momentum": 0.9, "nesterov": True})
    add("SGD, weight decay", "SGD", {**rate, "weightDecay": 0.1})
    add("SGD, momentum, weight decay", "SGD", {**rate, "momentum": 0.9, "weightDecay": 0.1})
    add("SGD, Nesterov, weight decay", "SGD", {**rate, "momentum": 0.9, "weightDecay": 0.1, "nesterov": True})
    add("SGD, momentum, falling rate", "SGD", {**rate, "momentum": 0.9}, rateFactor=0.8)
    add("SGD, momentum, a gradient missing", "SGD", {**rate, "momentum": 0.9, "dampening": 0.1}, missing=1)
    groups = [
        {"parameters": [0], "options": {"learningRate": 0.01, "weightDecay": 0.0}},
        {"parameters": [1, 2], "options": {"momentum": 0.5}},
    ]
    add("SGD, groups", "SGD", {**rate, "momentum": 0.9, "weightDecay": 0.1}, groups=groups)
    add("SGD, clipped by norm", "SGD", rate, clipNorm=1.5)
    add("SGD, norm below the limit", "SGD", rate, clipNorm=100.0)
    add("SGD, clipped by value", "SGD", rate, clipValue=0.25)
    for name, optimizer in (("Adam", "Adam"), ("AdamW", "AdamW")):
        rate = {"learningRate": 0.02}
        add(name, optimizer, {**rate, "weightDecay": 0.0})
        add(f"{name}, weight decay", optimizer, {**rate, "weightDecay": 0.1})
        add(f"{name}, betas", optimizer, {**rate, "weightDecay": 0.0, "betas": [0.7, 0.9]})
        add(f"{name}, epsilon", optimizer, {**rate, "weightDecay": 0.0, "epsilon": 0.1})
        add(f"{name}, falling rate", optimizer, {**rate, "weightDecay": 0.05}, rateFactor=0.8)
        add(f"{name}, a gradient missing", optimizer, {**rate, "weightDecay": 0.05}, missing=1)
        add(f"{name}, small gradients", optimizer, {**rate, "weightDecay": 0.0}, gradientScale=1e-6)
        groups = [
            {"parameters": [0, 2], "options": {"learningRate": 0.1}},
            {"parameters": [1], "options": {"weightDecay": 0.3, "betas": [0.8, 0.99]}},
        ]
        add(f"{name}, groups", optimizer, {**rate, "weightDecay": 0.0}, groups=groups)
    writer.save()


def warm_cosine(optimizer, warmUpSteps, startFactor, totalSteps, minimumRate):
    return SequentialLR(
        optimizer,
        [
            LinearLR(optimizer, start_factor=startFactor, total_iters=warmUpSteps),
            CosineAnnealingLR(optimizer, T_max=totalSteps - warmUpSteps, eta_min=minimumRate),
        ],
        milestones=[warmUpSteps])


def one_cycle(optimizer, maximumRate, totalSteps, share=0.3, anneal="cos", cycleMomentum=True, baseMomentum=0.85,
              maximumMomentum=0.95, divisor=25.0, finalDivisor=1e4, threePhase=False):
    return OneCycleLR(
        optimizer, maximumRate, total_steps=totalSteps, pct_start=share, anneal_strategy=anneal,
        cycle_momentum=cycleMomentum, base_momentum=baseMomentum, max_momentum=maximumMomentum, div_factor=divisor,
        final_div_factor=finalDivisor, three_phase=threePhase)


def plateau(optimizer, **options):
    names = {
        "mode": "mode", "factor": "factor", "patience": "patience", "threshold": "threshold",
        "thresholdMode": "threshold_mode", "cooldown": "cooldown", "minimumRate": "min_lr", "epsilon": "eps",
    }
    return ReduceLROnPlateau(optimizer, **{names[name]: value for name, value in options.items()})


SCHEDULES = {
    "StepLR": lambda o, stepSize, gamma: StepLR(o, stepSize, gamma),
    "MultiStepLR": lambda o, milestones, gamma: MultiStepLR(o, milestones, gamma),
    "ExponentialLR": lambda o, gamma: ExponentialLR(o, gamma),
    "CosineAnnealingLR": lambda o, totalSteps, minimumRate: CosineAnnealingLR(o, totalSteps, minimumRate),
    "WarmCosineLR": warm_cosine,
    "OneCycleLR": one_cycle,
    "ReduceLROnPlateau": plateau,
}


def momentum_of(group):
    return group["betas"][0] if "betas" in group else group["momentum"]


def run_schedule(row):
    parameters = [torch.nn.Parameter(torch.zeros(1)) for _ in row["rates"]]
    groups = [{"params": [p], "lr": rate} for p, rate in zip(parameters, row["rates"])]
    adam = row.get("optimizer") == "Adam"
    optimizer = Adam(groups) if adam else SGD(groups, lr=1, momentum=row.get("momentum", 0.9))
    schedule = SCHEDULES[row["schedule"]](optimizer, **row["options"])
    read = lambda: ([g["lr"] for g in optimizer.param_groups], [momentum_of(g) for g in optimizer.param_groups])
    states = [read()]
    for step in range(row["steps"]):
        optimizer.step()
        if "metrics" in row:
            metric = row["metrics"][step]
            schedule.step(math.nan if metric is None else metric)
        else:
            schedule.step()
        states.append(read())
    return {**row, "learningRates": [s[0] for s in states], "momenta": [s[1] for s in states]}


def metrics(name, count, levels):
    """A falling, noisy sequence with plateaus."""
    noise = integers(seed_of("metrics", name), (count,), levels)
    return [round(2.0 * 0.9 ** (i // 3 * 2 if i < 20 else 12) + 0.01 * int(noise[i]), 6) for i in range(count)]


def write_schedules():
    writer = Writer("optimizers/schedules")

    def add(name, schedule, steps, options, rates=(0.1,), **row):
        row = {"name": name, "schedule": schedule, "options": options, "rates": list(rates), "steps": steps, **row}
        writer.table.append(run_schedule(row))

    two = (0.1, 0.003)
    add("every 3 steps", "StepLR", 12, {"stepSize": 3, "gamma": 0.5})
    add("every step, two groups", "StepLR", 8, {"stepSize": 1, "gamma": 0.9}, two)
    add("milestones", "MultiStepLR", 15, {"milestones": [3, 7, 12], "gamma": 0.1})
    add("milestones, one twice", "MultiStepLR", 10, {"milestones": [2, 2, 6], "gamma": 0.5}, two)
    add("exponential", "ExponentialLR", 20, {"gamma": 0.93}, two)
    add("cosine", "CosineAnnealingLR", 17, {"totalSteps": 17, "minimumRate": 0.0})
    add("cosine to a minimum", "CosineAnnealingLR", 10, {"totalSteps": 10, "minimumRate": 0.001}, two)
    warm = {"warmUpSteps": 5, "startFactor": 0.01, "totalSteps": 25, "minimumRate": 0.0}
    add("warm-up and cosine", "WarmCosineLR", 25, warm)
    warm = {"warmUpSteps": 3, "startFactor": 0.25, "totalSteps": 12, "minimumRate": 0.0005}
    add("warm-up and cosine to a minimum, two groups", "WarmCosineLR", 12, warm, two)
    warm = {"warmUpSteps": 1, "startFactor": 0.1, "totalSteps": 6, "minimumRate": 0.0}
    add("one step of warm-up", "WarmCosineLR", 6, warm)
    for anneal in ("cos", "linear"):
        for three in (False, True):
            label = f"one cycle, {anneal}{', three phases' if three else ''}"
            options = {"maximumRate": 0.1, "totalSteps": 30, "anneal": anneal, "threePhase": three}
            add(label, "OneCycleLR", 29, options)
            add(f"{label}, Adam", "OneCycleLR", 29, options, optimizer="Adam")
            options = {**options, "totalSteps": 23, "share": 0.4, "divisor": 10.0, "finalDivisor": 100.0,
                       "baseMomentum": 0.8, "maximumMomentum": 0.9}
            add(f"{label}, own divisors", "OneCycleLR", 22, options)
    options = {"maximumRate": [0.1, 0.02], "totalSteps": 12, "anneal": "cos", "threePhase": False}
    add("one cycle, two groups", "OneCycleLR", 11, options, two)
    options = {"maximumRate": 0.1, "totalSteps": 12, "anneal": "cos", "threePhase": False, "cycleMomentum": False}
    add("one cycle, momentum kept", "OneCycleLR", 11, options)

    defaults = {"mode": "min", "factor": 0.5, "patience": 2}
    for name, options in [
        ("plateau", {}),
        ("plateau, patience 0", {"patience": 0}),
        ("plateau, absolute threshold", {"threshold": 0.05, "thresholdMode": "abs"}),
        ("plateau, cool-down", {"patience": 1, "cooldown": 3}),
        ("plateau, minimum rate", {"patience": 0, "minimumRate": 0.02}),
        ("plateau, small changes left out", {"patience": 0, "epsilon": 0.01}),
    ]:
        add(name, "ReduceLROnPlateau", 40, {**defaults, **options}, metrics=metrics(name, 40, 5))
    rising = [round(1 - m / 2.2, 6) for m in metrics("rising", 40, 7)]
    add("plateau, the larger the better", "ReduceLROnPlateau", 40, {**defaults, "mode": "max"}, two, metrics=rising)
    broken = metrics("broken", 20, 3)
    broken[5:9] = [None] * 4
    add("plateau, not a number for a while", "ReduceLROnPlateau", 20, defaults, metrics=broken)
    writer.save()


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    write_optimizers()
    write_schedules()
