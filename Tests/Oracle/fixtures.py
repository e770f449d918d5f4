# SPDX-License-Identifier: Apache-2.0
"""Numbers that Python and Swift both make from one formula, and the files that hold what PyTorch makes of them."""

import json
import zlib
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save_file

ROOT = Path(__file__).resolve().parent.parent / "Fixtures"

# A tensor with more elements than this is stored as statistics and samples.
LARGEST_STORED_WHOLE = 640
SAMPLES = 64


def seed_of(*names):
    """A seed from names, so that adding a case changes no other."""
    return zlib.crc32("/".join(names).encode())


def hashed(seed, count):
    """Words of SplitMix64: a pure function of the seed and the index."""
    with np.errstate(over="ignore"):
        z = np.arange(count, dtype=np.uint64) * np.uint64(0xD1B54A32D192ED03)
        z += np.uint64(seed + 1) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))


def uniform(seed, shape):
    """Multiples of 2⁻²³ in -1 ..< 1, exact in float32."""
    words = hashed(seed, int(np.prod(shape, dtype=np.int64)))
    return ((words >> np.uint64(40)).astype(np.float32) * np.float32(2**-23) - np.float32(1)).reshape(shape)


def coarse(seed, shape):
    """Multiples of a quarter in -1 ..< 1: equal values are common."""
    return np.floor(uniform(seed, shape) * np.float32(4)) / np.float32(4)


def integers(seed, shape, bound):
    """Integers in 0 ..< bound."""
    words = hashed(seed, int(np.prod(shape, dtype=np.int64)))
    return ((words >> np.uint64(40)) % np.uint64(bound)).astype(np.int64).reshape(shape)


class Writer:
    """Gathers tensors for one safetensors file and the table that goes with it."""

    def __init__(self, name):
        self.name = name
        self.tensors = {}
        self.table = []

    def add(self, key, tensor):
        """Stores a tensor, or what pins it down: its norm, its sum, its product with a second tensor, and samples."""
        values = tensor.detach().cpu().double().contiguous().numpy()
        if values.size <= LARGEST_STORED_WHOLE:
            self.tensors[key] = values.astype(np.float32)
            return
        flat = values.ravel()
        seed = seed_of(self.name, key)
        probe = uniform(seed, flat.shape).astype(np.float64)
        statistics = [np.linalg.norm(flat), flat.sum(), flat @ probe]
        self.tensors[f"{key}#statistics"] = np.array(statistics, dtype=np.float64)
        self.tensors[f"{key}#samples"] = flat[integers(seed, (SAMPLES,), flat.size)].astype(np.float32)

    def save(self):
        path = ROOT / self.name
        path.parent.mkdir(parents=True, exist_ok=True)
        if self.tensors:
            save_file(self.tensors, path.with_suffix(".safetensors"))
        lines = ",\n".join(json.dumps(row) for row in self.table)
        path.with_suffix(".json").write_text(f"[\n{lines}\n]\n")
        size = sum(p.stat().st_size for p in path.parent.glob(f"{path.name}.*"))
        print(f"{self.name}: {len(self.table)} rows, {len(self.tensors)} tensors, {size / 1024:.0f} KiB")


def relative_difference(a, b):
    scale = b.abs().max().item() if b.numel() else 0
    return (a.double() - b.double()).abs().max().item() / scale if scale > 0 else 0.0


class Operations(Writer):
    """A table of cases of operations. The values are PyTorch's in float64 from float32 inputs, rounded to float32."""

    def __init__(self, name):
        super().__init__(f"operations/{name}")
        self.worst = 0.0

    def case(self, name, operation, function, inputs, **options):
        """Runs `function(**inputs, **options)` and stores its value and the gradients.

        `inputs` maps a name to a shape, or to a dictionary with the keys `shape`, `values` (uniform, coarse,
        integers), `scale`, `shift`, `bound` and `gradient`.
        """
        rows = [self._input(name, key, inputs[key]) for key in inputs]
        reference, gradients, row = self._run(name, function, rows, options, torch.float64)
        single, single_gradients, _ = self._run(name, function, rows, options, torch.float32)
        for key, value in [*reference.items(), *gradients.items()]:
            assert torch.isfinite(value).all() or "all-ignored" in name, f"{name}: {key} is not finite"
            self.add(f"{name}/{key}", value)
            self.worst = max(self.worst, relative_difference({**single, **single_gradients}[key], value))
        self.table.append({"name": name, "operation": operation, "inputs": rows, "options": options, **row})

    def _input(self, case, name, given):
        row = {"name": name, **(given if isinstance(given, dict) else {"shape": given})}
        row["shape"] = list(row["shape"])
        return {"seed": seed_of(self.name, case, name), **row}

    def _run(self, name, function, rows, options, dtype):
        tensors = {row["name"]: make(row, dtype) for row in rows}
        outputs = function(**tensors, **options)
        outputs = outputs if isinstance(outputs, dict) else {"output": outputs}
        output = outputs["output"]
        row = {"outputShape": list(output.shape)}
        gradients = {}
        if any(tensor.requires_grad for tensor in tensors.values()) and output.requires_grad:
            row["gradientSeed"] = seed_of(self.name, name, "gradient")
            seed_gradient = torch.from_numpy(uniform(row["gradientSeed"], tuple(output.shape))).to(dtype)
            output.backward(seed_gradient)
            gradients = {f"gradient.{k}": t.grad for k, t in tensors.items() if t.requires_grad}
        return {k: v.detach() for k, v in outputs.items()}, gradients, row

    def save(self):
        super().save()
        print(f"    PyTorch's own float32 differs by up to {self.worst:.1e} of the largest value")


def make(row, dtype=torch.float64):
    """The tensor that a row of a table describes."""
    kind, shape, seed = row.get("values", "uniform"), tuple(row["shape"]), row["seed"]
    if kind == "integers":
        return torch.from_numpy(integers(seed, shape, row["bound"]))
    values = {"uniform": uniform, "coarse": coarse}[kind](seed, shape)
    values = values * np.float32(row.get("scale", 1)) + np.float32(row.get("shift", 0))
    return torch.from_numpy(np.asarray(values)).to(dtype).requires_grad_(row.get("gradient", True))
