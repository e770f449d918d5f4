# SPDX-License-Identifier: Apache-2.0
"""Networks for `zoo.py` that torchvision itself builds, and EfficientNet-Lite0 as the package efficientnet_lite_pytorch
defines it. There is no dropout and no stochastic depth."""

import math
import sys
import types

import torch
from torch import nn
import torch.nn.functional as F

# Without its compiled operators, as beside a PyTorch for the CPU alone, torchvision fails where it describes them. The
# networks need none of them.
sys.modules["torchvision._meta_registrations"] = types.ModuleType("torchvision._meta_registrations")

from torchvision import models  # noqa: E402

# The table of EfficientNet-Lite0: expansion, kernel, stride, channels, blocks.
LITE0 = [
    (1, 3, 1, 16, 1), (6, 3, 2, 24, 2), (6, 5, 2, 40, 2), (6, 3, 2, 80, 3), (6, 5, 1, 112, 3), (6, 5, 2, 192, 4),
    (6, 3, 1, 320, 1),
]


class SamePadded(nn.Conv2d):
    """A convolution without bias, with TensorFlow's padding: ⌈size / stride⌉ outputs, and the odd zero at the end."""

    def __init__(self, channels, filters, kernel, stride=1, groups=1):
        super().__init__(channels, filters, kernel, stride, groups=groups, bias=False)

    def forward(self, x):
        zeros = []
        for size in reversed(x.shape[2:]):
            count = max((math.ceil(size / self.stride[0]) - 1) * self.stride[0] + self.kernel_size[0] - size, 0)
            zeros += [count // 2, count - count // 2]
        return super().forward(F.pad(x, zeros))


def normalization(channels):
    return nn.BatchNorm2d(channels, eps=1e-3)


class MBConvLite(nn.Module):
    def __init__(self, channels, filters, expansion, kernel, stride):
        super().__init__()
        width = expansion * channels
        self.has_expansion, self.has_skip = expansion != 1, channels == filters and stride == 1
        if self.has_expansion:
            self._expand_conv, self._bn0, self.relu0 = SamePadded(channels, width, 1), normalization(width), nn.ReLU6()
        self._depthwise_conv = SamePadded(width, width, kernel, stride, groups=width)
        self._bn1, self.relu1 = normalization(width), nn.ReLU6()
        self._project_conv, self._bn2 = SamePadded(width, filters, 1), normalization(filters)

    def forward(self, x):
        y = self.relu0(self._bn0(self._expand_conv(x))) if self.has_expansion else x
        y = self._bn2(self._project_conv(self.relu1(self._bn1(self._depthwise_conv(y)))))
        return x + y if self.has_skip else y


class EfficientNetLite0(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self._conv_stem, self._bn0, self.relu0 = SamePadded(3, 32, 3, 2), normalization(32), nn.ReLU6()
        self._blocks, channels = nn.Sequential(), 32
        for expansion, kernel, stride, filters, count in LITE0:
            for index in range(count):
                self._blocks.append(MBConvLite(channels, filters, expansion, kernel, stride if index == 0 else 1))
                channels = filters
        self._conv_head, self._bn1, self.relu1 = SamePadded(channels, 1280, 1), normalization(1280), nn.ReLU6()
        self._fc = nn.Linear(1280, classes)

    def forward(self, x):
        x = self._blocks(self.relu0(self._bn0(self._conv_stem(x))))
        return self._fc(self.relu1(self._bn1(self._conv_head(x))).mean((2, 3)))


BUILDERS = {
    "resnet101": lambda classes: models.resnet101(num_classes=classes),
    "mobilenet_v2": lambda classes: models.mobilenet_v2(num_classes=classes, dropout=0.0),
    "mobilenet_v3_small": lambda classes: models.mobilenet_v3_small(num_classes=classes, dropout=0.0),
    "mobilenet_v3_large": lambda classes: models.mobilenet_v3_large(num_classes=classes, dropout=0.0),
    "efficientnet_b0": lambda classes: models.efficientnet_b0(num_classes=classes, dropout=0.0, stochastic_depth_prob=0.0),
    "efficientnet_lite0": EfficientNetLite0,
}
# Parameters with 1000 classes.
COUNTS = {
    "resnet101": 44_549_160, "mobilenet_v2": 3_504_872, "mobilenet_v3_small": 2_542_856, "mobilenet_v3_large": 5_483_032,
    "efficientnet_b0": 5_288_548, "efficientnet_lite0": 4_652_008,
}
# Batch, height and width. The last maps have at least 2 × 2 positions.
IMAGES = {
    "resnet101": [3, 40, 40], "mobilenet_v2": [4, 36, 40], "mobilenet_v3_small": [4, 36, 40],
    "mobilenet_v3_large": [4, 36, 40], "efficientnet_b0": [4, 64, 72], "efficientnet_lite0": [4, 36, 40],
}
# Around which values the weights and biases of a normalisation lie before an activation: its kinks are 2.5 standard
# deviations away. There are values on both sides of them, but few that rounding would move across.
AROUND = {nn.ReLU: (1.0, 2.5), nn.ReLU6: (1.2, 3.0), nn.Hardswish: (1.2, 0.0)}
# Factors of the last layer's weights. Without them, gradients are so large that float32 gives 1e-6 where they are 0.
HEADS = {"mobilenet_v3_small": 0.3, "mobilenet_v3_large": 0.3, "efficientnet_b0": 0.3}

# Running variances as parts of the maps' variances: with the whole, logits at inference would hardly depend on the image.
VARIANCES = {"mobilenet_v2": 0.12, "efficientnet_lite0": 0.12, "resnet101": 0.12}


def calibrate(name, model, images, state, fill):
    """Adjusts a table of `zoo.state_rows`: running variances become like those of the maps, which would vanish or explode at
    inference otherwise, and normalisations suit the activation after them."""
    entries = {entry["name"]: entry for entry in state}
    for key in entries:
        if key.endswith("fc2.weight"):
            entries[key]["scale"] *= 3  # the gates of squeeze and excitation differ more
    head = next(key for key in reversed(entries) if key.endswith("weight"))
    entries[head]["scale"] *= HEADS.get(name, 1)
    fill(model.eval(), state)

    def rounded(number):
        return float(f"{number:.2g}")

    def watch(key, module, following):
        def before(_, inputs):
            variance = inputs[0].var((0, 2, 3)).mean().item() * VARIANCES.get(name, 1)
            entries[f"{key}.running_mean"]["scale"] = rounded(0.25 * variance**0.5)
            entries[f"{key}.running_var"].update(scale=rounded(0.3 * variance), shift=rounded(variance))
            if following in AROUND:
                weight, bias = AROUND[following]
                entries[f"{key}.weight"].update(scale=0.25 * weight, shift=weight)
                entries[f"{key}.bias"]["shift"] = bias
            fill(model, state, prefix=f"{key}.")

        module.register_forward_pre_hook(before)

    modules = list(model.named_modules())
    for (key, module), (_, following) in zip(modules, modules[1:]):
        if isinstance(module, nn.BatchNorm2d):
            # A bottleneck of torchvision has one ReLU, which it uses after all of its normalisations.
            watch(key, module, nn.ReLU if isinstance(model, models.ResNet) else type(following))
    with torch.no_grad():
        model(images)
