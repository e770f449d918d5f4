# SPDX-License-Identifier: Apache-2.0
"""Writes the shared weights as ONNX models, and as an OpenVINO model if OpenVINO is there: prepare_onnx.py FOLDER"""

import sys
from pathlib import Path

import onnx
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import load_file

from job import convolution_shapes


class Graph:
    """A chain of nodes, each taking what the one before gives."""

    def __init__(self, input_shape):
        self.nodes, self.constants, self.value = [], [], "images"
        self.input = helper.make_tensor_value_info("images", TensorProto.FLOAT, input_shape)

    def add(self, operation, constants=(), **attributes):
        names = [f"{operation}{len(self.nodes)}.{index}" for index in range(len(constants))]
        self.constants += [numpy_helper.from_array(array, name) for array, name in zip(constants, names)]
        output = f"value{len(self.nodes)}"
        self.nodes.append(helper.make_node(operation, [self.value, *names], [output], **attributes))
        self.value = output

    def convolution(self, weight, bias):
        self.add("Conv", [weight, bias], kernel_shape=[3, 3], pads=[1, 1, 1, 1])

    def write(self, path, output_shape):
        output = helper.make_tensor_value_info(self.value, TensorProto.FLOAT, output_shape)
        graph = helper.make_graph(self.nodes, path.stem, [self.input], [output], self.constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        onnx.checker.check_model(model)
        onnx.save(model, path)


def write_network(name, folder):
    state = load_file(folder / f"{name}.safetensors")
    graph = Graph(["N", 3, 224, 224])
    numbers = sorted({int(key.split(".")[1]) for key in state if key.startswith("features.")})
    for number in range(numbers[-1] + 3):
        if number in numbers:
            graph.convolution(state[f"features.{number}.weight"], state[f"features.{number}.bias"])
        elif number - 1 in numbers:
            graph.add("Relu")
        else:
            graph.add("MaxPool", kernel_shape=[2, 2], strides=[2, 2])
    graph.add("Flatten")
    for number in (0, 3, 6):
        if number > 0:
            graph.add("Relu")
        graph.add("Gemm", [state[f"classifier.{number}.weight"], state[f"classifier.{number}.bias"]], transB=1)
    graph.write(folder / f"{name}.onnx", ["N", 1000])


def main():
    folder = Path(sys.argv[1])
    for name in ("vgg11", "vgg16"):
        write_network(name, folder)
    file = load_file(folder / "convolutions.safetensors")
    for shape in convolution_shapes(file):
        inputs, outputs, size = map(int, shape.split("-"))
        graph = Graph(["N", inputs, size, size])
        graph.convolution(file[f"{shape}.weight"], file[f"{shape}.bias"])
        graph.write(folder / f"convolution-{shape}.onnx", ["N", outputs, size, size])
    try:
        import openvino
    except ImportError:
        return
    model = openvino.Core().read_model(folder / "vgg16.onnx")
    openvino.save_model(model, folder / "vgg16.xml", compress_to_fp16=False)


main()
