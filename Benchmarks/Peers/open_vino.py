# SPDX-License-Identifier: Apache-2.0
"""OpenVINO's side: inference and convolutions. The precision is always said: left alone, it would be bfloat16 wherever
the processor has it."""

from pathlib import Path

import openvino
from safetensors.numpy import load_file

from job import THREADS, convolution_shapes, logits_checksum, measure, read_job, write_report

job = read_job()
data = Path(job["data"])
core = openvino.Core()


def compiled(file):
    model = core.read_model(file)
    model.reshape([job["batch"], *list(model.input(0).partial_shape)[1:]])
    settings = {"INFERENCE_PRECISION_HINT": job["precision"], "PERFORMANCE_HINT": job["hint"],
                "INFERENCE_NUM_THREADS": THREADS}
    return core.compile_model(model, "CPU", settings)


def measured(model, images):
    """Seconds an image and the last result. With the hint THROUGHPUT, as many requests at once as OpenVINO finds best."""
    request = model.create_infer_request()
    if job["hint"] == "LATENCY":
        seconds = measure(job, job["batch"], lambda: request.infer([images], share_inputs=True))
    else:
        queue = openvino.AsyncInferQueue(model)

        def run():
            for _ in range(len(queue)):
                queue.start_async([images], share_inputs=True)
            queue.wait_all()

        seconds = measure(job, job["batch"] * len(queue), run)
    return seconds, request.infer([images], share_inputs=True)[0]


if job["workload"] == "inference":
    images = load_file(data / "inputs.safetensors")["images"][: job["batch"]]
    seconds, logits = measured(compiled(data / f"{job['model']}.onnx"), images)
    write_report({"image": seconds}, logits_checksum(logits))
else:
    file = load_file(data / "convolutions.safetensors")
    seconds, checksum = {}, []
    for shape in convolution_shapes(file):
        images = file[f"{shape}.input"].repeat(job["batch"], axis=0)
        seconds[shape], output = measured(compiled(data / f"convolution-{shape}.onnx"), images)
        checksum.append(abs(output).mean())
    write_report(seconds, checksum)
