# SPDX-License-Identifier: Apache-2.0
"""PyTorch's side: inference, training, convolutions, decoding and loading, as the job says."""

import random
import time
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import load_file

from job import THREADS, convolution_shapes, logits_checksum, measure, read_job, write_report
from networks import loaded
from vgg import VGG

job = read_job()
data = Path(job["data"])
order = torch.channels_last if job.get("channelsLast") else torch.contiguous_format
precision = torch.bfloat16 if job.get("precision") == "bf16" else torch.float32


def model_of_job(**options):
    return loaded(job["model"], data, **options).to(dtype=precision, memory_format=order)


def shared_inputs():
    inputs = load_file(data / "inputs.safetensors")
    images = inputs["images"][: job["batch"]].to(dtype=precision, memory_format=order)
    return images, inputs["labels"][: job["batch"]].long()


def inference():
    model = model_of_job().eval()
    images, _ = shared_inputs()
    with torch.inference_mode():
        seconds = measure(job, job["batch"], lambda: model(images))
        logits = model(images).float()
    write_report({"image": seconds}, logits_checksum(logits))


def training():
    model = model_of_job(dropout=0).train()
    model.requires_grad_()
    images, labels = shared_inputs()
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-3, momentum=0.9, fused=True)
    losses = []

    def step():
        loss = F.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.item())

    seconds = measure(job, job["batch"], step)
    write_report({"image": seconds}, losses[:2])


def convolutions(with_gradients):
    file = load_file(data / "convolutions.safetensors")
    seconds, checksum = {}, []
    for shape in convolution_shapes(file):
        weight, bias = file[f"{shape}.weight"].to(memory_format=order), file[f"{shape}.bias"]
        images = file[f"{shape}.input"].repeat(job["batch"], 1, 1, 1).to(memory_format=order)
        if not with_gradients:
            with torch.inference_mode():
                seconds[shape] = measure(job, job["batch"], lambda: F.conv2d(images, weight, bias, padding=1))
                checksum.append(F.conv2d(images, weight, bias, padding=1).abs().mean())
            continue
        for tensor in (images, weight, bias):
            tensor.requires_grad_()
        gradient = torch.ones_like(F.conv2d(images, weight, bias, padding=1)).detach()

        def step():
            images.grad = weight.grad = bias.grad = None
            output = F.conv2d(images, weight, bias, padding=1)
            output.backward(gradient)
            return output

        seconds[shape] = measure(job, job["batch"], step)
        checksum += [step().detach().abs().mean(), images.grad.abs().mean(), weight.grad.abs().mean()]
    write_report(seconds, checksum)


def decode():
    from photos import Photos

    photos = Photos(job["photos"], job["count"], 224, whole=job["wholePhotos"])
    random.seed(1)
    means = [photos[index][0].abs().mean() for index in range(len(photos))]

    def run():
        for index in range(len(photos)):
            photos[index]

    write_report({"image": measure(job, len(photos), run)}, [sum(means) / len(means)])


def batches(size, scale):
    from photos import Photos

    photos = Photos(job["photos"], job["count"], size, scale, whole=job["wholePhotos"])
    return torch.utils.data.DataLoader(
        photos, batch_size=job["batch"], shuffle=True, num_workers=THREADS, drop_last=True)


def throughput(loader, use):
    """Seconds an image over the batches of an epoch, but for the first few, in which the workers come to be."""
    warm_up = min(4, len(loader) // 2)
    for number, (images, labels) in enumerate(loader):
        if number == warm_up:
            start = time.perf_counter() if warm_up == 0 else finished
        use(images, labels)
        finished = time.perf_counter()
    return [(finished - start) / ((len(loader) - warm_up) * job["batch"])]


def loader():
    means = []
    seconds = throughput(batches(224, (0.08, 1)), lambda images, _: means.append(images[0].abs().mean()))
    write_report({"image": seconds}, [sum(means) / len(means)])


def epoch():
    torch.manual_seed(1)
    model = VGG("vgg11", class_count=5, batch_norm=True, pooled_size=2, hidden=[512])
    for layer in model.modules():
        if isinstance(layer, torch.nn.Conv2d):
            torch.nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")
            torch.nn.init.zeros_(layer.bias)
        elif isinstance(layer, torch.nn.Linear):
            torch.nn.init.normal_(layer.weight, 0, 0.01)
            torch.nn.init.zeros_(layer.bias)
    model = model.to(memory_format=order).train()
    optimizer = torch.optim.SGD(
        model.parameters(), lr=0.02, momentum=0.9, weight_decay=5e-4, nesterov=True, fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.02, total_steps=20 * 92)
    losses = []

    def step(images, labels):
        loss = F.cross_entropy(model(images.to(memory_format=order)), labels)
        losses.append(loss.item())
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        schedule.step()

    seconds = throughput(batches(64, (0.25, 1)), step)
    write_report({"image": seconds}, [sum(losses) / len(losses)])


torch.set_num_threads(job.get("threads", THREADS))
{
    "inference": inference, "training": training, "decode": decode, "loader": loader, "epoch": epoch,
    "convolutions": lambda: convolutions(False), "convolution-training": lambda: convolutions(True),
}[job["workload"]]()
