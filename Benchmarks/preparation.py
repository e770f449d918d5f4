# SPDX-License-Identifier: Apache-2.0
"""Brings together what the measurements need: the peers, the weights, the photos."""

import json
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
DATA = HERE / ".data"
PYTHON = HERE / ".venv/bin/python"
MEASURE = HERE / ".build/release/measure"
LIST = "import importlib.metadata as m; print(*(f'{d.name.lower()}=={d.version}' for d in m.distributions()), sep='\\n')"


def say(text):
    print(text, file=sys.stderr, flush=True)


def install_peers():
    """Installs each peer that is missing. Returns what is there, by name, and what could not be had, in words."""
    if not PYTHON.exists():
        say("making the peers' virtual environment")
        if subprocess.run([sys.executable, "-m", "venv", HERE / ".venv"]).returncode != 0:
            return {}, ["no peer: python3 could not make a virtual environment"]
    problems = []
    for line in (HERE / "requirements.txt").read_text().splitlines():
        name, _, version = line.partition("==")
        if line.startswith("#") or installed().get(name, "").split("+")[0] == version:
            continue
        say(f"installing {line}")
        if subprocess.run([PYTHON, "-m", "pip", "install", "--quiet", line]).returncode != 0:
            problems.append(f"{line} could not be installed")
    return installed(), problems


def installed():
    listing = subprocess.run([PYTHON, "-c", LIST], capture_output=True, text=True).stdout
    return dict(line.split("==", 1) for line in listing.split())


def prepare_models(versions, networks):
    """Writes weights, inputs and the peers' models, once. Returns what went wrong, in words."""
    DATA.mkdir(exist_ok=True)

    def prepare(**job):
        return [MEASURE, json.dumps({"workload": "prepare", "data": str(DATA), "seconds": 0, "samples": 0, **job})]

    onnx = ("onnx", "torch", "torchvision", "safetensors")
    steps = [
        ("convolutions.safetensors", prepare(), ()),
        ("convolution-512-512-14.onnx", [PYTHON, HERE / "Peers/prepare_onnx.py", DATA], onnx),
        *((f"{name}.safetensors", prepare(model=name), ()) for name in networks),
        *((f"{name}.onnx", [PYTHON, HERE / "Peers/prepare_onnx.py", DATA, name], onnx) for name in networks),
    ]
    if "vgg16" in networks:
        steps += [
            ("vgg16.xml", [PYTHON, HERE / "Peers/prepare_openvino.py", DATA], ("openvino", "onnx")),
            ("vgg16.pth", [PYTHON, HERE / "Peers/prepare_pytorch.py", DATA], ("torch", "safetensors")),
        ]
    problems = []
    for result, command, needs in steps:
        if (DATA / result).exists() or any(name not in versions for name in needs):
            continue
        say(f"preparing {result}")
        if subprocess.run(command).returncode != 0:
            problems.append(f"{result} could not be prepared")
    return problems


def find_photos(photos, originals):
    """Two folders of photos, medium and large: those given, else those beside the project, else drawn ones."""
    shared = ROOT.parent / "shared/data"
    photos = photos or shared / "flower_photos/train"
    originals = originals or shared / "flower_originals"
    result = {"photos": Path(photos), "originals": Path(originals)}
    for kind, size, count in (("photos", 320, 120), ("originals", 1024, 12)):
        if result[kind].is_dir():
            continue
        result[kind] = DATA / f"drawn-{size}"
        if not result[kind].exists():
            draw(result[kind], size, count)
    return result


def draw(folder, size, count):
    say(f"drawing {5 * count} photos at {size}×{size}")
    unfinished = folder.with_suffix(".unfinished")
    subprocess.run(["rm", "-rf", unfinished], check=True)
    subprocess.run(
        [ROOT / ".build/release/flowers", "synthesize", unfinished, "--images-per-class", str(count),
         "--size", str(size), "--seed", "1"], check=True)
    unfinished.rename(folder)
