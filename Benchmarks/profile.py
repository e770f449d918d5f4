# SPDX-License-Identifier: Apache-2.0
"""Where the time of VGG-16 goes, in training and at inference: profile.py [PAGE]. `make profile` builds and runs it."""

import json
import subprocess
import sys
from statistics import median

from page import milliseconds, table
from preparation import DATA, MEASURE, prepare_models
from workloads import multiply_adds

BATCH = 16


def seconds(workload, **settings):
    job = {"workload": workload, "data": str(DATA), "model": "vgg16", "batch": BATCH, "seconds": 4, "samples": 5, **settings}
    output = subprocess.run([MEASURE, json.dumps(job)], capture_output=True, text=True, check=True).stdout
    return {part: median(samples) for part, samples in json.loads(output.splitlines()[-1])["seconds"].items()}


def profile(workload):
    """Names and seconds of the parts, in the network's order."""
    parts = [(*key.split(" ", 1), time) for key, time in seconds(workload).items()]
    return [(name, time) for _, name, time in sorted(parts, key=lambda part: int(part[0]))]


def rate(part, time):
    """Effective GFLOP/s of a convolution; its gradients are two passes, the first layer's one."""
    if "convolution" not in part:
        return ""
    channels, rest = part.split("×", 1)
    side, filters = rest.split("²")[0], rest.split(" to ")[1].split()[0].rstrip(",")
    passes = (1 if channels == "3" else 2) if part.endswith("gradients") else 1
    return f"{2 * passes * multiply_adds('vgg16')[1][f'{channels}-{filters}-{side}'] / time / 1e9:.0f}"


def section(title, parts, whole):
    total = sum(time for _, time in parts)
    rows = [[part, milliseconds(time), f"{100 * time / total:.1f} %", rate(part, time)] for part, time in parts]
    rows += [["**sum of the parts**", f"**{milliseconds(total)}**", "", ""], ["the whole, in one", milliseconds(whole), "", ""]]
    return f"## {title}\n\n" + table(["", "ms an image", "share", "effective GFLOP/s"], rows)


def peak():
    return max(1 / time for time in seconds("peak", seconds=0.5).values())


def main():
    prepare_models({}, ["vgg16"])
    *inference, (_, whole) = profile("inference-profile")
    text = f"""# Where the time goes

VGG-16 on 16 images at 224×224, each part measured alone with its inputs as they are in the network (`make profile`). The
processors' peak was {peak():.0f} GFLOP/s; an algorithm that needs fewer multiplications than direct convolution can pass
it. Parts that are no convolution are bound by memory, or small.

{section("Inference", inference, whole)}
{section("A training step", profile("training-profile"), seconds("training")["image"])}"""
    print(text)
    for page in sys.argv[1:]:
        with open(page, "w") as file:
            file.write(text)


main()
