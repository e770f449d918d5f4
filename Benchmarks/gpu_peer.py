# SPDX-License-Identifier: Apache-2.0
"""PyTorch's side of gpu-check's timings: the same networks, batches and passes, one line of JSON each.

    python3 gpu_peer.py [REPETITIONS]

Networks are channels-last, cudnn.benchmark is on. Both settings of TF32 are measured: on for convolutions and products, and off.
"""

import json
import statistics
import sys
import time

import torch
import torchvision


def measure(repetitions, body):
    for _ in range(5):
        body()
    torch.cuda.synchronize()
    times = []
    for _ in range(repetitions):
        begun = time.perf_counter()
        body()
        torch.cuda.synchronize()
        times.append((time.perf_counter() - begun) * 1e3)
    return statistics.median(times)


def main():
    repetitions = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    print(torch.__version__, torch.cuda.get_device_name(), "cuDNN", torch.backends.cudnn.version(), flush=True)
    torch.backends.cudnn.benchmark = True
    jobs = [("vgg16", "training", 64), ("resnet50", "training", 64), ("squeezenet1_0", "training", 64),
            ("vgg16", "inference", 64), ("vgg16", "inference", 1)]
    for tf32 in (True, False):
        torch.backends.cudnn.allow_tf32 = tf32
        torch.backends.cuda.matmul.allow_tf32 = tf32
        for name, job, batch in jobs:
            model = torchvision.models.get_model(name, weights=None).cuda().to(memory_format=torch.channels_last)
            images = torch.randn(batch, 3, 224, 224, device="cuda").to(memory_format=torch.channels_last)
            labels = torch.randint(0, 1000, (batch,), device="cuda")
            torch.cuda.reset_peak_memory_stats()
            if job == "training":
                optimizer = torch.optim.SGD(model.parameters(), lr=1e-3, momentum=0.9)

                def body():
                    optimizer.zero_grad()
                    torch.nn.functional.cross_entropy(model(images), labels).backward()
                    optimizer.step()
            else:
                model.eval()

                def body():
                    with torch.inference_mode():
                        model(images)
            milliseconds = measure(repetitions, body)
            print(json.dumps({"subject": "torch", "tf32": tf32, "network": name, "pass": job, "batch": batch,
                              "milliseconds": milliseconds,
                              "peak_mib": torch.cuda.max_memory_allocated() >> 20}), flush=True)
            del model, images, labels


main()
