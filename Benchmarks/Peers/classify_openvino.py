# SPDX-License-Identifier: Apache-2.0
"""One photo, one process: classify_openvino.py MODEL PHOTO"""

import sys

import openvino

from preprocessing import preprocessed

model, photo = sys.argv[1:]
settings = {"INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "LATENCY"}
core = openvino.Core()
network = core.read_model(model)
network.reshape([1, 3, 224, 224])
print(core.compile_model(network, "CPU", settings)([preprocessed(photo)])[0].argmax())
