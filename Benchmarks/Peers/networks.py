# SPDX-License-Identifier: Apache-2.0
"""torchvision's networks, with the weights that all subjects share."""

import sys
import types

import torch
from safetensors.torch import load_file

# Without its compiled operators, as beside a PyTorch for the CPU alone, torchvision fails where it describes them. The
# networks need none of them.
sys.modules["torchvision._meta_registrations"] = types.ModuleType("torchvision._meta_registrations")

import torchvision  # noqa: E402


def loaded(name, folder, **options):
    with torch.device("meta"):
        model = torchvision.models.get_model(name, weights=None, **options)
    model.load_state_dict(load_file(folder / f"{name}.safetensors"), assign=True)
    return model
