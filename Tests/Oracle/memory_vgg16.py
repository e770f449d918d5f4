# SPDX-License-Identifier: Apache-2.0
"""Peak memory of a PyTorch training step: VGG-16, 5 classes, batch 16 at 224×224, SGD with momentum.

    python memory_vgg16.py [--channels-last] [--batch 16] [--size 224] [--steps 2]

prints one line of JSON; resident memory in MiB, before the first step and at its highest, and seconds per step.
Dropout is on, as in training.
"""

import argparse
import json
import resource
import time

import torch
import torch.nn.functional as F

from models import VGG


def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize() / 2**20


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--channels-last", action="store_true")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--steps", type=int, default=2)
    options = parser.parse_args()

    imported = resident()
    order = torch.channels_last if options.channels_last else torch.contiguous_format
    model = VGG("D", 5, dropout=0.5).to(memory_format=order).train()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.001, momentum=0.9)
    images = torch.randn(options.batch, 3, options.size, options.size).to(memory_format=order)
    labels = torch.arange(options.batch) % 5
    ready = resident()
    seconds = []
    for _ in range(options.steps):
        start = time.perf_counter()
        optimizer.zero_grad()
        F.cross_entropy(model(images), labels).backward()
        optimizer.step()
        seconds.append(round(time.perf_counter() - start, 2))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10
    print(json.dumps({
        "torch": torch.__version__, "channelsLast": options.channels_last, "batch": options.batch,
        "size": options.size, "importedMiB": round(imported), "readyMiB": round(ready), "peakMiB": round(peak),
        "secondsPerStep": seconds,
    }))


if __name__ == "__main__":
    main()
