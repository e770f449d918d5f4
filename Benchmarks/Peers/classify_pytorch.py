# SPDX-License-Identifier: Apache-2.0
"""One photo, one process: classify_pytorch.py WEIGHTS PHOTO. Weights are mapped, not read, whichever file they are in."""

import sys

import torch

from preprocessing import preprocessed
from vgg import VGG

weights, photo = sys.argv[1:]
with torch.device("meta"):
    model = VGG("vgg16")
if weights.endswith(".safetensors"):
    from safetensors.torch import load_file

    state = load_file(weights)
else:
    state = torch.load(weights, mmap=True, weights_only=True)
model.load_state_dict(state, assign=True)
with torch.inference_mode():
    print(model.eval()(torch.from_numpy(preprocessed(photo))).argmax().item())
