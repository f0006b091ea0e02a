"""How the golden files of operators and of indexing write values down.

Tensors stand once in a list of their own, as [dtype, shape, base64 of the elements], little-endian
and in row-major order; elsewhere they are {"tensor": index}.
"""

import base64
import gzip
import io
import json
import os
import platform

import numpy as np
import torch


def cpu_name():
    """The name of this machine's CPU, as test/_helpers/cpu.ts gives it."""
    if not os.path.exists("/proc/cpuinfo"):
        return platform.processor()
    fields = {}
    with open("/proc/cpuinfo") as lines:
        for line in lines:
            key, _, value = line.partition(":")
            fields.setdefault(key.strip(), value.strip())
    return f"{fields['model name']}, family {fields['cpu family']}, model {fields['model']}"


def made_on():
    """What the exact values depend on."""
    return {
        "torch": torch.__version__,
        "cpu": cpu_name(),
        "capability": torch.backends.cpu.get_cpu_capability(),
    }


def elements(x):
    if x._is_zerotensor():
        x = torch.zeros(x.shape, dtype=x.dtype)
    x = x.detach().resolve_conj().resolve_neg().reshape(-1).contiguous()
    if x.dtype == torch.bfloat16:
        x = x.view(torch.int16)
    return base64.b64encode(x.numpy().tobytes()).decode()


def open_for_writing(path):
    if not path.endswith(".gz"):
        return open(path, "w")
    return io.TextIOWrapper(gzip.GzipFile(path, "wb", mtime=0))


class Recorder:
    """Encodes values, and keeps each different tensor once."""

    def __init__(self):
        self.tensors = []
        self.known = {}

    def tensor(self, x):
        row = [str(x.dtype).removeprefix("torch."), list(x.shape), elements(x)]
        key = (row[0], *row[1], row[2])
        if key not in self.known:
            self.known[key] = len(self.tensors)
            self.tensors.append(row)
        return {"tensor": self.known[key]}

    def __call__(self, value):
        if isinstance(value, torch.Tensor):
            return self.tensor(value.to_dense() if value.is_sparse else value)
        if isinstance(value, (list, tuple)):
            return [self(item) for item in value]
        if isinstance(value, dict):
            return {key: self(item) for key, item in value.items()}
        if isinstance(value, torch.dtype):
            return {"dtype": str(value).removeprefix("torch.")}
        if isinstance(value, np.ndarray):
            return {"array": str(value.dtype), "items": value.tolist()}
        if isinstance(value, slice):
            return {"slice": [value.start, value.stop, value.step]}
        if value is Ellipsis:
            return "..."
        if isinstance(value, complex):
            return {"complex": [value.real, value.imag]}
        if isinstance(value, float) and (value != value or value in (float("inf"), -float("inf"))):
            return {"number": str(value)}
        if value is None or isinstance(value, (bool, int, float, str)):
            return value
        raise TypeError(f"cannot write down {value!r}")

    def write(self, path, seed, cases):
        """Writes the golden file, one tensor and one case a line: a change shows as what it is.

        A file whose name ends in `.gz` is compressed, without the time in it.
        """
        with open_for_writing(path) as file:
            file.write(json.dumps({**made_on(), "seed": seed})[:-1])
            for key, rows in (("tensors", self.tensors), ("cases", cases)):
                lines = ",\n".join(json.dumps(row, separators=(",", ":")) for row in rows)
                file.write(f',\n"{key}": [\n{lines}\n]')
            file.write("\n}\n")


def output_gradient(x):
    """The gradient that is sent back into an output; test/_helpers/golden.ts makes the same."""
    count = torch.arange(x.numel())
    values = (count * 7 % 11 - 5).double() / 8
    if x.is_complex():
        values = torch.complex(values, (count * 5 % 7 - 3).double() / 4)
    return values.to(x.dtype).reshape(x.shape)


def gradients(outputs, leaves):
    """For each leaf its gradient, or None where nothing flows to it."""
    outputs = [x for x in outputs if isinstance(x, torch.Tensor) and x.requires_grad]
    if not outputs or not leaves:
        return [None] * len(leaves)
    return list(
        torch.autograd.grad(
            outputs, leaves, [output_gradient(x) for x in outputs], allow_unused=True
        )
    )


def floating(value):
    """The tensors inside arguments that gradients can flow to, in order."""
    if isinstance(value, torch.Tensor):
        return [value] if value.is_floating_point() or value.is_complex() else []
    if isinstance(value, (list, tuple)):
        return [x for item in value for x in floating(item)]
    if isinstance(value, dict):
        return [x for item in value.values() for x in floating(item)]
    return []
