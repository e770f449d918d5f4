# SPDX-License-Identifier: Apache-2.0
"""Writes the shared weights of VGG-16 as torch.save does: prepare_pytorch.py FOLDER"""

import sys
from pathlib import Path

import torch
from safetensors.torch import load_file

folder = Path(sys.argv[1])
torch.save(load_file(folder / "vgg16.safetensors"), folder / "vgg16.pth")
