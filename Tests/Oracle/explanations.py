# SPDX-License-Identifier: Apache-2.0
"""Writes Tests/Fixtures/explanations: Grad-CAM by PyTorch's hooks, layers' outputs and embeddings of networks that
models.py and zoo.py have described, maps at other sizes, and NumPy's principal components."""

import json

import numpy as np
import torch
import torch.nn.functional as F

import models
import zoo
from fixtures import ROOT, Writer, seed_of, uniform

# Images (how many, height and width), and layers whose maps are explained; the last is the one that is taken where none
# is named. Classes are given, or the best.
CASES = [
    ("small_a_bn", [6, 64, 64], ["features.0", "features.8", "features.27"], None),
    ("small_c", [2, 37, 41], ["features.0", "features.16", "features.29"], [3, 3]),
    ("zoo-resnet18", [4, 48, 56], ["layer3.1.conv2", "layer2", "layer4"], None),
    ("zoo-squeezenet1_0", [6, 65, 61], ["features.3", "features.12.squeeze", "features.12.expand3x3", "classifier.2"], [2] * 6),
    ("zoo-googlenet", [4, 40, 48], ["inception4a.branch2.1.conv", "conv3", "inception5b"], None),
]
# The layer whose input stands for an image, where it is not the last of `classifier`.
FEATURES = {"zoo-resnet18": "fc", "zoo-googlenet": "fc", "zoo-squeezenet1_0": "classifier.1"}


def network(row, dtype, jitter):
    torch.set_default_dtype(dtype)
    if "column" in row:
        model = models.VGG(
            row["column"], row["classCount"], row["batchNormalization"], row["pooledSize"], row["hiddenUnits"])
        models.fill(model, row["parameters"])
    else:
        model = zoo.BUILDERS[row["name"]](row["classCount"])
        state = model.state_dict()
        for entry in row["state"]:
            values = torch.from_numpy(uniform(entry["seed"], tuple(entry["shape"])))
            state[entry["name"]].copy_(values.mul_(torch.tensor(entry["scale"])).add_(entry["shift"]))
    if jitter is not None:
        generator = torch.Generator().manual_seed(jitter)
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.mul_(1 + 1e-6 * (2 * torch.rand(parameter.shape, generator=generator) - 1))
    return model.eval()


def grad_cam(model, layer, images, classes):
    """Selvaraju et al., with hooks, as PyTorch's users write it."""
    kept = {}

    def forward_hook(module, inputs, output):
        kept["map"] = output
        output.register_hook(lambda gradient: kept.update(gradient=gradient))

    handle = model.get_submodule(layer).register_forward_hook(forward_hook)
    logits = model(images)
    handle.remove()
    chosen = logits.argmax(1) if classes is None else torch.tensor(classes)
    logits.gather(1, chosen[:, None]).sum().backward()
    weights = kept["gradient"].mean((2, 3), keepdim=True)
    return chosen, kept["map"].detach(), F.relu((weights * kept["map"]).sum(1)).detach()


def results(name, row, images_seed, size, layers, classes, dtype, jitter=None):
    model = network(row, dtype, jitter)
    batch, height, width = size
    images = torch.from_numpy(uniform(images_seed, (batch, 3, height, width))).to(dtype) * 1.5
    for layer in layers:
        chosen, output, values = grad_cam(model, layer, images, classes)
        yield f"{name}/{layer}/classes", chosen.to(dtype)
        yield f"{name}/{layer}/output", output
        yield f"{name}/{layer}/cam", values
    last = FEATURES.get(name, f"classifier.{len(model.classifier) - 1}" if hasattr(model, "classifier") else None)
    kept = []
    model.get_submodule(last).register_forward_pre_hook(lambda module, inputs: kept.append(inputs[0].detach()))
    with torch.no_grad():
        model(images)
    yield f"{name}/embeddings", kept[0] if kept[0].dim() == 2 else kept[0].mean((2, 3))


def write_networks():
    writer = Writer("explanations/networks")
    for name, size, layers, classes in CASES:
        row = json.loads((ROOT / "models" / f"{name}.json").read_text())[0]
        for attempt in range(40):
            seed = seed_of("explanations", name, str(attempt))
            exact = dict(results(name, row, seed, size, layers, classes, torch.float64))
            worst = 0
            for jitter in (None, 0, 1, 2):
                for key, value in results(name, row, seed, size, layers, classes, torch.float32, jitter):
                    worst = max(worst, (value - exact[key]).norm().item() / max(exact[key].norm().item(), 1e-6))
            print(f"{name}: images {attempt}: rounding changes values by up to {worst:.1e}", flush=True)
            if worst < 2e-5:
                break
        else:
            raise SystemExit(f"{name}: no images without near ties")
        for key, value in exact.items():
            assert key.endswith("classes") or value.abs().max() > 0, key
            writer.add(key, value)
        writer.table.append({
            "name": name, "images": size, "imageSeed": seed, "layers": layers, "classes": classes})
    writer.save()


def write_resizing():
    writer = Writer("explanations/resizing")
    for source, target in (((3, 5), (7, 9)), ((4, 4), (16, 16)), ((1, 1), (5, 3)), ((8, 6), (3, 4))):
        name = f"{source[0]}x{source[1]} to {target[0]}x{target[1]}"
        seed = seed_of("explanations", name)
        values = torch.from_numpy(uniform(seed, source)).double().abs()
        values /= values.max()
        resized = F.interpolate(values[None, None], target, mode="bilinear", align_corners=False)[0, 0]
        writer.add(name, resized)
        writer.table.append({"name": name, "seed": seed, "source": source, "target": target})
    writer.save()


def write_components():
    """Rows of numbers with a spectrum of distinct scales, so that each component is well defined."""
    writer = Writer("explanations/components")
    for name, (rows, columns) in {"tall": (60, 12), "wide": (14, 50), "large": (90, 70), "flat": (9, 3)}.items():
        seeds = [seed_of("explanations", name, part) for part in ("scores", "axes", "mean")]
        inner = min(rows, columns)
        scores, axes = uniform(seeds[0], (rows, inner)), uniform(seeds[1], (inner, columns))
        scales = (0.7 ** np.arange(inner)).astype(np.float32)
        values = ((scores * scales) @ axes + 3 * uniform(seeds[2], (columns,))).astype(np.float32)
        centered = values.astype(np.float64) - values.astype(np.float64).mean(0)
        _, lengths, components = np.linalg.svd(centered, full_matrices=False)
        count = min(4, inner)
        signs = np.sign(components[np.arange(inner), np.abs(components).argmax(1)])[:, None]
        components = (components * signs)[:count]
        writer.tensors[f"{name}/values"] = values
        writer.tensors[f"{name}/mean"] = values.astype(np.float64).mean(0).astype(np.float32)
        writer.tensors[f"{name}/components"] = components.astype(np.float32)
        writer.tensors[f"{name}/variances"] = (lengths[:count] ** 2 / (rows - 1)).astype(np.float32)
        share = lengths[:count] ** 2 / (lengths**2).sum()
        writer.tensors[f"{name}/shares"] = share.astype(np.float32)
        writer.tensors[f"{name}/scores"] = (centered @ components.T).astype(np.float32)
        writer.table.append({"name": name, "shape": [rows, columns], "count": count})
    writer.save()


if __name__ == "__main__":
    torch.set_num_threads(1)
    write_networks()
    write_resizing()
    write_components()
