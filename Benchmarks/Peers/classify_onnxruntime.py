# SPDX-License-Identifier: Apache-2.0
"""One photo, one process: classify_onnxruntime.py MODEL PHOTO"""

import sys

import onnxruntime

from preprocessing import preprocessed

model, photo = sys.argv[1:]
session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
print(session.run(None, {"images": preprocessed(photo)})[0].argmax())
