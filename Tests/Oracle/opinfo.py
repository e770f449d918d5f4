# SPDX-License-Identifier: Apache-2.0
"""Writes Tests/Fixtures/opinfo: PyTorch's own samples of the operations VGGKit has (torch.testing's OpInfo), and special values.

Each row of `samples.json` is a call: an operation, its options, tensors, and what PyTorch makes of them. The numbers lie one
after the other in the tensor `values` of `samples.safetensors`. Needs the package expecttest.
"""

import json
import math
import warnings

import numpy as np
import torch
from safetensors.numpy import save_file
from torch.testing._internal.common_methods_invocations import op_db

from fixtures import ROOT, seed_of, uniform
from opinfo_operations import CONVERTERS, Skip
from opinfo_special import special_samples

# Of an operation with more samples, as many of them at equal distances: max_pool2d has 1440.
CALLS_OF_AN_OPERATION = 720


class Table:
    def __init__(self):
        self.rows, self.values, self.length, self.skipped = [], [], 0, {}

    def put(self, tensor):
        values = tensor.detach().contiguous().to(torch.float64).numpy().astype(np.float32).ravel()
        self.values.append(values)
        entry = {"at": self.length, "shape": list(tensor.shape)}
        self.length += values.size
        return entry

    def add(self, name, operation, options, tensors, call, dtype=torch.float64, strict=False):
        """`call(tensors)` with those in place of the sample's; the reference is computed in float64 unless told otherwise."""
        leaves = [leaf(tensor, dtype) for tensor in tensors]
        outputs = call([tensor.clone() if tensor.requires_grad else tensor for tensor in leaves])
        outputs = list(outputs) if isinstance(outputs, (tuple, list)) else [outputs]
        row = {"name": name, "operation": operation, "options": options, "isStrict": strict}
        row["inputs"] = [
            {**self.put(t), "type": kind(t), "needsGradient": t.requires_grad} for t in tensors
        ]
        row["outputs"] = [self.put(o) for o in outputs]
        first = outputs[0]
        if first.requires_grad:
            row["gradientSeed"] = seed_of("opinfo", name, "gradient")
            incoming = torch.from_numpy(uniform(row["gradientSeed"], tuple(first.shape))).to(first.dtype)
            gradients = torch.autograd.grad(
                first, [t for t in leaves if t.requires_grad], incoming, allow_unused=True)
            row["gradients"] = [
                self.put(g if g is not None else torch.zeros_like(t))
                for g, t in zip(gradients, [t for t in leaves if t.requires_grad])
            ]
        self.rows.append(row)

    def save(self, name):
        folder = ROOT / "opinfo"
        folder.mkdir(parents=True, exist_ok=True)
        save_file({"values": np.concatenate(self.values)}, folder / f"{name}.safetensors")
        lines = ",\n".join(json.dumps(row, separators=(",", ":")) for row in self.rows)
        (folder / f"{name}.json").write_text(f"[\n{lines}\n]\n")
        (folder / f"{name}.safetensors").chmod(0o644)
        size = sum(path.stat().st_size for path in folder.glob(f"{name}.*"))
        print(f"opinfo/{name}: {len(self.rows)} calls, {size / 1024:.0f} KiB")
        for reason, count in sorted(self.skipped.items()):
            print(f"    {count} calls not made: {reason}")


def kind(tensor):
    return "float32" if tensor.dtype == torch.float32 else "uint8" if tensor.dtype == torch.bool else "int32"


def leaf(tensor, dtype):
    if not tensor.is_floating_point():
        return tensor
    return tensor.detach().to(dtype).requires_grad_(tensor.requires_grad)


def tensors_of(value, found):
    """The tensors of a sample, in order."""
    if isinstance(value, torch.Tensor):
        found.append(value)
    elif isinstance(value, dict):
        for each in value.values():
            tensors_of(each, found)
    elif isinstance(value, (list, tuple)):
        for each in value:
            tensors_of(each, found)
    return found


def replaced(value, tensors):
    """The same value with each tensor replaced by the next of an iterator."""
    if isinstance(value, torch.Tensor):
        return next(tensors)
    if isinstance(value, dict):
        return {key: replaced(each, tensors) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(replaced(each, tensors) for each in value)
    return value


def write_samples(table):
    for info in op_db:
        key = (info.name, info.variant_test_name)
        if key not in CONVERTERS:
            continue
        torch.manual_seed(seed_of("opinfo", *key))
        samples = list(info.sample_inputs("cpu", torch.float32, requires_grad=info.supports_autograd))
        label = " ".join(filter(None, key)).removeprefix("nn.functional.")
        calls = []
        for index, sample in enumerate(samples):
            try:
                tensors = tensors_of((sample.input, sample.args, sample.kwargs), [])
                calls.append((f"{label} {index}", *CONVERTERS[key](sample), tensors, call_of(info, sample)))
            except Skip as reason:
                text = f"{label}: {reason}"
                table.skipped[text] = table.skipped.get(text, 0) + 1
        step = math.ceil(len(calls) / CALLS_OF_AN_OPERATION) or 1
        for call in calls[::step]:
            table.add(*call)


def call_of(info, sample):
    """The sample's call, with other tensors in place of its own."""
    whole = (sample.input, sample.args, sample.kwargs)

    def call(tensors):
        input, args, kwargs = replaced(whole, iter(tensors))
        return info.op(input, *args, **kwargs)

    return call


if __name__ == "__main__":
    warnings.filterwarnings("ignore")
    table = Table()
    write_samples(table)
    special_samples(table)
    table.save("samples")
