# SPDX-License-Identifier: Apache-2.0
"""Writes Tests/Fixtures/models: networks of the VGG family, end to end, and the names and shapes of their parameters.

The networks are torchvision's, built again here: `features`, adaptive average pooling, `classifier`; with two columns of
the paper that torchvision leaves out. Weights come from the formula, scaled as Kaiming's; there is no dropout.
"""

import sys

import torch
from torch import nn
import torch.nn.functional as F

from fixtures import Writer, integers, seed_of, uniform

import fixtures

COLUMNS = {
    "A": [64, "M", 128, "M", 256, 256, "M", 512, 512, "M", 512, 512, "M"],
    "A-LRN": [64, "LRN", "M", 128, "M", 256, 256, "M", 512, 512, "M", 512, 512, "M"],
    "B": [64, 64, "M", 128, 128, "M", 256, 256, "M", 512, 512, "M", 512, 512, "M"],
    "C": [64, 64, "M", 128, 128, "M", 256, 256, "256/1", "M", 512, 512, "512/1", "M", 512, 512, "512/1", "M"],
    "D": [64, 64, "M", 128, 128, "M", 256, 256, 256, "M", 512, 512, 512, "M", 512, 512, 512, "M"],
    "E": [64, 64, "M", 128, 128, "M", 256, 256, 256, 256, "M", 512, 512, 512, 512, "M", 512, 512, 512, 512, "M"],
}
# torchvision's parameter counts with 1000 classes.
COUNTS = {
    "vgg11": 132_863_336, "vgg11_bn": 132_868_840, "vgg13": 133_047_848, "vgg13_bn": 133_053_736,
    "vgg16": 138_357_544, "vgg16_bn": 138_365_992, "vgg19": 143_667_240, "vgg19_bn": 143_678_248,
}


class VGG(nn.Module):
    def __init__(self, column, classes, batch_norm=False, pooled=7, hidden=(4096, 4096), dropout=0.0):
        super().__init__()
        layers, channels = [], 3
        for stage in COLUMNS[column]:
            if stage == "M":
                layers.append(nn.MaxPool2d(2, 2))
            elif stage == "LRN":
                layers.append(nn.LocalResponseNorm(5, alpha=5e-4, beta=0.75, k=2))
            else:
                filters, kernel = (int(n) for n in f"{stage}/3".split("/")[:2])
                layers.append(nn.Conv2d(channels, filters, kernel, padding=kernel // 2))
                layers += [nn.BatchNorm2d(filters)] if batch_norm else []
                layers.append(nn.ReLU())
                channels = filters
        self.features = nn.Sequential(*layers)
        self.avgpool = nn.AdaptiveAvgPool2d(pooled)
        classifier, width = [], channels * pooled * pooled
        for units in hidden:
            classifier += [nn.Linear(width, units), nn.ReLU(), nn.Dropout(dropout)]
            width = units
        self.classifier = nn.Sequential(*classifier, nn.Linear(width, classes))

    def forward(self, images):
        return self.classifier(torch.flatten(self.avgpool(self.features(images)), 1))


def parameter_rows(name, model):
    """How each parameter starts: `scale · uniform + shift`; small logits keep the first steps from overshooting."""
    rows = []
    last = list(model.state_dict())[-2]
    for key, parameter in model.named_parameters():
        shape = list(parameter.shape)
        row = {"name": key, "shape": shape, "seed": seed_of("models", name, key), "scale": 0.05, "shift": 0.0}
        if len(shape) > 1:
            fan_in = parameter[0].numel()
            row["scale"] = float(torch.tensor((6 / fan_in) ** 0.5 * (0.1 if key == last else 1)))
        elif "features" in key and key.endswith("weight"):
            row.update(scale=0.25, shift=1.0)
        rows.append(row)
    return rows


def fill(model, rows):
    parameters = dict(model.named_parameters())
    with torch.no_grad():
        for row in rows:
            values = torch.from_numpy(uniform(row["seed"], tuple(row["shape"])))
            values.mul_(torch.tensor(row["scale"], dtype=torch.float32)).add_(row["shift"])
            parameters[row["name"]].copy_(values)


def train(row, dtype, steps, order=torch.contiguous_format, jitter=None):
    """Yields named results one by one, so that no two full sets of gradients are held. `jitter` seeds a change of the
    features' weights by several roundings, as Winograd's convolution makes."""
    torch.set_default_dtype(dtype)
    model = VGG(row["column"], row["classCount"], row["batchNormalization"], row["pooledSize"], row["hiddenUnits"])
    fill(model, row["parameters"])
    model.to(memory_format=order)
    if jitter is not None:
        generator = torch.Generator().manual_seed(jitter)
        with torch.no_grad():
            for parameter in model.features.parameters():
                parameter.mul_(1 + 1e-6 * (2 * torch.rand(parameter.shape, generator=generator) - 1))
    batch, height, width = row["images"]
    images = torch.from_numpy(uniform(row["imageSeed"], (batch, 3, height, width))).to(dtype) * 1.5
    images = images.to(memory_format=order)
    labels = torch.from_numpy(integers(row["labelSeed"], (batch,), row["classCount"]))
    if steps == 0:
        with torch.no_grad():
            yield "logits", model.eval()(images)
        return
    optimizer = torch.optim.SGD(
        model.parameters(), lr=row["learningRate"], momentum=row["momentum"], weight_decay=row["weightDecay"])
    losses = []
    for step in range(steps):
        optimizer.zero_grad()
        logits = model(images)
        loss = F.cross_entropy(logits, labels)
        loss.backward()
        losses.append(loss.detach())
        if step == 0:
            yield "logits", logits.detach()
            for name, parameter in model.named_parameters():
                yield f"gradient.{name}", parameter.grad
        if steps == 1:
            return
        optimizer.step()
    yield "losses", torch.stack(losses)
    for parameter_row, (name, parameter) in zip(row["parameters"], model.named_parameters()):
        yield f"weight.{name}", parameter.detach()
        start = torch.from_numpy(uniform(parameter_row["seed"], tuple(parameter.shape)))
        start.mul_(torch.tensor(parameter_row["scale"], dtype=torch.float32)).add_(parameter_row["shift"])
        yield f"change.{name}", parameter.detach() - start
    for name, value in model.named_buffers():
        if value.dtype.is_floating_point:
            yield f"buffer.{name}", value
    with torch.no_grad():
        yield "logits after", model.eval()(images)


def digest(value):
    """What of a value is compared between PyTorch's float64 and float32."""
    flat = value.double().flatten()
    return flat[:: max(1, flat.numel() // 4096)].clone()


def compare(row, steps, kept, order=torch.contiguous_format, jitter=None):
    """How far PyTorch's float32 is from its float64, for each kind of value. Left out are biases before batch
    normalisation, whose gradient is 0, and changes that are small beside their weights' precision."""
    worst = {}
    start = {f"change.{parameter['name']}": parameter["scale"] + parameter["shift"] for parameter in row["parameters"]}
    for key, value in train(row, torch.float32, steps, order, jitter):
        if row["batchNormalization"] and key.endswith(".bias") and ".features." in key:
            continue
        exact = kept[key]
        if key.startswith("change.classifier"):
            rounding = steps * start[key] * 2**-23
            if rounding > 2e-3 * exact.norm().item() / exact.numel() ** 0.5:
                continue
        kind = key.split(".")[0]
        distance = (digest(value) - exact).norm().item() / max(exact.norm().item(), 1e-5)
        worst[kind] = max(worst.get(kind, (0, "")), (distance, key))
    return worst


def is_clear(worst, change=3e-3):
    """Whether rounding decided no maximum and no ReLU on the way: either shows in the gradients of the first layers."""
    return worst.get("gradient", (0,))[0] < 1e-4 and worst.get("change", (0,))[0] < change


def write_model(name, column, images, steps=5, rate=0.002, attempts=40, **options):
    row = {
        "name": name, "column": column, "batchNormalization": False, "classCount": 5, "pooledSize": 7,
        "hiddenUnits": [4096, 4096], "images": images, "steps": steps, "learningRate": rate, "momentum": 0.9,
        "weightDecay": 5e-4, "labelSeed": seed_of("models", name, "labels"), **options,
    }
    with torch.device("meta"):
        model = VGG(column, 5, row["batchNormalization"], row["pooledSize"], row["hiddenUnits"])
    row["parameters"] = parameter_rows(name, model)
    orders = (torch.contiguous_format, torch.channels_last)
    for attempt in range(attempts):
        row["imageSeed"] = seed_of("models", name, "images", str(attempt))
        first = {key: digest(value) for key, value in train(row, torch.float64, min(steps, 1))}
        votes = [{"order": order} for order in orders] + [{"jitter": seed} for seed in range(4 if steps else 0)]
        for vote in votes:
            worst = compare(row, min(steps, 1), first, **vote)
            if not is_clear(worst):
                break
        if not is_clear(worst):
            print(f"    images {attempt}: rounding decides", vote, worst["gradient"], flush=True)
            continue
        writer, kept = Writer(f"models/{name}"), {}
        for key, value in train(row, torch.float64, steps):
            writer.add(key, value)
            kept[key] = digest(value)
        checks = [compare(row, steps, kept, order) for order in orders]
        jittered = [compare(row, steps, kept, jitter=seed) for seed in range(6 if steps else 0)]
        # The jitter itself is a hundredth of the smallest changes.
        if all(is_clear(worst) for worst in checks) and all(is_clear(worst, change=1.5e-2) for worst in jittered):
            break
        print(f"    images {attempt}: rounding decides later", *(worst["change"] for worst in checks + jittered), flush=True)
    else:
        raise SystemExit(f"{name}: no images without near ties among {attempts}")
    if "losses" in kept:
        print("    losses", [round(loss, 4) for loss in kept["losses"].tolist()])
    for kind, (distance, key) in checks[0].items():
        print(f"    PyTorch's float32 is off by {distance:.1e} of the norm in {key}")
    writer.table.append(row)
    writer.save()


def write_names():
    """The names and shapes of torchvision's state dictionaries, each table once: the classifier is the same in all."""
    writer = Writer("models/torchvision")
    for name, column in (("vgg11", "A"), ("vgg13", "B"), ("vgg16", "D"), ("vgg19", "E")):
        for batch_norm in (False, True):
            with torch.device("meta"):
                model = VGG(column, 1000, batch_norm)
            name = name + "_bn" if batch_norm else name
            count = sum(parameter.numel() for parameter in model.parameters())
            assert count == COUNTS[name], (name, count)
            shapes = {key: list(value.shape) for key, value in model.state_dict().items()}
            row = {"name": name, "column": column, "batchNormalization": batch_norm, "parameterCount": count}
            writer.table.append({**row, "shapes": shapes})
    with torch.device("meta"):
        assert sum(parameter.numel() for parameter in VGG("D", 5).parameters()) == 134_281_029
    writer.save()


MODELS = {
    "vgg11": lambda name: write_model(name, "A", [2, 64, 64], rate=0.0002),
    "vgg16": lambda name: write_model(name, "D", [2, 64, 64], rate=0.0002),
    "vgg11_bn": lambda name: write_model(name, "A", [4, 64, 64], batchNormalization=True),
    "vgg16_224": lambda name: write_model(name, "D", [1, 224, 224], steps=0),
    "small_a_lrn": lambda name: write_model(name, "A-LRN", [3, 32, 48], pooledSize=2, hiddenUnits=[64]),
    "small_c": lambda name: write_model(name, "C", [2, 37, 41], pooledSize=1, hiddenUnits=[48, 32]),
    "small_a_bn": lambda name: write_model(
        name, "A", [6, 32, 32], batchNormalization=True, pooledSize=2, hiddenUnits=[128]),
}

if __name__ == "__main__":
    fixtures.LARGEST_STORED_WHOLE = 160
    torch.set_num_threads(2)
    write_names()
    for name in sys.argv[1:] or MODELS:
        MODELS[name](name)
