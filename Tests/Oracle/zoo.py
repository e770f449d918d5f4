# SPDX-License-Identifier: Apache-2.0
"""Writes Tests/Fixtures/models/zoo-*: AlexNet, SqueezeNet, ResNet and GoogLeNet as torchvision defines them, built again
here, and the networks of `zoo_mobile.py`: names and shapes, logits at inference, and logits and gradients in training;
`smallest` writes logits of the smallest images. Values come from the formula; there is no dropout."""

import json
import sys

import torch
from torch import nn
import torch.nn.functional as F

from fixtures import Writer, integers, seed_of, uniform
from models import digest

import fixtures
import zoo_mobile

# torchvision's parameter counts with 1000 classes; GoogLeNet's without the auxiliary classifiers.
COUNTS = {
    "alexnet": 61_100_840, "squeezenet1_0": 1_248_424, "squeezenet1_1": 1_235_496, "resnet18": 11_689_512,
    "resnet34": 21_797_672, "resnet50": 25_557_032, "googlenet": 6_624_904, **zoo_mobile.COUNTS,
}


def conv_relu(*arguments, **options):
    return [nn.Conv2d(*arguments, **options), nn.ReLU()]


class AlexNet(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.features = nn.Sequential(
            *conv_relu(3, 64, 11, stride=4, padding=2), nn.MaxPool2d(3, 2), *conv_relu(64, 192, 5, padding=2),
            nn.MaxPool2d(3, 2), *conv_relu(192, 384, 3, padding=1), *conv_relu(384, 256, 3, padding=1),
            *conv_relu(256, 256, 3, padding=1), nn.MaxPool2d(3, 2))
        self.avgpool = nn.AdaptiveAvgPool2d(6)
        self.classifier = nn.Sequential(
            nn.Dropout(0), nn.Linear(9216, 4096), nn.ReLU(), nn.Dropout(0), nn.Linear(4096, 4096), nn.ReLU(),
            nn.Linear(4096, classes))

    def forward(self, x):
        return self.classifier(torch.flatten(self.avgpool(self.features(x)), 1))


class Fire(nn.Module):
    def __init__(self, channels, squeezed, expanded):
        super().__init__()
        self.squeeze = nn.Conv2d(channels, squeezed, 1)
        self.expand1x1 = nn.Conv2d(squeezed, expanded, 1)
        self.expand3x3 = nn.Conv2d(squeezed, expanded, 3, padding=1)

    def forward(self, x):
        x = F.relu(self.squeeze(x))
        return torch.cat([F.relu(self.expand1x1(x)), F.relu(self.expand3x3(x))], 1)


class SqueezeNet(nn.Module):
    def __init__(self, classes, version):
        super().__init__()

        def pool():
            return nn.MaxPool2d(3, 2, ceil_mode=True)

        if version == "1.0":
            layers = [
                *conv_relu(3, 96, 7, stride=2), pool(), Fire(96, 16, 64), Fire(128, 16, 64), Fire(128, 32, 128), pool(),
                Fire(256, 32, 128), Fire(256, 48, 192), Fire(384, 48, 192), Fire(384, 64, 256), pool(), Fire(512, 64, 256)]
        else:
            layers = [
                *conv_relu(3, 64, 3, stride=2), pool(), Fire(64, 16, 64), Fire(128, 16, 64), pool(), Fire(128, 32, 128),
                Fire(256, 32, 128), pool(), Fire(256, 48, 192), Fire(384, 48, 192), Fire(384, 64, 256), Fire(512, 64, 256)]
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Sequential(nn.Dropout(0), *conv_relu(512, classes, 1), nn.AdaptiveAvgPool2d(1))

    def forward(self, x):
        return torch.flatten(self.classifier(self.features(x)), 1)


def bare(channels, filters, kernel, stride=1):
    return nn.Conv2d(channels, filters, kernel, stride, kernel // 2, bias=False)


def shortcut(channels, filters, stride):
    if channels == filters and stride == 1:
        return None
    return nn.Sequential(bare(channels, filters, 1, stride), nn.BatchNorm2d(filters))


class BasicBlock(nn.Module):
    expansion = 1

    def __init__(self, channels, width, stride):
        super().__init__()
        self.conv1, self.bn1 = bare(channels, width, 3, stride), nn.BatchNorm2d(width)
        self.conv2, self.bn2 = bare(width, width, 3), nn.BatchNorm2d(width)
        self.downsample = shortcut(channels, width, stride)

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(y + (self.downsample(x) if self.downsample else x))


class Bottleneck(nn.Module):
    expansion = 4

    def __init__(self, channels, width, stride):
        super().__init__()
        self.conv1, self.bn1 = bare(channels, width, 1), nn.BatchNorm2d(width)
        self.conv2, self.bn2 = bare(width, width, 3, stride), nn.BatchNorm2d(width)
        self.conv3, self.bn3 = bare(width, 4 * width, 1), nn.BatchNorm2d(4 * width)
        self.downsample = shortcut(channels, 4 * width, stride)

    def forward(self, x):
        y = F.relu(self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x))))))
        return F.relu(self.bn3(self.conv3(y)) + (self.downsample(x) if self.downsample else x))


class ResNet(nn.Module):
    def __init__(self, classes, block, counts):
        super().__init__()
        self.conv1, self.bn1, self.maxpool = bare(3, 64, 7, 2), nn.BatchNorm2d(64), nn.MaxPool2d(3, 2, 1)
        channels = 64
        for stage, count in enumerate(counts):
            width, layers = 64 << stage, []
            for index in range(count):
                layers.append(block(channels, width, 2 if stage and not index else 1))
                channels = width * block.expansion
            setattr(self, f"layer{stage + 1}", nn.Sequential(*layers))
        self.avgpool, self.fc = nn.AdaptiveAvgPool2d(1), nn.Linear(channels, classes)

    def forward(self, x):
        x = self.maxpool(F.relu(self.bn1(self.conv1(x))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(torch.flatten(self.avgpool(x), 1))


class BasicConv2d(nn.Module):
    def __init__(self, channels, filters, kernel, stride=1):
        super().__init__()
        self.conv, self.bn = bare(channels, filters, kernel, stride), nn.BatchNorm2d(filters, eps=0.001)

    def forward(self, x):
        return F.relu(self.bn(self.conv(x)))


class Inception(nn.Module):
    def __init__(self, channels, direct, second, third, pooled):
        super().__init__()
        self.branch1 = BasicConv2d(channels, direct, 1)
        self.branch2 = nn.Sequential(BasicConv2d(channels, second[0], 1), BasicConv2d(*second, 3))
        self.branch3 = nn.Sequential(BasicConv2d(channels, third[0], 1), BasicConv2d(*third, 3))
        self.branch4 = nn.Sequential(nn.MaxPool2d(3, 1, 1, ceil_mode=True), BasicConv2d(channels, pooled, 1))

    def forward(self, x):
        return torch.cat([self.branch1(x), self.branch2(x), self.branch3(x), self.branch4(x)], 1)


class GoogLeNet(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.conv1, self.conv2, self.conv3 = BasicConv2d(3, 64, 7, 2), BasicConv2d(64, 64, 1), BasicConv2d(64, 192, 3)
        self.inception3a = Inception(192, 64, (96, 128), (16, 32), 32)
        self.inception3b = Inception(256, 128, (128, 192), (32, 96), 64)
        self.inception4a = Inception(480, 192, (96, 208), (16, 48), 64)
        self.inception4b = Inception(512, 160, (112, 224), (24, 64), 64)
        self.inception4c = Inception(512, 128, (128, 256), (24, 64), 64)
        self.inception4d = Inception(512, 112, (144, 288), (32, 64), 64)
        self.inception4e = Inception(528, 256, (160, 320), (32, 128), 128)
        self.inception5a = Inception(832, 256, (160, 320), (32, 128), 128)
        self.inception5b = Inception(832, 384, (192, 384), (48, 128), 128)
        self.fc = nn.Linear(1024, classes)

    def forward(self, x):
        x = self.conv3(self.conv2(F.max_pool2d(self.conv1(x), 3, 2, ceil_mode=True)))
        x = self.inception3b(self.inception3a(F.max_pool2d(x, 3, 2, ceil_mode=True)))
        x = self.inception4a(F.max_pool2d(x, 3, 2, ceil_mode=True))
        x = self.inception4e(self.inception4d(self.inception4c(self.inception4b(x))))
        x = self.inception5b(self.inception5a(F.max_pool2d(x, 2, 2, ceil_mode=True)))
        return self.fc(x.mean((2, 3)))


BUILDERS = {
    "alexnet": AlexNet,
    "squeezenet1_0": lambda classes: SqueezeNet(classes, "1.0"),
    "squeezenet1_1": lambda classes: SqueezeNet(classes, "1.1"),
    "resnet18": lambda classes: ResNet(classes, BasicBlock, [2, 2, 2, 2]),
    "resnet34": lambda classes: ResNet(classes, BasicBlock, [3, 4, 6, 3]),
    "resnet50": lambda classes: ResNet(classes, Bottleneck, [3, 4, 6, 3]),
    "googlenet": GoogLeNet,
    **zoo_mobile.BUILDERS,
}
# Batch, height and width.
IMAGES = {
    "alexnet": [4, 67, 79], "squeezenet1_0": [6, 65, 61], "squeezenet1_1": [6, 65, 61], "resnet18": [4, 48, 56],
    "resnet34": [4, 48, 40], "resnet50": [3, 33, 33], "googlenet": [4, 40, 48],
    **zoo_mobile.IMAGES,
}
CLASSES = 7
# Heights and widths, down to the smallest of a network.
SMALLEST = {
    "squeezenet1_0": [(21, 21), (22, 29), (24, 24), (28, 21)], "squeezenet1_1": [(17, 17), (18, 25), (24, 17)],
    "googlenet": [(15, 15), (17, 15), (22, 31)],
}


def state_rows(name, model):
    """How each entry of the state dictionary starts: `scale · uniform + shift`."""
    normalizations = {key for key, module in model.named_modules() if isinstance(module, nn.BatchNorm2d)}
    rows = []
    for key, value in model.state_dict().items():
        if key.endswith("num_batches_tracked"):
            continue
        row = {"name": key, "shape": list(value.shape), "seed": seed_of("zoo", name, key), "scale": 0.05, "shift": 0.0}
        if value.dim() > 1:
            row["scale"] = float(torch.tensor((6 / value[0].numel()) ** 0.5, dtype=torch.float32))
        elif key.endswith("running_var"):
            row.update(scale=0.3, shift=1.0)
        elif key.endswith("weight") and key.rpartition(".")[0] in normalizations:
            row.update(scale=0.25, shift=1.0)
        elif name.startswith("resnet") and key.endswith("bias") and key not in ("bn1.bias", "fc.bias"):
            row["shift"] = 1.0  # fewer values near zero, where rounding would decide a ReLU
        rows.append(row)
    return rows


def fill(model, entries, prefix=""):
    """Sets what a table of `state_rows` describes, or the part of it whose names begin with `prefix`."""
    state = model.state_dict()
    for entry in entries:
        if entry["name"].startswith(prefix):
            values = torch.from_numpy(uniform(entry["seed"], tuple(entry["shape"])))
            values.mul_(torch.tensor(entry["scale"], dtype=torch.float32)).add_(entry["shift"])
            state[entry["name"]].copy_(values)


def images_of(seed, batch, height, width):
    return torch.from_numpy(uniform(seed, (batch, 3, height, width))).to(torch.get_default_dtype()) * 1.5


def results(row, dtype, jitter=None):
    torch.set_default_dtype(dtype)
    model = BUILDERS[row["name"]](CLASSES)
    fill(model, row["state"])
    if jitter is not None:
        generator = torch.Generator().manual_seed(jitter)
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.mul_(1 + 3e-6 * (2 * torch.rand(parameter.shape, generator=generator) - 1))
    images = images_of(row["imageSeed"], *row["images"])
    labels = torch.from_numpy(integers(row["labelSeed"], images.shape[:1], CLASSES))
    with torch.no_grad():
        yield "logits", model.eval()(images)
    logits = model.train()(images)
    yield "training logits", logits.detach()
    F.cross_entropy(logits, labels).backward()
    for name, parameter in model.named_parameters():
        yield f"gradient.{name}", parameter.grad


def distance(row, exact, **options):
    """How far PyTorch's float32 is from its float64 in the gradients, at worst, relative to their norms. Of a bias whose
    effect a later normalisation removes, the gradient is 0, and the tests allow 1e-6."""
    worst = 0
    for key, value in results(row, torch.float32, **options):
        norm = exact[key].norm().item()
        difference = digest(value) - exact[key]
        relative = difference.norm().item() / max(norm, 1e-5) if norm > 1e-12 else difference.abs().max().item() / 1e-3
        worst = max(worst, relative)
    return worst


def write(name):
    with torch.device("meta"):
        count = sum(parameter.numel() for parameter in BUILDERS[name](1000).parameters())
        model = BUILDERS[name](CLASSES)
    assert count == COUNTS[name], (name, count)
    row = {
        "name": name, "parameterCount": count, "classCount": CLASSES, "images": IMAGES[name],
        "labelSeed": seed_of("zoo", name, "labels"), "state": state_rows(name, model),
    }
    if name in zoo_mobile.BUILDERS:
        torch.set_default_dtype(torch.float64)
        images = images_of(seed_of("zoo", name, "calibration"), *row["images"])
        zoo_mobile.calibrate(name, BUILDERS[name](CLASSES), images, row["state"], fill)
    for attempt in range(60):
        row["imageSeed"] = seed_of("zoo", name, "photos", str(attempt))
        exact = {key: digest(value) for key, value in results(row, torch.float64)}
        worst = max(distance(row, exact, jitter=jitter) for jitter in (None, 0, 1, 2, 3))
        print(f"    images {attempt}: rounding moves gradients by {worst:.1e}", flush=True)
        if worst < 4e-4:
            break
    else:
        raise SystemExit(f"{name}: no images without near ties")
    writer = Writer(f"models/zoo-{name}")
    for key, value in results(row, torch.float64):
        writer.add(key, value)
    writer.table.append(row)
    writer.save()


def write_smallest():
    """Logits of images so small that pooling windows reach over their end. The sizes below them are refused."""
    writer = Writer("models/zoo-smallest")
    torch.set_default_dtype(torch.float64)
    for name, sizes in SMALLEST.items():
        state_row = json.loads((fixtures.ROOT / f"models/zoo-{name}.json").read_text())[0]
        model = BUILDERS[name](CLASSES).eval()
        fill(model, state_row["state"])
        for height, width in sizes:
            seed = seed_of("zoo", name, "smallest", f"{height}x{width}")
            images = images_of(seed, 2, height, width)
            key = f"{name} {height}x{width}"
            with torch.no_grad():
                writer.add(key, model(images))
            writer.table.append({"key": key, "name": name, "height": height, "width": width, "imageSeed": seed})
        smallest = min(min(size) for size in sizes)
        try:
            with torch.no_grad():
                model(torch.zeros(1, 3, smallest - 1, smallest - 1))
        except RuntimeError:
            continue
        raise SystemExit(f"{name} takes images of {smallest - 1} pixels")
    writer.save()


if __name__ == "__main__":
    fixtures.LARGEST_STORED_WHOLE = 160
    torch.set_num_threads(2)
    for chosen in sys.argv[1:] or [*BUILDERS, "smallest"]:
        write_smallest() if chosen == "smallest" else write(chosen)
