"""Writes nn.json: PyTorch's own answers for the layers and functions of torch.nn.

Run it with a Python that has torch: python test/golden/nn.py

Inputs are slices of two banks of random numbers that the file carries, so that the test makes the
same ones. Every layer is built under a seed; the file holds its printed form, its state, and what
comes out in training and in evaluation, with the gradients of a fixed output gradient.
"""

import base64
import json
import math
import re
import warnings
from pathlib import Path

import numpy
import torch
from torch import nn
from torch.nn import functional

SEED = 20240217
BANK = 1536

random = numpy.random.default_rng(SEED)
banks = {
    "normal": random.standard_normal(BANK).astype(numpy.float32),
    "uniform": (random.integers(1, 1 << 20, BANK) / (1 << 20)).astype(numpy.float32),
}


class Spec:
    """A tensor that the test can make: a kind, a shape, and what the kind needs."""

    def __init__(self, kind, *shape, limit=None, values=None):
        self.kind, self.shape, self.limit, self.values = kind, shape, limit, values

    def make(self, offset):
        count = math.prod(self.shape)
        if self.kind == "integers":
            return torch.tensor(self.values).reshape(self.shape)
        bank = banks["uniform" if self.kind == "classes" else self.kind]
        values = bank[(offset + numpy.arange(count)) % BANK]
        if self.kind == "classes":
            return torch.from_numpy(numpy.floor(values.astype(float) * self.limit).astype(numpy.int64)).reshape(self.shape)
        return torch.from_numpy(values).reshape(self.shape).clone()

    def encode(self, offset):
        fields = {"kind": self.kind, "shape": self.shape, "offset": offset}
        if self.limit is not None:
            fields["limit"] = self.limit
        if self.values is not None:
            fields = {"kind": self.kind, "shape": self.shape, "values": self.values}
        return {"tensor": fields}


def N(*shape):
    return Spec("normal", *shape)


def U(*shape):
    return Spec("uniform", *shape)


def C(limit, *shape):
    return Spec("classes", *shape, limit=limit)


def I(values):
    return Spec("integers", *numpy.array(values).shape, values=numpy.array(values).ravel().tolist())


def camel(name):
    return re.sub(r"(?<=[^_])_+([a-z0-9])", lambda m: m[1].upper(), name)


def encode(value, offset=0):
    if isinstance(value, Spec):
        return value.encode(offset)
    if isinstance(value, (list, tuple)):
        return [encode(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return {"float": "Infinity" if value > 0 else "-Infinity"}
    return value


def encode_tensor(tensor):
    tensor = tensor.detach().contiguous()
    if tensor.dtype == torch.float32:
        data = base64.b64encode(tensor.numpy().tobytes()).decode()
        return {"shape": list(tensor.shape), "float32": data}
    assert tensor.dtype == torch.int64, tensor.dtype
    return {"shape": list(tensor.shape), "int64": tensor.reshape(-1).tolist()}


class Offsets:
    """Where in the bank the next tensor starts; different in every case."""

    def __init__(self, case):
        self.next = case * 97

    def take(self):
        self.next += 211
        return self.next % BANK


def materialize(values, offsets):
    """The arguments for Python and for the test."""
    python, test = [], []
    for value in values:
        offset = offsets.take()
        python.append(value.make(offset) if isinstance(value, Spec) else value)
        test.append(encode(value, offset))
    return python, test


def as_list(output):
    outputs = output if isinstance(output, tuple) else (output,)
    return [tensor for tensor in outputs if tensor is not None]


def backward(outputs, leaves):
    """The gradients of the leaves for an output gradient from the bank; None where there is none."""
    outputs = [output for output in outputs if output.requires_grad]
    if not outputs:
        return [None for _ in leaves]
    gradients = [Spec("normal", *output.shape).make(7) for output in outputs]
    found = torch.autograd.grad(outputs, leaves, gradients, allow_unused=True)
    return [g if g is None else g.to_dense() for g in found]


def floating(tensors):
    return [t for t in tensors if isinstance(t, torch.Tensor) and t.is_floating_point()]


def encode_optional(tensors):
    return [None if t is None else encode_tensor(t) for t in tensors]


def run_layer(index, name, args, kwargs, inputs, backwards):
    offsets = Offsets(index)
    python_args, test_args = materialize(args, offsets)
    pairs = [materialize([value], offsets) for value in kwargs.values()]
    options = {camel(key): pair[1][0] for key, pair in zip(kwargs, pairs)}
    torch.manual_seed(index)
    layer = getattr(nn, name)(*python_args, **{key: pair[0][0] for key, pair in zip(kwargs, pairs)})
    python_inputs, test_inputs = materialize(inputs, offsets)
    case = {
        "layer": name,
        "args": test_args,
        "options": options,
        "inputs": test_inputs,
        "repr": repr(layer),
        "state": {key: encode_tensor(value) for key, value in layer.state_dict().items()},
    }
    before = {key: value.clone() for key, value in layer.state_dict().items()}
    for mode in ("train", "eval"):
        layer.train(mode == "train")
        leaves = [
            t.clone().requires_grad_() if isinstance(t, torch.Tensor) and t.is_floating_point() else t
            for t in python_inputs
        ]
        torch.manual_seed(1000 + index)
        # An in-place layer must not meet a leaf.
        given = [t.clone() if isinstance(t, torch.Tensor) else t for t in leaves]
        outputs = as_list(layer(*given))
        result = {"outputs": [encode_tensor(output) for output in outputs]}
        if backwards:
            gradients = backward(outputs, floating(leaves) + list(layer.parameters()))
            result["gradients"] = encode_optional(gradients)
        if mode == "eval" and result == case["train"]:
            result = "same"
        case[mode] = result
    after = {
        key: encode_tensor(value)
        for key, value in layer.state_dict().items()
        if not torch.equal(value, before[key])
    }
    if after:
        case["stateAfter"] = after
    return case


ONLY_INPUT = (
    "batch_norm",
    "instance_norm",
    "nll_loss",
    "cross_entropy",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "multi_margin_loss",
)


def run_function(index, name, args, kwargs):
    offsets = Offsets(index + 500)
    python_args, test_args = materialize(args, offsets)
    pairs = [materialize([value], offsets) for value in kwargs.values()]
    options = {camel(key): pair[1][0] for key, pair in zip(kwargs, pairs)}
    keywords = {key: pair[0][0] for key, pair in zip(kwargs, pairs)}
    # Running statistics and most losses' weights have no gradient.
    differentiable = python_args[:1] if name in ONLY_INPUT else python_args
    tensors = floating(differentiable)
    for tensor in tensors:
        tensor.requires_grad_()
    torch.manual_seed(index)
    # An in-place function must not meet a leaf.
    given = [t.clone() if isinstance(t, torch.Tensor) else t for t in python_args]
    outputs = as_list(getattr(functional, name)(*given, **keywords))
    gradients = backward(outputs, tensors)
    return {
        "function": camel(name),
        "args": test_args,
        "options": options,
        "outputs": [encode_tensor(output) for output in outputs],
        "gradients": encode_optional(gradients),
    }


def layer(name, *args, inputs, backwards=True, **kwargs):
    layers.append((name, args, kwargs, inputs, backwards))


def function(name, *args, **kwargs):
    functions.append((name, args, kwargs))


layers = []
functions = []

# Linear layers
layer("Identity", inputs=[N(2, 3)])
layer("Identity", 54, unused=True, inputs=[N(2, 3)])
layer("Linear", 5, 3, inputs=[N(4, 5)])
layer("Linear", 5, 3, False, inputs=[N(5)])
layer("Linear", 6, 2, bias=True, inputs=[N(2, 3, 6)])
layer("Bilinear", 3, 4, 2, inputs=[N(5, 3), N(5, 4)])
layer("Bilinear", 3, 4, 2, bias=False, inputs=[N(5, 3), N(5, 4)])

# Convolutions
layer("Conv1d", 2, 4, 3, inputs=[N(2, 2, 9)])
layer("Conv1d", 2, 4, 3, padding="same", dilation=2, inputs=[N(2, 2, 9)])
layer("Conv1d", 4, 4, (3,), stride=(2,), padding=(1,), groups=2, bias=False, inputs=[N(4, 9)])
layer("Conv1d", 2, 2, 3, padding=2, padding_mode="circular", inputs=[N(1, 2, 6)])
layer("Conv2d", 1, 6, 5, inputs=[N(1, 1, 9, 9)])
layer("Conv2d", 3, 4, 3, 2, 1, inputs=[N(2, 3, 6, 7)])
layer("Conv2d", 2, 4, (3, 2), stride=(2, 1), padding=(0, 2), dilation=(1, 2), inputs=[N(2, 2, 7, 6)])
layer("Conv2d", 4, 8, 3, groups=4, bias=False, inputs=[N(1, 4, 5, 5)])
layer("Conv2d", 2, 2, (3, 4), padding="same", inputs=[N(2, 5, 6)])
layer("Conv2d", 2, 2, 3, padding="valid", inputs=[N(1, 2, 5, 6)])
layer("Conv2d", 2, 2, 3, padding=1, padding_mode="reflect", inputs=[N(1, 2, 5, 6)])
layer("Conv2d", 2, 2, 3, padding=(1, 2), padding_mode="replicate", inputs=[N(1, 2, 5, 6)])
layer("Conv2d", 2, 2, (3, 2), padding="same", padding_mode="circular", inputs=[N(1, 2, 5, 6)])
layer("Conv2d", 2, 2, 3, padding="valid", padding_mode="circular", inputs=[N(1, 2, 5, 6)])
layer("Conv3d", 2, 3, 2, inputs=[N(1, 2, 3, 4, 5)])
layer("Conv3d", 2, 2, (1, 2, 3), stride=(1, 1, 2), padding=(0, 1, 1), inputs=[N(1, 2, 3, 4, 5)])
layer("Conv3d", 1, 2, 3, padding=1, padding_mode="replicate", inputs=[N(1, 1, 3, 3, 4)])
layer("ConvTranspose1d", 2, 3, 3, inputs=[N(2, 2, 5)])
layer("ConvTranspose1d", 2, 4, 3, stride=2, padding=1, output_padding=1, groups=2, inputs=[N(2, 5)])
layer("ConvTranspose2d", 2, 3, 3, inputs=[N(1, 2, 4, 5)])
layer("ConvTranspose2d", 2, 4, 3, 2, 1, 1, 2, False, inputs=[N(1, 2, 3, 4)])
layer("ConvTranspose2d", 2, 2, (3, 2), stride=(2, 3), dilation=2, inputs=[N(1, 2, 3, 3)])
layer("ConvTranspose2d", 2, 2, 3, stride=2, padding=1, inputs=[N(1, 2, 4, 5), [8, 10]])
layer("ConvTranspose2d", 2, 2, 3, stride=2, padding=1, inputs=[N(1, 2, 4, 5), [1, 2, 7, 10]])
layer("ConvTranspose3d", 2, 2, 2, inputs=[N(1, 2, 2, 3, 3)])
layer("ConvTranspose3d", 2, 2, (1, 2, 3), stride=2, output_padding=(0, 1, 1), inputs=[N(2, 2, 2, 3)])

# Maximum pooling
layer("MaxPool1d", 3, inputs=[N(2, 3, 10)])
layer("MaxPool1d", 3, stride=2, padding=1, dilation=2, ceil_mode=True, inputs=[N(3, 10)])
layer("MaxPool1d", 2, return_indices=True, inputs=[N(2, 3, 10)])
layer("MaxPool2d", 2, 2, inputs=[N(2, 3, 6, 7)])
layer("MaxPool2d", 3, stride=(2, 1), inputs=[N(2, 3, 6, 7)])
layer("MaxPool2d", (3, 2), padding=1, dilation=(1, 2), ceil_mode=True, inputs=[N(3, 6, 7)])
layer("MaxPool2d", 2, 2, 0, 1, True, True, inputs=[N(2, 3, 5, 5)])
layer("MaxPool3d", 2, inputs=[N(1, 2, 4, 4, 6)])
layer("MaxPool3d", (1, 2, 2), stride=1, return_indices=True, inputs=[N(2, 3, 3, 4)])
layer("MaxUnpool1d", 2, stride=2, inputs=[N(1, 2, 3), I([[[1, 2, 5], [0, 3, 4]]])])
layer("MaxUnpool1d", 2, inputs=[N(1, 1, 3), I([[[1, 2, 5]]]), [1, 1, 7]])
layer("MaxUnpool2d", 2, inputs=[N(1, 1, 2, 2), I([[[[5, 2], [8, 15]]]])])
layer("MaxUnpool2d", 3, stride=2, padding=1, inputs=[N(1, 1, 2, 2), I([[[[0, 2], [6, 8]]]]), [4, 3]])
layer("MaxUnpool3d", 2, inputs=[N(1, 1, 1, 2, 2), I([[[[[0, 3], [12, 31]]]]])])

# Average and Lp pooling
layer("AvgPool1d", 2, inputs=[N(2, 3, 8)])
layer("AvgPool1d", 3, stride=2, padding=1, ceil_mode=True, count_include_pad=False, inputs=[N(3, 8)])
layer("AvgPool2d", 2, inputs=[N(2, 3, 6, 7)])
layer("AvgPool2d", (3, 2), stride=(2, 1), padding=1, count_include_pad=False, inputs=[N(3, 6, 7)])
layer("AvgPool2d", 2, 2, 0, True, True, 3, inputs=[N(2, 3, 5, 5)])
layer("AvgPool3d", 2, inputs=[N(1, 2, 4, 4, 5)])
layer("AvgPool3d", (1, 2, 2), padding=(0, 1, 0), divisor_override=2, inputs=[N(2, 2, 4, 5)])
layer("LPPool1d", 2, 3, inputs=[N(2, 3, 9)])
layer("LPPool1d", math.inf, 3, stride=2, inputs=[N(2, 3, 9)])
layer("LPPool2d", 2, 3, inputs=[N(2, 3, 6, 7)])
layer("LPPool2d", 1.2, (3, 2), stride=(2, 1), ceil_mode=True, inputs=[U(2, 3, 6, 7)])
layer("LPPool2d", -math.inf, 2, inputs=[N(2, 3, 4, 4)])
layer("LPPool3d", 3, 2, inputs=[U(1, 2, 4, 4, 4)])

# Fractional and adaptive pooling
layer("FractionalMaxPool2d", 3, output_size=(4, 3), inputs=[N(2, 3, 9, 8)])
layer("FractionalMaxPool2d", (2, 3), output_ratio=(0.5, 0.4), return_indices=True, inputs=[N(3, 9, 8)])
layer("FractionalMaxPool2d", 2, 4, _random_samples=U(2, 3, 2), inputs=[N(2, 3, 9, 8)])
layer("FractionalMaxPool3d", 2, output_ratio=0.5, inputs=[N(1, 2, 6, 6, 6)])
layer("AdaptiveAvgPool1d", 3, inputs=[N(2, 3, 8)])
layer("AdaptiveAvgPool2d", (3, 2), inputs=[N(2, 3, 5, 7)])
layer("AdaptiveAvgPool2d", 1, inputs=[N(3, 5, 7)])
layer("AdaptiveAvgPool2d", (None, 2), inputs=[N(2, 3, 5, 7)])
layer("AdaptiveAvgPool3d", (2, None, 3), inputs=[N(1, 2, 4, 3, 5)])
layer("AdaptiveMaxPool1d", 3, inputs=[N(2, 3, 8)])
layer("AdaptiveMaxPool1d", 3, return_indices=True, inputs=[N(3, 8)])
layer("AdaptiveMaxPool2d", (3, None), inputs=[N(2, 3, 5, 7)])
layer("AdaptiveMaxPool2d", 2, True, inputs=[N(3, 5, 7)])
layer("AdaptiveMaxPool3d", (2, 1, None), inputs=[N(1, 2, 4, 3, 5)])

# Normalizations
layer("BatchNorm1d", 3, inputs=[N(4, 3)])
layer("BatchNorm1d", 3, momentum=None, inputs=[N(4, 3, 5)])
layer("BatchNorm1d", 3, 1e-3, 0.3, False, inputs=[N(4, 3, 5)])
layer("BatchNorm2d", 3, inputs=[N(2, 3, 4, 5)])
layer("BatchNorm2d", 3, track_running_stats=False, inputs=[N(2, 3, 4, 5)])
layer("BatchNorm2d", 3, affine=False, track_running_stats=False, inputs=[N(2, 3, 4, 5)])
layer("BatchNorm2d", 3, bias=False, inputs=[N(2, 3, 4, 5)])
layer("BatchNorm3d", 2, momentum=1.0, inputs=[N(2, 2, 2, 3, 4)])
layer("InstanceNorm1d", 3, inputs=[N(2, 3, 5)])
layer("InstanceNorm1d", 3, affine=True, inputs=[N(3, 5)])
layer("InstanceNorm2d", 3, track_running_stats=True, inputs=[N(2, 3, 4, 5)])
layer("InstanceNorm2d", 3, affine=True, track_running_stats=True, momentum=None, inputs=[N(2, 3, 4, 5)])
layer("InstanceNorm3d", 2, eps=1e-3, inputs=[N(2, 2, 2, 3, 4)])
layer("LayerNorm", 5, inputs=[N(2, 3, 5)])
layer("LayerNorm", (3, 5), 1e-3, inputs=[N(2, 3, 5)])
layer("LayerNorm", [3, 5], elementwise_affine=False, inputs=[N(2, 3, 5)])
layer("LayerNorm", 5, bias=False, inputs=[N(2, 3, 5)])
layer("GroupNorm", 2, 4, inputs=[N(2, 4, 5)])
layer("GroupNorm", 1, 4, affine=False, inputs=[N(2, 4, 3, 3)])
layer("GroupNorm", 4, 4, eps=1e-3, bias=False, inputs=[N(2, 4, 5)])
layer("RMSNorm", 5, inputs=[N(2, 3, 5)])
layer("RMSNorm", (3, 5), eps=1e-6, inputs=[N(2, 3, 5)])
layer("RMSNorm", 5, elementwise_affine=False, inputs=[N(2, 3, 5)])
layer("LocalResponseNorm", 2, inputs=[N(2, 4, 6)])
layer("LocalResponseNorm", 3, 0.5, 0.6, 2.0, inputs=[N(2, 5, 3, 4)])
layer("LocalResponseNorm", 2, alpha=0.5, inputs=[N(1, 5, 2, 3, 2)])

# Dropouts
for name, shape in [
    ("Dropout", (4, 6)),
    ("Dropout1d", (3, 4, 5)),
    ("Dropout2d", (3, 4, 2, 3)),
    ("Dropout3d", (3, 4, 2, 2, 3)),
    ("AlphaDropout", (4, 6)),
    ("FeatureAlphaDropout", (3, 4, 5)),
]:
    layer(name, inputs=[N(*shape)])
    layer(name, 0.2, True, inputs=[N(*shape)])
layer("Dropout1d", p=0.3, inputs=[N(4, 5)])
layer("Dropout1d", p=0.3, inplace=True, inputs=[N(4, 5)])
layer("Dropout2d", p=0.3, inputs=[N(3, 4, 5)])
layer("Dropout3d", p=0.3, inputs=[N(3, 2, 2, 3)])

# Activations
for name in ["ReLU", "ReLU6", "SELU", "SiLU", "Mish", "Hardswish", "Hardsigmoid"]:
    layer(name, inputs=[N(4, 6)])
    layer(name, inplace=True, inputs=[N(4, 6)])
for name in ["Sigmoid", "Tanh", "LogSigmoid", "Softsign", "Tanhshrink"]:
    layer(name, inputs=[N(4, 6)])
layer("Threshold", 0.1, 20.0, inputs=[N(4, 6)])
layer("Threshold", 0.5, -1.5, True, inputs=[N(4, 6)])
layer("RReLU", inputs=[N(4, 6)])
layer("RReLU", 0.1, 0.3, inplace=True, inputs=[N(4, 6)])
layer("Hardtanh", inputs=[N(4, 6)])
layer("Hardtanh", -2.0, 0.5, True, inputs=[N(4, 6)])
layer("ELU", inputs=[N(4, 6)])
layer("ELU", 0.5, True, inputs=[N(4, 6)])
layer("CELU", inputs=[N(4, 6)])
layer("CELU", alpha=2.0, inplace=True, inputs=[N(4, 6)])
layer("LeakyReLU", inputs=[N(4, 6)])
layer("LeakyReLU", 0.2, inplace=True, inputs=[N(4, 6)])
layer("PReLU", inputs=[N(4, 6)])
layer("PReLU", 6, 0.1, inputs=[N(4, 6)])
layer("GELU", inputs=[N(4, 6)])
layer("GELU", "tanh", inputs=[N(4, 6)])
layer("GLU", inputs=[N(4, 6)])
layer("GLU", 0, inputs=[N(4, 6)])
layer("Hardshrink", inputs=[N(4, 6)])
layer("Hardshrink", 1.5, inputs=[N(4, 6)])
layer("Softshrink", inputs=[N(4, 6)])
layer("Softshrink", 0.25, inputs=[N(4, 6)])
layer("Softplus", inputs=[N(4, 6)])
layer("Softplus", 2, 1.5, inputs=[N(4, 6)])
for name in ["Softmax", "Softmin", "LogSoftmax"]:
    layer(name, 1, inputs=[N(4, 6)])
    layer(name, dim=-2, inputs=[N(2, 3, 4)])
    layer(name, inputs=[N(2, 3, 4)])
layer("Softmax2d", inputs=[N(2, 3, 2, 4)])

# Shapes and tables
layer("Flatten", inputs=[N(2, 3, 4)])
layer("Flatten", 0, 1, inputs=[N(2, 3, 4)])
layer("Unflatten", 1, (2, 3), inputs=[N(2, 6, 2)])
layer("Unflatten", -1, (3, -1), inputs=[N(2, 6)])
layer("Embedding", 7, 3, inputs=[C(7, 2, 4)])
layer("Embedding", 7, 3, padding_idx=2, inputs=[I([[2, 1, 2], [0, 6, 1]])])
layer("Embedding", 7, 3, padding_idx=-1, scale_grad_by_freq=True, inputs=[I([[2, 1, 2], [0, 6, 1]])])
layer("Embedding", 7, 3, max_norm=1.5, inputs=[C(7, 2, 4)])
layer("Embedding", 7, 3, None, 1.25, 1.0, inputs=[C(7, 5)])
layer("Embedding", 7, 3, sparse=True, inputs=[C(7, 5)])

# Losses
for reduction in ["mean", "sum", "none"]:
    layer("L1Loss", reduction=reduction, inputs=[N(3, 4), N(3, 4)])
    layer("MSELoss", reduction=reduction, inputs=[N(3, 4), N(3, 4)])
    layer("SmoothL1Loss", reduction=reduction, beta=0.5, inputs=[N(3, 4), N(3, 4)])
    layer("HuberLoss", reduction, 0.5, inputs=[N(3, 4), N(3, 4)])
    layer("KLDivLoss", reduction=reduction, inputs=[N(3, 4), U(3, 4)])
    layer("BCELoss", reduction=reduction, inputs=[U(3, 4), U(3, 4)])
    layer("BCEWithLogitsLoss", reduction=reduction, inputs=[N(3, 4), U(3, 4)])
    layer("NLLLoss", reduction=reduction, inputs=[N(5, 4), C(4, 5)])
    layer("CrossEntropyLoss", reduction=reduction, inputs=[N(5, 4), C(4, 5)])
    layer("CrossEntropyLoss", reduction=reduction, inputs=[N(5, 4), U(5, 4)])
layer("SmoothL1Loss", beta=0.0, inputs=[N(3, 4), N(3, 4)])
layer("SmoothL1Loss", inputs=[N(3, 4), N(3, 4)])
layer("HuberLoss", inputs=[N(3, 4), N(3, 4)])
layer("MSELoss", inputs=[N(3, 4), N(4)])
layer("L1Loss", None, False, inputs=[N(3, 4), N(3, 4)])
layer("MSELoss", False, inputs=[N(3, 4), N(3, 4)])
layer("KLDivLoss", reduction="batchmean", log_target=True, inputs=[N(3, 4), N(3, 4)])
layer("BCELoss", U(3, 4), inputs=[U(3, 4), U(3, 4)])
layer("BCELoss", U(4), inputs=[U(3, 4), U(3, 4)])
layer("BCEWithLogitsLoss", pos_weight=U(4), inputs=[N(3, 4), U(3, 4)])
layer("BCEWithLogitsLoss", weight=U(3, 4), inputs=[N(3, 4), U(3, 4)])
layer("NLLLoss", U(4), ignore_index=1, inputs=[N(6, 4), C(4, 6)])
layer("NLLLoss", inputs=[N(2, 4, 3, 2), C(4, 2, 3, 2)])
layer("CrossEntropyLoss", U(4), label_smoothing=0.1, inputs=[N(6, 4), C(4, 6)])
layer("CrossEntropyLoss", ignore_index=1, inputs=[N(6, 4), C(4, 6)])
layer("CrossEntropyLoss", U(4), None, 0, None, "sum", 0.2, inputs=[N(2, 4, 3), C(4, 2, 3)])
layer("CrossEntropyLoss", U(4), label_smoothing=0.3, inputs=[N(5, 4), U(5, 4)])

layer("NLLLoss2d", U(4), inputs=[N(2, 4, 3, 2), C(4, 2, 3, 2)])
for reduction in ["mean", "sum", "none"]:
    layer("TripletMarginLoss", reduction=reduction, swap=True, inputs=[N(3, 4), N(3, 4), N(3, 4)])
    layer("TripletMarginWithDistanceLoss", reduction=reduction, inputs=[N(3, 4), N(3, 4), N(3, 4)])
layer("TripletMarginLoss", 0.5, 1.0, 1e-3, inputs=[N(3, 4), N(3, 4), N(3, 4)])
layer("TripletMarginWithDistanceLoss", swap=True, margin=2.0, inputs=[N(3, 4), N(3, 4), N(3, 4)])

# Shuffles, blocks, distances and sizes
layer("PixelShuffle", 2, inputs=[N(2, 8, 2, 3)])
layer("PixelUnshuffle", 2, inputs=[N(2, 2, 4, 6)])
layer("ChannelShuffle", 3, inputs=[N(2, 6, 2, 2)])
layer("Fold", (4, 5), (2, 3), inputs=[N(2, 12, 9)])
layer("Fold", 4, 2, 1, 1, stride=2, inputs=[N(8, 9)])
layer("Unfold", (2, 3), inputs=[N(2, 2, 4, 5)])
layer("Unfold", 2, dilation=2, padding=1, stride=(2, 1), inputs=[N(1, 2, 4, 5)])
layer("PairwiseDistance", inputs=[N(3, 4), N(3, 4)])
layer("PairwiseDistance", 1.0, 1e-3, True, inputs=[N(3, 4), N(4)])
layer("CosineSimilarity", inputs=[N(3, 4), N(3, 4)])
layer("CosineSimilarity", dim=-1, eps=1e-3, inputs=[N(2, 3, 4), N(4)])
for mode in ["nearest", "nearest-exact", "area"]:
    layer("Upsample", scale_factor=2, mode=mode, inputs=[N(1, 2, 3)])
    layer("Upsample", (4, 5), mode=mode, inputs=[N(1, 2, 3, 3)])
    layer("Upsample", 3, None, mode, inputs=[N(1, 1, 2, 2, 4)])
for mode, shape in [("linear", (1, 2, 4)), ("bilinear", (1, 2, 3, 4)), ("bicubic", (1, 2, 3, 4)), ("trilinear", (1, 1, 2, 3, 2))]:
    layer("Upsample", scale_factor=1.7, mode=mode, inputs=[N(*shape)])
    layer("Upsample", scale_factor=1.7, mode=mode, align_corners=True, recompute_scale_factor=True, inputs=[N(*shape)])
    layer("Upsample", 5, mode=mode, align_corners=True, inputs=[N(*shape)])
layer("Upsample", scale_factor=(1.5, 2), mode="bilinear", inputs=[N(1, 2, 3, 4)])
layer("UpsamplingNearest2d", scale_factor=2, inputs=[N(1, 2, 3, 4)])
layer("UpsamplingBilinear2d", (4, 5), inputs=[N(1, 2, 3, 4)])
layer("EmbeddingBag", 7, 3, inputs=[C(7, 4, 3)])
layer("EmbeddingBag", 7, 3, mode="sum", inputs=[C(7, 8), I([0, 3, 3]), U(8)])
layer("EmbeddingBag", 7, 3, mode="max", padding_idx=-2, inputs=[C(7, 4, 3)])
layer("EmbeddingBag", 7, 3, 1.5, 1.0, True, include_last_offset=True, inputs=[C(7, 8), I([0, 2, 8])])
layer("EmbeddingBag", 7, 3, sparse=True, padding_idx=1, inputs=[C(7, 4, 3)])
layer("AdaptiveLogSoftmaxWithLoss", 8, 20, [4, 10], inputs=[N(6, 8), I([0, 5, 19, 3, 11, 9])])
layer("AdaptiveLogSoftmaxWithLoss", 8, 12, (5,), 2.0, head_bias=True, inputs=[N(8), I(7)])
layer("SyncBatchNorm", 3, inputs=[N(4, 3, 2)])
layer("SyncBatchNorm", 3, 1e-3, None, True, inputs=[N(4, 3)], bias=False)

# Functions: linear and convolution
function("linear", N(4, 5), N(3, 5), N(3))
function("linear", N(4, 5), N(3, 5))
function("bilinear", N(4, 3), N(4, 2), N(5, 3, 2), N(5))
function("conv1d", N(2, 4, 8), N(6, 2, 3), N(6), stride=2, padding=1, groups=2)
function("conv2d", N(2, 2, 6, 6), N(3, 2, 3, 3), N(3), (2, 1), (1, 0), 1, 1)
function("conv2d", N(2, 2, 6, 6), N(3, 2, 3, 3), padding="same", dilation=2)
function("conv3d", N(1, 2, 3, 4, 4), N(3, 2, 2, 2, 2))
function("conv_transpose1d", N(2, 2, 5), N(2, 3, 3), stride=2, output_padding=1)
function("conv_transpose2d", N(1, 2, 4, 4), N(2, 3, 3, 3), N(3), 2, 1)
function("conv_transpose3d", N(1, 2, 2, 2, 3), N(2, 2, 2, 2, 2))
function("pad", N(2, 3, 4), (1, 2))
function("pad", N(2, 3, 4), (1, 0, 2, 1), mode="constant", value=1.5)
function("pad", N(2, 3, 4), (1, 2), "reflect")
function("pad", N(1, 2, 3, 4), (1, 2, 1, 0), mode="circular")
function("pad", N(1, 2, 3, 4), (1, 2, 1, 0), mode="replicate")

# Functions: pooling
function("max_pool1d", N(2, 3, 9), 3, stride=2, padding=1)
function("max_pool1d_with_indices", N(2, 3, 9), 3)
function("max_pool2d", N(2, 3, 6, 6), 2)
function("max_pool2d", N(2, 3, 6, 6), (3, 2), 2, 1, 1, True, True)
function("max_pool2d_with_indices", N(2, 3, 6, 6), 2, stride=(1, 2))
function("max_pool3d", N(1, 2, 4, 4, 4), 2, return_indices=True)
function("max_pool3d", N(1, 2, 4, 4, 4), 2, dilation=2, stride=1)
function("max_pool3d_with_indices", N(1, 2, 4, 4, 4), 2)
function("max_unpool1d", N(1, 1, 3), I([[[1, 2, 5]]]), 2, output_size=[7])
function("max_unpool2d", N(1, 1, 2, 2), I([[[[5, 2], [8, 15]]]]), 2)
function("max_unpool3d", N(1, 1, 1, 2, 2), I([[[[[0, 3], [12, 31]]]]]), 2, 2, 0)
function("avg_pool1d", N(2, 3, 8), 3, stride=2, padding=1)
function("avg_pool2d", N(2, 3, 6, 6), (2, 3), ceil_mode=True, divisor_override=2)
function("avg_pool3d", N(1, 2, 4, 4, 4), 3, 2, 1, False, False)
function("lp_pool1d", N(2, 3, 8), 2, 3, ceil_mode=True)
function("lp_pool2d", N(2, 3, 6, 6), 2, (3, 2), 1)
function("lp_pool3d", U(1, 2, 4, 4, 4), 1.5, 2)
function("adaptive_avg_pool1d", N(2, 3, 8), 3)
function("adaptive_avg_pool2d", N(2, 3, 5, 6), (None, 4))
function("adaptive_avg_pool3d", N(1, 2, 4, 4, 5), 2)
function("adaptive_max_pool1d", N(2, 3, 8), 3, return_indices=True)
function("adaptive_max_pool2d", N(2, 3, 5, 6), (2, None))
function("adaptive_max_pool3d", N(1, 2, 4, 4, 5), 2)
function("adaptive_max_pool1d_with_indices", N(2, 3, 8), 2)
function("adaptive_max_pool2d_with_indices", N(2, 3, 5, 6), 2)
function("adaptive_max_pool3d_with_indices", N(1, 2, 4, 4, 5), (2, None, 1))
function("fractional_max_pool2d", N(2, 3, 8, 8), 3, output_size=(3, 4))
function("fractional_max_pool2d", N(2, 3, 8, 8), 3, output_ratio=(0.5, 0.6), _random_samples=U(2, 3, 2))
function("fractional_max_pool2d_with_indices", N(3, 8, 8), 2, output_size=(4, 4))
function("fractional_max_pool3d", N(1, 2, 6, 6, 6), 2, output_size=(3, 4, 3), return_indices=True)
function("fractional_max_pool3d_with_indices", N(1, 2, 6, 6, 6), 2, output_ratio=(0.5, 0.5, 0.5))

# Functions: activation
for name in ["relu", "relu6", "selu", "silu", "mish", "hardswish", "hardsigmoid"]:
    function(name, N(3, 5))
    function(name, N(3, 5), inplace=True)
for name in ["relu_", "selu_", "elu_", "celu_", "leaky_relu_", "hardtanh_"]:
    function(name, N(3, 5))
for name in ["logsigmoid", "tanhshrink", "softsign", "tanh", "sigmoid"]:
    function(name, N(3, 5))
function("threshold", N(3, 5), 0.1, 20.0)
function("threshold_", N(3, 5), 0.1, 2.5)
function("hardtanh", N(3, 5), -0.5, 0.5)
function("elu", N(3, 5), alpha=0.5)
function("celu", N(3, 5), 0.5, True)
function("leaky_relu", N(3, 5), 0.3)
function("rrelu", N(3, 5), training=True)
function("rrelu", N(3, 5), 0.1, 0.5, False, True)
function("rrelu_", N(3, 5), 0.2, 0.4, True)
function("prelu", N(3, 5), U(5))
function("gelu", N(3, 5))
function("gelu", N(3, 5), approximate="tanh")
function("glu", N(3, 6))
function("glu", N(4, 6), 0)
function("hardshrink", N(3, 5), 0.7)
function("softshrink", N(3, 5))
function("softplus", N(3, 5), 2.0, threshold=1.0)
function("softmax", N(3, 5), 1)
function("softmax", N(3, 5), dim=0)
function("softmin", N(3, 5), 1)
function("log_softmax", N(3, 5), -1)
function("log_softmax", N(2, 3, 5))
function("gumbel_softmax", N(3, 5))
function("gumbel_softmax", N(3, 5), 0.5, True, dim=0)

# Functions: dropout
for name, shape in [
    ("dropout", (4, 6)),
    ("dropout1d", (3, 4, 5)),
    ("dropout2d", (3, 4, 2, 3)),
    ("dropout3d", (3, 4, 2, 2, 3)),
    ("alpha_dropout", (4, 6)),
    ("feature_alpha_dropout", (3, 4, 5)),
]:
    function(name, N(*shape))
    function(name, N(*shape), 0.3, True, True)
    function(name, N(*shape), p=0.3, training=False)
function("alpha_dropout", N(4, 6), training=True)

# Functions: normalization
function("batch_norm", N(4, 3, 2), N(3), U(3))
function("batch_norm", N(4, 3, 2), None, None, training=True, eps=1e-3)
function("batch_norm", N(4, 3, 2), N(3), U(3), None, None, True, 0.5)
function("instance_norm", N(4, 3, 5))
function("instance_norm", N(4, 3, 5), N(3), U(3), use_input_stats=False)
function("layer_norm", N(2, 3, 5), [5], N(5), N(5))
function("layer_norm", N(2, 3, 5), [3, 5], eps=1e-3)
function("rms_norm", N(2, 3, 5), [5], N(5), 1e-4)
function("rms_norm", N(2, 3, 5), [3, 5])
function("group_norm", N(2, 6, 3), 3, N(6), N(6))
function("group_norm", N(2, 6, 3), 2, eps=1e-3)
function("local_response_norm", N(2, 5, 4), 3)
function("local_response_norm", N(2, 5, 4, 2), 2, 0.5, k=2.0)

# Functions: table and losses
function("embedding", C(6, 2, 3), N(6, 4))
function("embedding", C(6, 2, 3), N(6, 4), padding_idx=-2, scale_grad_by_freq=True)
for name in ["mse_loss", "l1_loss"]:
    function(name, N(3, 4), N(3, 4))
    function(name, N(3, 4), N(3, 4), reduction="none", weight=U(3, 4))
    function(name, N(3, 4), N(3, 4), weight=U(3, 4))
    function(name, N(3, 4), N(3, 4), None, None, "sum", U(3, 4))
    function(name, N(3, 4), N(3, 1))
    function(name, N(3, 4), N(3, 4), size_average=False)
    function(name, N(3, 4), N(3, 4), reduce=False)
function("smooth_l1_loss", N(3, 4), N(3, 4), beta=0.3)
function("smooth_l1_loss", N(3, 4), N(3, 4), reduction="none", beta=0.0)
function("huber_loss", N(3, 4), N(3, 4), "sum", 0.4)
function("huber_loss", N(3, 4), N(3, 4), weight=U(3, 4))
function("kl_div", N(3, 4), U(3, 4))
function("kl_div", N(3, 4), N(3, 4), reduction="batchmean", log_target=True)
function("nll_loss", N(5, 4), C(4, 5))
function("nll_loss", N(5, 4), C(4, 5), U(4), ignore_index=2, reduction="none")
function("cross_entropy", N(5, 4), C(4, 5))
function("cross_entropy", N(5, 4), C(4, 5), U(4), label_smoothing=0.1, reduction="sum")
function("cross_entropy", N(5, 4), U(5, 4), reduction="none")
function("cross_entropy", N(5, 4), C(4, 5), None, None, 3, None, "none")
function("binary_cross_entropy", U(3, 4), U(3, 4))
function("binary_cross_entropy", U(3, 4), U(3, 4), U(4), reduction="none")
function("binary_cross_entropy_with_logits", N(3, 4), U(3, 4))
function("binary_cross_entropy_with_logits", N(3, 4), U(3, 4), U(3, 1), pos_weight=U(4), reduction="sum")
function("poisson_nll_loss", N(3, 4), U(3, 4))
function("poisson_nll_loss", U(3, 4), C(6, 3, 4), False, True, reduction="sum")
function("gaussian_nll_loss", N(3, 4), N(3, 4), U(3, 4))
function("gaussian_nll_loss", N(3, 4), N(3, 4), U(3), full=True, reduction="none")
function("gaussian_nll_loss", N(3, 4), N(3, 4), U(3, 1), True, 1e-3, "sum")
function("ctc_loss", N(7, 2, 4), I([[1, 2, 1], [3, 3, 0]]), I([7, 6]), I([3, 2]))
function("ctc_loss", N(7, 2, 4), I([1, 2, 1, 3, 3]), [7, 6], [3, 2], reduction="none")
function("ctc_loss", N(3, 4), I([1, 2, 1]), I(2), I(3), blank=3, reduction="sum", zero_infinity=True)
function("margin_ranking_loss", N(5), N(5), I([1, -1, 1, -1, 1]))
function("margin_ranking_loss", N(5), N(5), I([1, -1, 1, -1, 1]), 0.5, reduction="none")
function("hinge_embedding_loss", N(4), I([1, -1, 1, -1]))
function("hinge_embedding_loss", N(4), I([1, -1, 1, -1]), 0.3, None, None, "sum")
function("multilabel_margin_loss", N(2, 4), I([[3, 0, -1, 1], [1, -1, 0, 2]]))
function("multilabel_margin_loss", N(4), I([3, 0, -1, 1]), reduction="sum")
function("soft_margin_loss", N(4), I([1, -1, 1, -1]))
function("soft_margin_loss", N(4), I([1, -1, 1, -1]), reduction="none")
function("multilabel_soft_margin_loss", N(3, 4), U(3, 4))
function("multilabel_soft_margin_loss", N(3, 4), U(3, 4), U(4), reduction="none")
function("cosine_embedding_loss", N(4, 3), N(4, 3), I([1, -1, 1, -1]))
function("cosine_embedding_loss", N(4, 3), N(4, 3), I([1, -1, 1, -1]), 0.2, reduction="sum")
function("multi_margin_loss", N(5, 4), C(4, 5))
function("multi_margin_loss", N(5, 4), C(4, 5), 2, 0.5, U(4), reduction="none")
function("triplet_margin_loss", N(3, 4), N(3, 4), N(3, 4))
function("triplet_margin_loss", N(3, 4), N(3, 4), N(3, 4), 0.5, 1.0, swap=True, reduction="none")
function("triplet_margin_with_distance_loss", N(3, 4), N(3, 4), N(3, 4))
function("triplet_margin_with_distance_loss", N(3, 4), N(3, 4), N(3, 4), margin=2.0, swap=True, reduction="sum")
function("linear_cross_entropy", N(5, 3), N(4, 3), C(4, 5))
function("linear_cross_entropy", N(5, 3), N(4, 2, 3), C(4, 5, 2), linear_bias=N(4, 2), weight=U(4), reduction="none", label_smoothing=0.1)
function("linear_cross_entropy", N(3), N(4, 3), I(2), ignore_index=1)
function("embedding_bag", C(6, 3, 4), N(6, 5))
function("embedding_bag", C(6, 9), N(6, 5), I([0, 4]), mode="sum", per_sample_weights=U(9))
function("embedding_bag", C(6, 9), N(6, 5), I([0, 4, 9]), None, 2, False, "max", False, None, True, 2)
function("one_hot", C(4, 2, 3))
function("one_hot", C(4, 3), 6)

# Functions: distances, blocks and images
function("pairwise_distance", N(3, 4), N(3, 4))
function("pairwise_distance", N(3, 4), N(4), 1.0, 1e-3, keepdim=True)
function("cosine_similarity", N(3, 4), N(3, 4))
function("cosine_similarity", N(2, 3, 4), N(4), dim=-1)
function("pdist", N(4, 3))
function("pdist", N(4, 3), 1.0)
function("normalize", N(3, 4))
function("normalize", N(3, 4), 1.0, 0, eps=1e-3)
function("unfold", N(2, 2, 4, 5), (2, 3))
function("unfold", N(1, 2, 4, 5), 2, 2, 1, stride=(2, 1))
function("fold", N(2, 12, 9), (4, 5), (2, 3))
function("fold", N(8, 9), 4, 2, padding=1, stride=2)
function("pixel_shuffle", N(2, 8, 2, 3), 2)
function("pixel_unshuffle", N(2, 2, 4, 6), 2)
function("channel_shuffle", N(2, 6, 2, 2), 3)
function("native_channel_shuffle", C(9, 2, 6, 2, 2), 3)
function("conv_tbc", N(5, 2, 3), N(2, 3, 4), N(4))
function("conv_tbc", N(5, 2, 3), N(2, 3, 4), N(4), 1)
for mode in ["bilinear", "nearest", "bicubic"]:
    for padding_mode in ["zeros", "border", "reflection"]:
        function("grid_sample", N(1, 2, 4, 3), N(1, 2, 3, 2), mode, padding_mode, align_corners=False)
function("grid_sample", N(1, 2, 4, 3), N(1, 2, 3, 2), align_corners=True)
function("grid_sample", N(1, 1, 2, 3, 2), N(1, 2, 2, 2, 3))
function("affine_grid", N(2, 2, 3), (2, 1, 3, 4))
function("affine_grid", N(1, 3, 4), [1, 2, 2, 3, 2], align_corners=True)
function("interpolate", N(1, 2, 4), 7)
function("interpolate", N(1, 2, 6, 5), scale_factor=(0.5, 0.7), mode="bilinear", antialias=True)
function("interpolate", N(1, 2, 6, 5), (3, 4), mode="bicubic", antialias=True, align_corners=True)
function("interpolate", N(1, 2, 6, 5), (3, 4), mode="lanczos", antialias=True)
function("interpolate", N(1, 2, 6, 5), scale_factor=0.6, mode="area")
function("interpolate", N(1, 2, 6, 5), scale_factor=0.6, mode="nearest-exact", recompute_scale_factor=True)
function("upsample", N(1, 2, 3, 3), scale_factor=2, mode="bilinear")
function("upsample_nearest", N(1, 2, 3), 5)
function("upsample_bilinear", N(1, 2, 3, 3), None, 2)

# Functions: attention
function("scaled_dot_product_attention", N(2, 3, 4, 5), N(2, 3, 6, 5), N(2, 3, 6, 7))
function("scaled_dot_product_attention", N(2, 4, 4), N(2, 4, 4), N(2, 4, 4), is_causal=True, scale=0.3)
function("scaled_dot_product_attention", N(1, 4, 3, 4), N(1, 2, 3, 4), N(1, 2, 3, 4), N(3, 3), enable_gqa=True)
function("scaled_dot_product_attention", N(2, 4, 4), N(2, 4, 4), N(2, 4, 4), dropout_p=0.3)
attention = [N(12, 4), N(12), None, None, False, 0.0, N(4, 4), N(4)]
function("multi_head_attention_forward", N(3, 2, 4), N(5, 2, 4), N(5, 2, 4), 4, 2, *attention)
function("multi_head_attention_forward", N(3, 4), N(3, 4), N(3, 4), 4, 2, *attention, attn_mask=N(3, 3), need_weights=False)
function("multi_head_attention_forward", N(3, 2, 4), N(5, 2, 4), N(5, 2, 4), 4, 2, N(12, 4), None, N(1, 1, 4), N(1, 1, 4), True, 0.0, N(4, 4), None, average_attn_weights=False)
function("multi_head_attention_forward", N(3, 2, 4), N(5, 2, 3), N(5, 2, 5), 4, 2, None, N(12), None, None, False, 0.5, N(4, 4), None, True, N(2, 5), True, None, True, N(4, 4), N(4, 3), N(4, 5))
function("multi_head_attention_forward", N(3, 2, 4), N(5, 2, 4), N(5, 2, 4), 4, 2, *attention, False, static_k=N(4, 6, 2), static_v=N(4, 6, 2))


def main():
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    file = {
        "torch": torch.__version__,
        "seed": SEED,
        "banks": {
            name: base64.b64encode(bank.tobytes()).decode() for name, bank in banks.items()
        },
        "layers": [run_layer(index, *spec) for index, spec in enumerate(layers)],
        "functions": [run_function(index, *spec) for index, spec in enumerate(functions)],
    }
    lines = ["{"]
    for key in ("torch", "seed", "banks"):
        lines.append(f"{json.dumps(key)}: {json.dumps(file[key])},")
    for key, end in (("layers", ","), ("functions", "")):
        cases = ",\n".join(json.dumps(case, separators=(",", ":")) for case in file[key])
        lines.append(f"{json.dumps(key)}: [\n{cases}\n]{end}")
    lines.append("}")
    Path(__file__).with_suffix(".json").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
