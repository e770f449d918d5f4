# SPDX-License-Identifier: Apache-2.0
"""Writes VGG-16 as an OpenVINO model: prepare_openvino.py FOLDER"""

import sys
from pathlib import Path

import openvino

folder = Path(sys.argv[1])
model = openvino.Core().read_model(folder / "vgg16.onnx")
openvino.save_model(model, folder / "vgg16.xml", compress_to_fp16=False)
