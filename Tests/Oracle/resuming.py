# SPDX-License-Identifier: Apache-2.0
"""Runs that PyTorch begins and VGGKit goes on with, and the other way round.

    python resuming.py                     writes Tests/Fixtures/resuming: the state after three steps, the weights after six
    python resuming.py continue KIND FILE  goes on with FILE for three steps and writes FILE again
"""

import sys
from pathlib import Path

import torch

from fixtures import uniform

FOLDER = Path(__file__).resolve().parent.parent / "Fixtures" / "resuming"
SHAPES = {"a.weight": (4, 3, 3, 3), "a.bias": (4,), "b.weight": (2, 5)}
OPTIMIZERS = {
    "sgd": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, weight_decay=0.01, nesterov=True),
    "adam": lambda p: torch.optim.Adam(p, lr=0.1, weight_decay=0.01),
    "adamw": lambda p: torch.optim.AdamW(p, lr=0.1),
}


def start(kind):
    parameters = {
        name: torch.nn.Parameter(torch.from_numpy(uniform(index, shape)))
        for index, (name, shape) in enumerate(SHAPES.items())
    }
    return parameters, OPTIMIZERS[kind](list(parameters.values()))


def steps(parameters, optimizer, numbers):
    for number in numbers:
        for index, parameter in enumerate(parameters.values()):
            parameter.grad = torch.from_numpy(uniform(100 * number + index, tuple(parameter.shape)))
        optimizer.step()


def save(parameters, optimizer, epoch, path):
    model = {name: parameter.data for name, parameter in parameters.items()}
    torch.save({"model": model, "optimizer": optimizer.state_dict(), "epoch": epoch}, path)


if __name__ == "__main__":
    if sys.argv[1:2] == ["continue"]:
        kind, path = sys.argv[2:4]
        found = torch.load(path, weights_only=True)
        parameters, optimizer = start(kind)
        for name, parameter in parameters.items():
            parameter.data.copy_(found["model"][name])
        optimizer.load_state_dict(found["optimizer"])
        steps(parameters, optimizer, range(3, 6))
        save(parameters, optimizer, 6, path)
    else:
        FOLDER.mkdir(parents=True, exist_ok=True)
        for kind in OPTIMIZERS:
            parameters, optimizer = start(kind)
            steps(parameters, optimizer, range(3))
            save(parameters, optimizer, 3, FOLDER / f"{kind}-3.pth")
            steps(parameters, optimizer, range(3, 6))
            save(parameters, optimizer, 6, FOLDER / f"{kind}-6.pth")
