# SPDX-License-Identifier: Apache-2.0
"""torchvision's transforms, written with Pillow and torch."""

import math
import random
from pathlib import Path

import numpy as np
import torch
from PIL import Image

MEAN = torch.tensor([0.485, 0.456, 0.406])[:, None, None]
DEVIATION = torch.tensor([0.229, 0.224, 0.225])[:, None, None]


def normalised(image):
    """ToTensor and Normalize"""
    pixels = torch.from_numpy(np.array(image)).permute(2, 0, 1).contiguous()
    return pixels.to(torch.float32).div_(255).sub_(MEAN).div_(DEVIATION)


def random_rectangle(width, height, scale):
    """Of RandomResizedCrop: left, top, width, height."""
    for _ in range(10):
        area = width * height * random.uniform(*scale)
        aspect = math.exp(random.uniform(math.log(3 / 4), math.log(4 / 3)))
        w, h = round(math.sqrt(area * aspect)), round(math.sqrt(area / aspect))
        if 0 < w <= width and 0 < h <= height:
            return random.randint(0, width - w), random.randint(0, height - h), w, h
    w, h = min(width, round(height * 4 / 3)), min(height, round(width * 4 / 3))
    return (width - w) // 2, (height - h) // 2, w, h


def augmented(path, size, scale=(0.08, 1), whole=True):
    """RandomResizedCrop, RandomHorizontalFlip, ToTensor, Normalize.

    As torchvision does it, the whole photo is decoded and the rectangle cut out. Otherwise the photo is decoded at a
    half, a quarter or an eighth of its size where the rectangle still has as many pixels as are wanted.
    """
    image = Image.open(path)
    left, top, width, height = random_rectangle(*image.size, scale)
    if whole:
        image = image.convert("RGB").crop((left, top, left + width, top + height))
        image = image.resize((size, size), Image.Resampling.BILINEAR)
    else:
        full = image.size
        shrink = max([factor for factor in (2, 4, 8) if min(width, height) >= factor * size], default=1)
        image.draft("RGB", (math.ceil(full[0] / shrink), math.ceil(full[1] / shrink)))
        x, y = image.size[0] / full[0], image.size[1] / full[1]
        box = (left * x, top * y, (left + width) * x, (top + height) * y)
        image = image.convert("RGB").resize((size, size), Image.Resampling.BILINEAR, box=box)
    if random.random() < 0.5:
        image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    return normalised(image)


class Photos(torch.utils.data.Dataset):
    """Every so many-th photo of a folder of classes, augmented."""

    def __init__(self, folder, count, size, scale=(0.08, 1), whole=True):
        classes = sorted(path for path in Path(folder).iterdir() if path.is_dir())
        files = [(file, label) for label, path in enumerate(classes) for file in sorted(path.rglob("*.jpg"))]
        count = min(count, len(files))
        self.files = [files[index * len(files) // count] for index in range(count)]
        self.arguments = (size, scale, whole)

    def __len__(self):
        return len(self.files)

    def __getitem__(self, index):
        file, label = self.files[index]
        return augmented(file, *self.arguments), label
