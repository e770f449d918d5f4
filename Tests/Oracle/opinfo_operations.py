# SPDX-License-Identifier: Apache-2.0
"""What a sample of an operation of PyTorch is called, with its options, in VGGKit; or why it has no such call."""

import torch


class Skip(Exception):
    """Why a sample has no counterpart."""


def pair(value):
    return [value, value] if isinstance(value, int) else (list(value) * 2 if len(value) == 1 else list(value))


def arguments(sample, *names):
    """Positional and keyword arguments by name; the input is the first."""
    given = dict(zip(names, [sample.input, *sample.args]))
    given.update(sample.kwargs)
    unknown = set(given) - set(names)
    if unknown:
        raise Skip(f"{', '.join(sorted(unknown))} is not supported")
    return given


def images(given, key="input"):
    if given[key].dim() != 4:
        raise Skip("images without a batch, or of other than two dimensions")


def number_or_tensor(value, options):
    if not isinstance(value, torch.Tensor):
        if isinstance(value, (bool, complex)):
            raise Skip("numbers that are not real")
        options["scalar"] = float(value)
    elif value.dtype != torch.float32:
        raise Skip("two types")


def binary(operation):
    def convert(sample):
        given = arguments(sample, "input", "other", "alpha")
        if given.get("alpha", 1) != 1:
            raise Skip("alpha")
        options = {}
        number_or_tensor(given["other"], options)
        return operation, options
    return convert


def unary(operation, **fixed):
    def convert(sample):
        arguments(sample, "input")
        return operation, fixed
    return convert


def resolved_axes(tensor, dim):
    """No axes, or an empty list of them, are all to PyTorch."""
    if dim is None or dim == () or dim == []:
        return list(range(tensor.dim()))
    axes = [dim] if isinstance(dim, int) else list(dim)
    if tensor.dim() == 0:
        return []
    return [axis % tensor.dim() for axis in axes]


def reduction(operation):
    def convert(sample):
        given = arguments(sample, "input", "dim", "keepdim", "mask")
        return operation, {
            "axes": resolved_axes(given["input"], given.get("dim")), "keep": bool(given.get("keepdim", False))}
    return convert


def variance(sample):
    given = dict(sample.kwargs)
    names = ["unbiased"] if sample.args and isinstance(sample.args[0], bool) else ["dim", "unbiased", "keepdim"]
    given.update(zip(names, sample.args))
    correction = given.get("correction", 1 if given.get("unbiased", True) else 0)
    correction = 1 if correction is None else correction
    if correction not in (0, 1):
        raise Skip("corrections other than 0 and 1")
    axes = resolved_axes(sample.input, given.get("dim"))
    count = 1
    for axis in axes:
        count *= sample.input.shape[axis]
    if count <= correction:
        raise Skip("too few elements: a trap, not NaN")
    return "variance", {"axes": axes, "keep": bool(given.get("keepdim", False)), "unbiased": correction == 1}


def extreme_with_index(operation):
    def convert(sample):
        given = arguments(sample, "input", "dim", "keepdim")
        if sample.input.dim() == 0:
            raise Skip("an axis of a scalar")
        return operation, {
            "axes": resolved_axes(given["input"], given["dim"]), "keep": bool(given.get("keepdim", False))}
    return convert


def argmax(sample):
    given = arguments(sample, "input", "dim", "keepdim")
    if given.get("dim") is None or given["input"].dim() == 0:
        raise Skip("the index among all elements")
    return "argmax", {"axis": given["dim"], "keep": bool(given.get("keepdim", False))}


def topk(sample):
    given = arguments(sample, "input", "k", "dim", "largest", "sorted")
    rank = given["input"].dim()
    if rank == 0 or given.get("dim", -1) % rank != rank - 1 or not given.get("largest", True):
        raise Skip("other axes than the last, or the smallest")
    return "top", {"count": given["k"]}


def power(sample):
    given = arguments(sample, "input", "exponent")
    if isinstance(given["exponent"], torch.Tensor):
        raise Skip("exponents that are tensors")
    return "power", {"exponent": float(given["exponent"])}


def softmax(operation):
    def convert(sample):
        given = arguments(sample, "input", "dim", "dtype", "_stacklevel")
        if given.get("dtype") not in (None, torch.float32):
            raise Skip("another type")
        if given["input"].dim() == 0:
            raise Skip("an axis of a scalar")
        return operation, {"axis": given["dim"]}
    return convert


def leaky_relu(sample):
    given = arguments(sample, "input", "negative_slope", "inplace")
    return "leakyReLU", {"slope": given.get("negative_slope", 0.01)}


def relu(sample):
    arguments(sample, "input", "inplace")
    return "relu", {}


def gelu(sample):
    return "gelu", {"approximation": arguments(sample, "input", "approximate").get("approximate", "none")}


def conv2d(sample):
    given = arguments(sample, "input", "weight", "bias", "stride", "padding", "dilation", "groups")
    images(given)
    if isinstance(given.get("padding"), str):
        raise Skip("padding by name")
    return "conv2d", {
        "stride": pair(given.get("stride", 1)), "padding": pair(given.get("padding", 0)),
        "dilation": pair(given.get("dilation", 1)), "groups": given.get("groups", 1)}


def max_pool2d(sample):
    given = arguments(
        sample, "input", "kernel_size", "stride", "padding", "dilation", "ceil_mode", "return_indices")
    images(given)
    if given.get("return_indices"):
        raise Skip("indices")
    return "maxPool2d", {
        "kernel": pair(given["kernel_size"]), "stride": pair(given.get("stride") or given["kernel_size"]),
        "padding": pair(given.get("padding", 0)), "dilation": pair(given.get("dilation", 1)),
        "ceilMode": given.get("ceil_mode", False)}


def avg_pool2d(sample):
    given = arguments(
        sample, "input", "kernel_size", "stride", "padding", "ceil_mode", "count_include_pad", "divisor_override")
    images(given)
    if given.get("divisor_override") is not None:
        raise Skip("divisor_override is not supported")
    return "avgPool2d", {
        "kernel": pair(given["kernel_size"]), "stride": pair(given.get("stride") or given["kernel_size"]),
        "padding": pair(given.get("padding", 0)), "ceilMode": given.get("ceil_mode", False),
        "countIncludePad": given.get("count_include_pad", True)}


def adaptive_avg_pool2d(sample):
    given = arguments(sample, "input", "output_size")
    images(given)
    size = pair(given["output_size"])
    return "adaptiveAvgPool2d", {
        "outputSize": [given["input"].shape[2 + i] if n is None else n for i, n in enumerate(size)]}


def batch_norm(sample):
    given = arguments(
        sample, "input", "running_mean", "running_var", "weight", "bias", "training", "momentum", "eps")
    x, training = given["input"], given.get("training", False)
    if x.dim() < 2 or x.numel() == 0:
        raise Skip("no elements")
    if training and x.numel() == x.shape[1]:
        raise Skip("one value a channel: a trap")
    present = [key for key in ("running_mean", "running_var", "weight", "bias") if given.get(key) is not None]
    if not training and "running_mean" not in present:
        raise Skip("no statistics")
    return "batchNorm2d", {"tensors": present, "training": training, "epsilon": given.get("eps", 1e-5)}


def local_response_norm(sample):
    given = arguments(sample, "input", "size", "alpha", "beta", "k")
    if given["input"].numel() == 0:
        raise Skip("no elements")
    return "localResponseNorm", {
        "size": given["size"], "alpha": given.get("alpha", 1e-4), "beta": given.get("beta", 0.75),
        "k": given.get("k", 1.0)}


def linear(sample):
    if arguments(sample, "input", "weight", "bias")["weight"].dim() != 2:
        raise Skip("a weight that is a vector")
    return "linear", {}


def matmul(sample):
    given = arguments(sample, "input", "other")
    if given["input"].dim() < 2 or given["other"].dim() < 2:
        raise Skip("vectors")
    return "matmul", {}


def cross_entropy(sample):
    given = arguments(sample, "input", "target", "weight", "reduction", "ignore_index", "label_smoothing")
    if given["input"].dim() < 2:
        raise Skip("no batch")
    options = {
        "reduction": given.get("reduction", "mean"), "ignoreIndex": given.get("ignore_index", -100),
        "labelSmoothing": given.get("label_smoothing", 0.0), "weighted": given.get("weight") is not None}
    if given["target"].is_floating_point():
        if given["input"].dim() > 2 or options["weighted"] or options["labelSmoothing"]:
            raise Skip("probabilities for images, with weights or smoothing")
        return "crossEntropyOfProbabilities", options
    return "crossEntropy", options


def mse_loss(sample):
    given = arguments(sample, "input", "target", "reduction")
    if given["input"].shape != given["target"].shape:
        raise Skip("broadcasting")
    return "meanSquaredError", {"reduction": given.get("reduction", "mean")}


def pad(sample):
    given = arguments(sample, "input", "pad", "mode", "value")
    amounts = list(given["pad"])
    if any(n < 0 for n in amounts):
        raise Skip("negative amounts")
    rank = given["input"].dim()
    amounts += [0] * (2 * rank - len(amounts))
    return "pad", {"pads": amounts, "value": float(given.get("value") or 0)}


def flatten(sample):
    given = arguments(sample, "input", "start_dim", "end_dim")
    rank = given["input"].dim()
    if rank and given.get("end_dim", -1) % rank != rank - 1:
        raise Skip("axes before the last alone")
    return "flatten", {"axis": given.get("start_dim", 0)}


def reshape(sample):
    shape = sample.args[0] if sample.args else sample.kwargs["shape"]
    if isinstance(shape, torch.dtype):
        raise Skip("another type")
    return "reshape", {"to": list(shape)}


def transpose(sample):
    given = arguments(sample, "input", "dim0", "dim1")
    rank = given["input"].dim()
    if rank == 0:
        raise Skip("an axis of a scalar")
    axes = list(range(rank))
    a, b = given["dim0"] % rank, given["dim1"] % rank
    axes[a], axes[b] = axes[b], axes[a]
    return "permute", {"axes": axes}


def permute(sample):
    axes = sample.args[0]
    return "permute", {"axes": list(axes)}


def squeeze(sample):
    given = arguments(sample, "input", "dim")
    axis = given.get("dim")
    if axis is None:
        return "squeeze", {}
    if not isinstance(axis, int) or given["input"].dim() == 0 or given["input"].shape[axis] != 1:
        raise Skip("axes that are not one of length 1")
    return "squeeze", {"axis": axis}


def unsqueeze(sample):
    return "unsqueeze", {"axis": arguments(sample, "input", "dim")["dim"]}


def expand(sample):
    shape = sample.args[0] if isinstance(sample.args[0], (tuple, list, torch.Size)) else sample.args
    own = [1] * (len(shape) - sample.input.dim()) + list(sample.input.shape)
    return "broadcast", {"to": [n if wanted == -1 else wanted for wanted, n in zip(shape, own)]}


def cat(sample):
    given = {**dict(zip(["dim"], sample.args)), **sample.kwargs}
    if any(t.dim() != sample.input[0].dim() for t in sample.input):
        raise Skip("empty vectors among others")
    return "concatenate", {"axis": given.get("dim", 0)}


def stack(sample):
    given = {**dict(zip(["dim"], sample.args)), **sample.kwargs}
    return "stack", {"axis": given.get("dim", 0)}


def narrow(sample):
    given = arguments(sample, "input", "dim", "start", "length")
    if isinstance(given["start"], torch.Tensor):
        raise Skip("a start that is a tensor")
    length = given["input"].shape[given["dim"]]
    start = given["start"] % length if given["start"] < 0 else given["start"]
    return "slice", {"axis": given["dim"], "start": start, "end": start + given["length"]}


def select(sample):
    given = arguments(sample, "input", "dim", "index")
    return "select", {"axis": given["dim"], "index": given["index"]}


def flip(sample):
    axes = arguments(sample, "input", "dims")["dims"]
    return "flip", {"axes": [axes] if isinstance(axes, int) else list(axes)}


def index_select(sample):
    given = arguments(sample, "input", "dim", "index")
    if given["input"].dim() == 0 or given["dim"] % given["input"].dim() != 0:
        raise Skip("other axes than the first")
    return "gather", {}


def subscript(sample):
    index = sample.args[0]
    parts = []
    for item in index if isinstance(index, tuple) else (index,):
        if item is Ellipsis:
            parts.append("...")
        elif isinstance(item, slice):
            if item.start is None and item.stop is None and item.step is None:
                parts.append("all")
            elif item.stop is None or item.stop < 0 or (item.start or 0) < 0:
                raise Skip("bounds from the end")
            else:
                parts.append(f"{item.start or 0}:{item.stop}:{item.step or 1}")
        elif isinstance(item, int) and not isinstance(item, bool):
            parts.append(str(item))
        else:
            raise Skip("indices that are lists, tensors, or new axes")
    return "subscript", {"parts": " ".join(parts)}


CONVERTERS = {
    ("add", ""): binary("add"), ("sub", ""): binary("subtract"), ("mul", ""): binary("multiply"),
    ("div", "no_rounding_mode"): binary("divide"), ("true_divide", ""): binary("divide"),
    ("maximum", ""): binary("maximum"), ("minimum", ""): binary("minimum"),
    ("max", "binary"): binary("maximum"), ("min", "binary"): binary("minimum"),
    ("rsub", ""): binary("subtractFrom"), ("__radd__", ""): binary("add"), ("__rmul__", ""): binary("multiply"),
    ("__rsub__", ""): binary("subtractFrom"), ("__rdiv__", ""): binary("divideInto"),
    ("eq", ""): binary("equal"), ("ne", ""): binary("notEqual"), ("lt", ""): binary("less"),
    ("gt", ""): binary("greater"), ("le", ""): binary("lessOrEqual"), ("ge", ""): binary("greaterOrEqual"),
    ("neg", ""): unary("negate"), ("abs", ""): unary("abs"), ("exp", ""): unary("exp"), ("log", ""): unary("log"),
    ("sqrt", ""): unary("sqrt"), ("sin", ""): unary("sin"), ("cos", ""): unary("cos"), ("tanh", ""): unary("tanh"),
    ("sigmoid", ""): unary("sigmoid"), ("square", ""): unary("power", exponent=2.0),
    ("reciprocal", ""): unary("power", exponent=-1.0), ("pow", ""): power,
    ("sum", ""): reduction("sum"), ("mean", ""): reduction("mean"), ("var", ""): variance,
    ("var", "unbiased"): variance, ("amax", ""): reduction("max"), ("amin", ""): reduction("min"),
    ("max", "reduction_no_dim"): reduction("max"), ("min", "reduction_no_dim"): reduction("min"),
    ("max", "reduction_with_dim"): extreme_with_index("maxAndIndex"),
    ("min", "reduction_with_dim"): extreme_with_index("minAndIndex"),
    ("argmax", ""): argmax, ("topk", ""): topk, ("softmax", ""): softmax("softmax"),
    ("log_softmax", ""): softmax("logSoftmax"),
    ("nn.functional.relu", ""): relu, ("nn.functional.leaky_relu", ""): leaky_relu, ("nn.functional.gelu", ""): gelu,
    ("nn.functional.conv2d", ""): conv2d, ("nn.functional.max_pool2d", ""): max_pool2d,
    ("nn.functional.avg_pool2d", ""): avg_pool2d, ("nn.functional.adaptive_avg_pool2d", ""): adaptive_avg_pool2d,
    ("nn.functional.batch_norm", ""): batch_norm, ("nn.functional.local_response_norm", ""): local_response_norm,
    ("nn.functional.linear", ""): linear, ("matmul", ""): matmul, ("mm", ""): matmul, ("bmm", ""): matmul,
    ("nn.functional.cross_entropy", ""): cross_entropy, ("nn.functional.mse_loss", ""): mse_loss,
    ("nn.functional.pad", "constant"): pad, ("flatten", ""): flatten, ("reshape", ""): reshape, ("view", ""): reshape,
    ("transpose", ""): transpose, ("mT", ""): unary("transpose"), ("permute", ""): permute, ("squeeze", ""): squeeze,
    ("unsqueeze", ""): unsqueeze, ("expand", ""): expand, ("broadcast_to", ""): expand, ("cat", ""): cat,
    ("stack", ""): stack, ("narrow", ""): narrow, ("select", ""): select, ("flip", ""): flip,
    ("index_select", ""): index_select, ("__getitem__", ""): subscript, ("contiguous", ""): unary("contiguous"),
    ("where", ""): unary("choose"),
}
