# SPDX-License-Identifier: Apache-2.0
"""From a photo to a model's input, without torch."""

import numpy as np
from PIL import Image

MEAN = np.array([0.485, 0.456, 0.406], np.float32)
DEVIATION = np.array([0.229, 0.224, 0.225], np.float32)


def preprocessed(path, size=224):
    """Resize, CenterCrop, ToTensor, Normalize of torchvision: [1, 3, size, size]"""
    image = Image.open(path).convert("RGB")
    target = size * 8 // 7
    width, height = image.size
    if width <= height:
        width, height = target, int(target * height / width)
    else:
        width, height = int(target * width / height), target
    image = image.resize((width, height), Image.Resampling.BILINEAR)
    left, top = round((width - size) / 2), round((height - size) / 2)
    pixels = np.asarray(image.crop((left, top, left + size, top + size)), np.float32)
    return np.ascontiguousarray(((pixels / 255 - MEAN) / DEVIATION).transpose(2, 0, 1)[None])
