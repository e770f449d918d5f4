# SPDX-License-Identifier: Apache-2.0
"""What is measured, and for whom."""

from dataclasses import dataclass, field, replace

COLUMNS = {
    "vgg11": [64, "M", 128, "M", 256, 256, "M", 512, 512, "M", 512, 512, "M"],
    "vgg16": [64, 64, "M", 128, 128, "M", 256, 256, 256, "M", 512, 512, 512, "M", 512, 512, 512, "M"],
}
TITLES = {"vgg11": "VGG-11", "vgg16": "VGG-16", "resnet18": "ResNet-18", "resnet50": "ResNet-50",
          "squeezenet1_0": "SqueezeNet 1.0"}
# Multiply-adds of one image at 224×224, as torchvision counts them, in 10⁹.
MULTIPLY_ADDS = {"resnet18": 1.814, "resnet50": 4.089, "squeezenet1_0": 0.819}


@dataclass(frozen=True)
class Subject:
    """One way to do a workload: a program and its settings."""

    name: str
    program: str
    settings: dict = field(default_factory=dict)
    environment: dict = field(default_factory=dict)
    # Distributions that have to be installed.
    needs: tuple = ()
    # Computes in bfloat16 what the others compute in float32.
    is_reduced: bool = False


@dataclass(frozen=True)
class Workload:
    name: str
    title: str
    job: dict
    subjects: list
    # What the figures of one image count: operations, for GFLOP/s; by part where several parts are measured.
    operations: dict = field(default_factory=dict)
    rounds: int = 2
    # How far checksums may lie apart, as a share of the largest of them; twenty times as far in bfloat16.
    tolerance: float = 1e-3
    # The width of vectors, in bits, whose peak limits the workload; None is the widest.
    vector: int | None = None
    shows_memory: bool = False
    note: str = ""
    is_quick: bool = False


VGGKIT = Subject("VGGKit", "measure")
LAYER_BY_LAYER = replace(VGGKIT, name="VGGKit, layer by layer", settings={"fuses": False})
PYTORCH = Subject("PyTorch", "pytorch.py", needs=("torch", "torchvision", "safetensors"))
CHANNELS_LAST = replace(PYTORCH, name="PyTorch, channels-last", settings={"channelsLast": True})
PYTORCH_BF16 = replace(
    PYTORCH, name="PyTorch, channels-last, bf16", settings={"channelsLast": True, "precision": "bf16"},
    is_reduced=True)
ONNX_RUNTIME = Subject("ONNX Runtime", "onnx_runtime.py", needs=("onnxruntime", "onnx", "safetensors"))
OPENVINO = Subject(
    "OpenVINO", "open_vino.py", {"precision": "f32", "hint": "LATENCY"}, needs=("openvino", "onnx", "safetensors"))
OPENVINO_THROUGHPUT = replace(
    OPENVINO, name="OpenVINO, throughput", settings={"precision": "f32", "hint": "THROUGHPUT"})
OPENVINO_BF16 = replace(
    OPENVINO, name="OpenVINO, bf16", settings={"precision": "bf16", "hint": "LATENCY"}, is_reduced=True)

FULL_PRECISION = [VGGKIT, PYTORCH, CHANNELS_LAST, ONNX_RUNTIME, OPENVINO]
TRAINERS = [VGGKIT, PYTORCH, CHANNELS_LAST]


def multiply_adds(network):
    """Of one image at 224×224, whole and, of VGG, by convolution."""
    if network in MULTIPLY_ADDS:
        return round(1e9 * MULTIPLY_ADDS[network]), {}
    parts, channels, size = [], 3, 224
    for stage in COLUMNS[network]:
        if stage == "M":
            size //= 2
        else:
            parts.append((f"{channels}-{stage}-{size}", 9 * channels * stage * size**2))
            channels = stage
    linear = channels * 7 * 7 * 4096 + 4096 * 4096 + 4096 * 1000
    return sum(count for _, count in parts) + linear, dict(parts)


def with_environment(subjects, **environment):
    return [replace(subject, environment={**subject.environment, **environment}) for subject in subjects]


def inference(network, batch):
    subjects = list(FULL_PRECISION)
    if not network.startswith("vgg"):
        subjects.insert(1, LAYER_BY_LAYER)
    if batch >= 8:
        subjects.append(OPENVINO_THROUGHPUT)
    if network == "vgg16" and batch != 8:
        subjects += [PYTORCH_BF16, OPENVINO_BF16]
    return Workload(
        f"{network}-inference-{batch}", f"{TITLES[network]}, inference, batch {batch}",
        {"workload": "inference", "model": network, "batch": batch}, subjects,
        {"image": 2 * multiply_adds(network)[0]}, rounds=3 if network == "vgg16" and batch != 8 else 2,
        shows_memory=True, is_quick=network == "vgg16" and batch != 8,
        note="" if network.startswith("vgg") else
             "A convolution, its batch normalisation and its activation are computed as one; layer by layer, they are not.")


def training(network, batch):
    return Workload(
        f"{network}-training-{batch}", f"{TITLES[network]}, training step, batch {batch}",
        {"workload": "training", "model": network, "batch": batch}, TRAINERS,
        {"image": 6 * multiply_adds(network)[0]}, rounds=3 if network == "vgg16" else 2, shows_memory=True,
        note="Value, loss, gradients and SGD with momentum; dropout is off, so that all compute the same. "
             "Operations are counted as three times those of inference.")


def limited_to_avx2(workload):
    """Everyone's matrix products too: VGGKit's come from OpenBLAS, PyTorch's from oneDNN and MKL."""
    ours = with_environment([VGGKIT], VGGKIT_ISA="avx2", OPENBLAS_CORETYPE="Haswell")
    theirs = with_environment(
        [PYTORCH, CHANNELS_LAST], ONEDNN_MAX_CPU_ISA="AVX2", ATEN_CPU_CAPABILITY="avx2",
        MKL_ENABLE_INSTRUCTIONS="AVX2")
    return replace(
        workload, name=f"{workload.name}-avx2", title=f"{workload.title}, limited to AVX2", subjects=ours + theirs,
        rounds=2, vector=256, is_quick=False)


def convolutions(batch, with_gradients):
    kind, factor = ("convolution-training", 6) if with_gradients else ("convolutions", 2)
    title = "value, and gradients of input, filter and bias" if with_gradients else "value"
    operations = {part: factor * count for part, count in multiply_adds("vgg16")[1].items()}
    return Workload(
        kind, f"Each convolution alone, batch {batch}: {title}", {"workload": kind, "batch": batch},
        TRAINERS if with_gradients else FULL_PRECISION, operations)


def decode(name, title, photos):
    alone = dict(VGGKIT_THREADS="1", OMP_NUM_THREADS="1")
    pillow = replace(PYTORCH, needs=("torch", "safetensors", "pillow"), settings={"wholePhotos": True, "threads": 1})
    subjects = [
        replace(VGGKIT, settings={"wholePhotos": False}),
        replace(VGGKIT, name="VGGKit, whole photos", settings={"wholePhotos": True}),
        replace(pillow, name="Pillow and torch"),
        replace(pillow, name="Pillow and torch, scaled decoding", settings={"wholePhotos": False, "threads": 1}),
    ]
    return Workload(
        name, f"{title}, one thread", {"workload": "decode", "photos": photos, "count": 60},
        with_environment(subjects, **alone), rounds=3, tolerance=0.1, is_quick=True,
        note="From a JPEG file to a normalised tensor: RandomResizedCrop(224) and RandomHorizontalFlip. torchvision decodes "
             "whole photos; scaled decoding leaves out what the crop does not need. The crops are random: checksums are alike, "
             "not equal.")


def loader():
    pillow = replace(PYTORCH, needs=("torch", "safetensors", "pillow"), settings={"wholePhotos": True})
    return Workload(
        "loader", "Loading batches of 32 augmented photos at 224×224, all processors",
        {"workload": "loader", "photos": "photos", "batch": 32, "count": 1600},
        [VGGKIT, replace(pillow, name="PyTorch DataLoader and Pillow"),
         replace(pillow, name="PyTorch DataLoader and Pillow, scaled decoding", settings={"wholePhotos": False})],
        rounds=3, tolerance=0.2, is_quick=True)


def epoch():
    peers = [replace(peer, needs=("torch", "safetensors", "pillow"), settings={**peer.settings, "wholePhotos": False})
             for peer in (PYTORCH, CHANNELS_LAST)]
    return Workload(
        "epoch", "VGG-11 with batch normalisation at 64×64, training from photos on disk",
        {"workload": "epoch", "photos": "photos", "batch": 32, "count": 960}, [VGGKIT, *peers], rounds=3,
        tolerance=0.3, shows_memory=True,
        note="The recipe of [Flowers from scratch](FlowersFromScratch.md) over 30 batches of 32, loading included; an epoch "
             "has 92. Pillow decodes at a reduced scale where the crop allows, as VGGKit does. The sums are mean losses.")


def classify():
    program = {
        "VGGKit": ("classify", "vgg16.safetensors", ()),
        "PyTorch, safetensors mapped": ("classify_pytorch.py", "vgg16.safetensors", ("torch", "safetensors", "pillow")),
        "PyTorch, torch.load(mmap=True)": ("classify_pytorch.py", "vgg16.pth", ("torch", "pillow")),
        "ONNX Runtime": ("classify_onnxruntime.py", "vgg16.onnx", ("onnxruntime", "onnx", "pillow")),
        "OpenVINO": ("classify_openvino.py", "vgg16.xml", ("openvino", "onnx", "pillow")),
    }
    subjects = [Subject(name, file, {"weights": weights}, needs=needs)
                for name, (file, weights, needs) in program.items()]
    return Workload(
        "classify", "Classifying one photo with VGG-16: the whole process", {"workload": "classify", "model": "vgg16", "photos": "photos"},
        subjects, rounds=3, is_quick=True,
        note="From the start of the program to its end; weights on disk, in the page cache. The sum is the class.")


def all_workloads():
    whole = [inference(network, batch) for network in ("vgg16", "vgg11") for batch in (1, 8, 16)]
    steps = [training(network, 16) for network in ("vgg16", "vgg11")]
    others = [inference(network, batch) for network in ("resnet18", "resnet50", "squeezenet1_0") for batch in (1, 16)]
    return [
        *whole, *steps, *others, limited_to_avx2(inference("vgg16", 16)), limited_to_avx2(training("vgg16", 16)),
        convolutions(8, False), convolutions(8, True),
        decode("decode", "Decoding and augmenting photos of medium size", "photos"),
        decode("decode-large", "Decoding and augmenting photos as they come from the camera", "originals"),
        loader(), epoch(), classify(),
    ]
