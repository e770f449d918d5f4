# SPDX-License-Identifier: Apache-2.0
"""Writes a network with the shared weights as an ONNX model, or each of the single convolutions:

    prepare_onnx.py FOLDER [NETWORK]
"""

import sys
from pathlib import Path

import torch
from safetensors.torch import load_file

from job import convolution_shapes
from networks import loaded


def write(model, input_shape, path):
    torch.onnx.export(
        model.eval(), torch.zeros(input_shape), path, dynamo=False, opset_version=17,
        input_names=["images"], output_names=["output"], dynamic_axes={"images": {0: "N"}, "output": {0: "N"}})


def write_network(name, folder):
    write(loaded(name, folder), (1, 3, 224, 224), folder / f"{name}.onnx")


def write_convolutions(folder):
    file = load_file(folder / "convolutions.safetensors")
    for shape in convolution_shapes(file):
        inputs, outputs, size = map(int, shape.split("-"))
        convolution = torch.nn.Conv2d(inputs, outputs, 3, padding=1)
        convolution.load_state_dict({name: file[f"{shape}.{name}"] for name in ("weight", "bias")})
        write(convolution, (1, inputs, size, size), folder / f"convolution-{shape}.onnx")


folder, networks = Path(sys.argv[1]), sys.argv[2:]
if networks:
    write_network(networks[0], folder)
else:
    write_convolutions(folder)
