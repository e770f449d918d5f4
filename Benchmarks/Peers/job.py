# SPDX-License-Identifier: Apache-2.0
"""What one process measures, and how it tells: the same as VGGKit's side in Sources/Measure/Report.swift."""

import json
import os
import sys
import time

THREADS = len(os.sched_getaffinity(0))


def read_job():
    return json.loads(sys.argv[1])


def measure(job, images, body):
    """Runs `body` until it is warm, then measures it again and again; seconds an image."""
    begun = time.perf_counter()
    while True:
        body()
        if time.perf_counter() - begun >= job["seconds"] / 4:
            break
    samples, spent = [], 0.0
    while spent < job["seconds"] or len(samples) < job["samples"]:
        start = time.perf_counter()
        body()
        elapsed = time.perf_counter() - start
        spent += elapsed
        samples.append(elapsed / images)
    return samples


def write_report(seconds, checksum):
    report = {"seconds": seconds, "checksum": [float(number) for number in checksum],
              "peakMemory": peak_resident_memory()}
    print(json.dumps(report))


def logits_checksum(logits):
    return [abs(logits).mean()] + list(logits[0, :4])


def peak_resident_memory():
    with open("/proc/self/status") as status:
        line = next(line for line in status if line.startswith("VmHWM:"))
    return int(line.split()[1]) << 10


def convolution_shapes(names):
    """The convolutions in a file of weights, as "in-out-size"."""
    shapes = {name.rsplit(".", 1)[0] for name in names}
    return sorted(shapes, key=lambda shape: [-int(shape.split("-")[2])] + [int(part) for part in shape.split("-")])
