# SPDX-License-Identifier: Apache-2.0
"""ONNX Runtime's side: inference and convolutions, with all its graph optimisations."""

from pathlib import Path

import onnxruntime
from safetensors.numpy import load_file

from job import THREADS, convolution_shapes, logits_checksum, measure, read_job, write_report

job = read_job()
data = Path(job["data"])


def session(file):
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.intra_op_num_threads = THREADS
    options.add_free_dimension_override_by_name("N", job["batch"])
    return onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])


if job["workload"] == "inference":
    images = load_file(data / "inputs.safetensors")["images"][: job["batch"]]
    model = session(data / f"{job['model']}.onnx")
    seconds = measure(job, job["batch"], lambda: model.run(None, {"images": images}))
    write_report({"image": seconds}, logits_checksum(model.run(None, {"images": images})[0]))
else:
    file = load_file(data / "convolutions.safetensors")
    seconds, checksum = {}, []
    for shape in convolution_shapes(file):
        images = file[f"{shape}.input"].repeat(job["batch"], axis=0)
        model = session(data / f"convolution-{shape}.onnx")
        seconds[shape] = measure(job, job["batch"], lambda: model.run(None, {"images": images}))
        checksum.append(abs(model.run(None, {"images": images})[0]).mean())
    write_report(seconds, checksum)
