# SPDX-License-Identifier: Apache-2.0
"""Checkpoints of every format, as PyTorch, safetensors and NumPy write them.

    python checkpoints.py            writes Tests/Fixtures/checkpoints: small files, and contents.json with what is in them
    python checkpoints.py show FILE…
                                     prints what PyTorch (weights_only=True), safetensors or NumPy find in files, as JSON
"""

import io
import json
import sys
import zipfile
from collections import OrderedDict
from pathlib import Path

import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import save_file

FOLDER = Path(__file__).resolve().parent.parent / "Fixtures" / "checkpoints"

TYPES = {
    torch.float64: "F64", torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16", torch.int64: "I64",
    torch.int32: "I32", torch.int16: "I16", torch.int8: "I8", torch.uint64: "U64", torch.uint32: "U32",
    torch.uint16: "U16", torch.uint8: "U8", torch.bool: "BOOL",
}
OLD_TYPES = [type for type in TYPES if type not in (torch.uint64, torch.uint32, torch.uint16)]


def bits(tensor):
    tensor = tensor.detach().contiguous().reshape(-1)
    return tensor.view(torch.uint8).numpy().tobytes().hex() if tensor.numel() else ""


def flattened(value, path=""):
    """The tensors of nested dictionaries and lists, by their paths."""
    if isinstance(value, torch.Tensor):
        yield path, value
    elif isinstance(value, dict):
        for key, member in value.items():
            yield from flattened(member, f"{path}.{key}" if path else f"{key}")
    elif isinstance(value, (list, tuple)):
        for index, member in enumerate(value):
            yield from flattened(member, f"{path}.{index}" if path else f"{index}")


def rows(value):
    return [
        {"name": name, "type": TYPES[tensor.dtype], "shape": list(tensor.shape), "bits": bits(tensor)}
        for name, tensor in flattened(value)
    ]


def of_type(dtype, count=6):
    if dtype == torch.bool:
        return torch.tensor([True, False, True, True, False, False])[:count]
    if dtype.is_floating_point:
        return torch.tensor([0.0, -0.0, float("inf"), 1.5, -2.25, 2.0**-14])[:count].to(dtype)
    return torch.tensor([0, 1, 2, 100, 127, 3])[:count].to(dtype)


def views():
    base = torch.arange(24, dtype=torch.float32)
    image = torch.arange(2 * 3 * 2 * 2, dtype=torch.float32).reshape(2, 3, 2, 2)
    return OrderedDict(
        base=base, reshaped=base.view(2, 3, 4), transposed=base.view(4, 6).t(), every_third=base[1::3],
        inner=base.view(4, 6)[1:3, 2:5], expanded=base[5:6].expand(2, 3), nothing=base[24:],
        channels_last=image.contiguous(memory_format=torch.channels_last), diagonal=base[:16].view(4, 4).diagonal())


def shapes():
    return OrderedDict(
        scalar=torch.tensor(3.5), one=torch.ones(1), empty=torch.zeros(0), empty3=torch.zeros(2, 0, 3),
        four=torch.arange(120, dtype=torch.float32).reshape(2, 3, 4, 5), counter=torch.tensor(7))


def network():
    torch.manual_seed(1)
    return torch.nn.Sequential(
        torch.nn.Conv2d(2, 3, 3), torch.nn.BatchNorm2d(3), torch.nn.ReLU(), torch.nn.Flatten(),
        torch.nn.Linear(12, 4))


def nested():
    state = network().state_dict()
    return {
        "state_dict": OrderedDict((f"module.{name}", value) for name, value in state.items()),
        "epoch": 3, "arch": "vgg16", "best_acc1": 71.5, "done": False, "nothing": None, "large": 2**40, "less": -5,
        "history": [0.5, (1, 2)], "raw": b"\x00\xff\x80",
        "optimizer": {"state": {0: {"momentum_buffer": torch.ones(2)}}, "param_groups": [{"lr": 0.1, "params": [0]}]},
    }


def repacked(data, **options):
    """The same ZIP archive, written by Python's own module."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(target, "w") as archive:
        for info in source.infolist():
            entry = zipfile.ZipInfo(info.filename)
            entry.compress_type = options.get("compression", zipfile.ZIP_STORED)
            with archive.open(entry, "w", force_zip64=options.get("wide", False)) as file:
                file.write(source.read(info))
    return target.getvalue()


def saved(value, **options):
    buffer = io.BytesIO()
    torch.save(value, buffer, **options)
    return buffer.getvalue()


def write():
    FOLDER.mkdir(parents=True, exist_ok=True)
    table = []

    def add(name, format, data, value):
        (FOLDER / name).write_bytes(data)
        table.append({"file": name, "format": format, "tensors": rows(value)})

    types = OrderedDict((str(type).split(".")[1], of_type(type)) for type in TYPES)
    old_types = OrderedDict((str(type).split(".")[1], of_type(type)) for type in OLD_TYPES)
    model = network().state_dict()
    values = {"types": types, "shapes": shapes(), "views": views(), "nested": nested(), "network": model}
    for name, value in values.items():
        add(f"{name}.pth", "pytorch", saved(value), value)
        old = old_types if name == "types" else value
        add(f"{name}-legacy.pth", "pytorch-legacy", saved(old, _use_new_zipfile_serialization=False), old)
    for protocol in [1, 3, 4, 5]:
        add(f"protocol{protocol}.pth", "pytorch", saved(nested(), pickle_protocol=protocol), nested())
    parameter = {"w": torch.nn.Parameter(torch.arange(3.0)), "plain": torch.nn.Linear(1, 2).weight}
    add("parameter.pth", "pytorch", saved(parameter), parameter)
    scalars = {"f": np.float64(0.25), "i": np.int64(-3), "t": torch.ones(1)}
    add("numpy-scalars.pth", "pytorch", saved(scalars), scalars)
    add("deflated.pth", "pytorch", repacked(saved(shapes()), compression=zipfile.ZIP_DEFLATED), shapes())
    add("zip64.pth", "pytorch", repacked(saved(shapes()), wide=True), shapes())
    zeros = repacked(saved({"w": torch.zeros(1 << 24)}), compression=zipfile.ZIP_DEFLATED)
    (FOLDER / "bomb.pth").write_bytes(zeros)
    swapped = {"a": torch.arange(4, dtype=torch.int32), "b": torch.tensor([1.5, -2.0], dtype=torch.float64)}
    add("big-endian.pth", "pytorch", big_endian(swapped), swapped)

    path = FOLDER / "types.safetensors"
    save_file({**types, "empty": torch.zeros(0, 2), "scalar": torch.tensor(2.0)}, path, {"format": "pt", "note": "é"})
    in_file = list(json.loads(path.read_bytes()[8:].split(b"}}")[0] + b"}}"))
    found = sorted(show_safetensors(path)["tensors"], key=lambda row: in_file.index(row["name"]))
    table.append({"file": path.name, "format": "safetensors", "tensors": found})
    for name, array in {
        "array-f4": np.arange(6, dtype="<f4").reshape(2, 3), "array-be": np.arange(6, dtype=">i4"),
        "array-fortran": np.asfortranarray(np.arange(6, dtype="<f8").reshape(2, 3)),
        "array-scalar": np.array(7, dtype="<i8"), "array-empty": np.zeros((0, 3), dtype="|u1"),
    }.items():
        np.save(FOLDER / f"{name}.npy", array)
        table.append({"file": f"{name}.npy", "format": "npy", "tensors": [array_row(name, array)]})
    arrays = {name: tensor.numpy() for name, tensor in types.items() if name != "bfloat16"}
    for name, save in [("arrays.npz", np.savez), ("arrays-compressed.npz", np.savez_compressed)]:
        save(FOLDER / name, **arrays)
        table.append({"file": name, "format": "npz", "tensors": [array_row(*item) for item in arrays.items()]})
    for name, (value, readable) in odd().items():
        add(f"{name}.pth", "pytorch", saved(value), readable)
    halves = {"first": torch.ones(2), "complex": torch.ones(3, dtype=torch.complex64), "last": torch.arange(3.0)}
    kept = {name: tensor for name, tensor in halves.items() if name != "complex"}
    add("beside-legacy.pth", "pytorch-legacy", saved(halves, _use_new_zipfile_serialization=False), kept)
    path = FOLDER / "beside.safetensors"
    save_file({"w": weight(), "eighth": torch.zeros(4).to(torch.float8_e4m3fn), "z": weight().to(torch.complex64)}, path)
    table.append({"file": path.name, "format": "safetensors", "tensors": rows({"w": weight()})})
    records = np.array([(1, 2.5)], dtype=[("a", "<i4"), ("b", "<f4")])
    mixed = {
        "w": weight().numpy(), "classes": np.array(["cat", "dog"]), "bytes": np.array([b"a"]), "records": records,
        "z": np.ones(2, "<c8"), "days": np.array(["2020-01-01"], "M8[D]"), "last": np.arange(3, dtype="<i4"),
    }
    for name, save in [("beside.npz", np.savez), ("beside-compressed.npz", np.savez_compressed)]:
        save(FOLDER / name, **mixed)
        found = [array_row("w", mixed["w"]), array_row("last", mixed["last"])]
        table.append({"file": name, "format": "npz", "tensors": found})
    np.save(FOLDER / "records.npy", records)
    np.savez_compressed(FOLDER / "zeros.npz", m=np.zeros((1024, 1024), "f4"))
    lines = ",\n".join(json.dumps(row) for row in table)
    (FOLDER / "contents.json").write_text(f"[\n{lines}\n]\n")
    print(f"{len(table)} files, {sum(p.stat().st_size for p in FOLDER.iterdir()) / 1024:.0f} KiB")


def weight():
    return torch.arange(6.0).reshape(2, 3)


def odd():
    """What torch.load(weights_only=True) reads and no state dictionary has, and what of it is read here."""
    plain = {
        "w": weight(), "thresholds": {0.5: 0.9, -1e300: 1}, "index": {None: 1}, "pairs": {(0, 1): 1, ("a", (2,)): 2},
        "seed": 2**63 + 5, "less": -(2**70), "by seed": {2**64: 1}, "bytes": {b"k": 1}, "z": 1 - 2j,
        "types": {torch.float32: 1}, "unsigned": np.uint64(2**63 + 5), "half": np.float16(1.5),
    }
    conjugate = torch.tensor([1 + 2j, 3 - 4j]).conj()
    whole = torch.arange(12.0).reshape(2, 3, 2).neg()
    negated = {
        "imaginary": torch.imag(conjugate), "real": torch.real(conjugate),
        "view": torch._neg_view(torch.arange(12.0).reshape(3, 4)).t()[1:],
        "whole": torch._neg_view(whole.half()), "numbers": torch._neg_view(torch.tensor([1, -2, 0], dtype=torch.int16)),
    }
    beside = {
        "w": weight(), "sparse": torch.eye(3).to_sparse(), "compressed": torch.eye(3).to_sparse_csr(),
        "complex": torch.ones(2, dtype=torch.complex128), "eighth": torch.zeros(4).to(torch.float8_e5m2),
        "quantized": torch.quantize_per_tensor(weight(), 0.1, 0, torch.qint8), "meta": torch.empty(2, device="meta"),
        "parameter": torch.nn.Parameter(torch.ones(2, dtype=torch.complex64)), "last": torch.ones(2),
    }
    large = {
        "w": weight(), "best": torch.tensor(1e300, dtype=torch.float64), "step": torch.tensor(2**40), "last": torch.ones(2)}
    return {
        "plain-values": (plain, {"w": plain["w"]}),
        "negated": (negated, {name: tensor.resolve_neg() for name, tensor in negated.items()}),
        "beside": (beside, {"w": beside["w"], "last": beside["last"]}),
        "large": (large, large),
    }


def big_endian(value):
    """As a big-endian machine would write it: each storage's elements with their bytes turned round."""
    target = io.BytesIO()
    widths = [tensor.element_size() for tensor in value.values()]
    with zipfile.ZipFile(io.BytesIO(saved(value))) as source, zipfile.ZipFile(target, "w") as archive:
        for info in source.infolist():
            data, name = source.read(info), info.filename
            if name.endswith("/byteorder"):
                data = b"big"
            if "/data/" in name:
                width = widths[int(name.split("/")[-1])]
                data = np.frombuffer(data, dtype=np.uint8).reshape(-1, width)[:, ::-1].tobytes()
            archive.writestr(name, data)
    return target.getvalue()


def array_row(name, array):
    kinds = {"f": "F", "i": "I", "u": "U", "b": "BOOL"}
    type = "BOOL" if array.dtype.kind == "b" else f"{kinds[array.dtype.kind]}{8 * array.dtype.itemsize}"
    little = np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<"))
    return {"name": name, "type": type, "shape": list(array.shape), "bits": little.tobytes().hex()}


def show_safetensors(path):
    with safe_open(path, "pt") as file:
        return {
            "tensors": [row for name in file.keys() for row in rows({name: file.get_tensor(name)})],
            "metadata": file.metadata(),
        }


def show(path):
    if path.endswith(".safetensors"):
        return show_safetensors(path)
    if path.endswith(".npy"):
        return {"tensors": [array_row(Path(path).stem, np.load(path))]}
    if path.endswith(".npz"):
        with np.load(path) as file:
            return {"tensors": [array_row(name, file[name]) for name in file.files]}
    return {"tensors": rows(torch.load(path, weights_only=True))}


if __name__ == "__main__":
    if sys.argv[1:2] == ["show"]:
        print(json.dumps([show(path) for path in sys.argv[2:]]))
    else:
        write()
