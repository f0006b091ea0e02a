"""What torch.nn.init draws: the bytes of the filled tensors, and of one more draw afterwards, which
shows that as many random numbers were used.

    OMP_NUM_THREADS=1 python test/golden/init.py > test/golden/init.json

Names of functions are PyTorch's; the test renames them by its rule.
"""

import base64
import json
import math
import os
import platform

import torch
from torch.nn import init

SEED = 33

LARGE = [24, 17]
CONV = [6, 4, 5, 3]

# function, shape, positional arguments, dtype
CASES = [
    ("uniform_", LARGE, [], "float32"),
    ("uniform_", LARGE, [-0.3, 0.7], "float32"),
    ("uniform_", [7], [-2, 2], "float64"),
    ("uniform_", LARGE, [], "bfloat16"),
    ("normal_", LARGE, [], "float32"),
    ("normal_", [5], [1.5, 0.1], "float32"),
    ("normal_", LARGE, [0, 0.02], "float64"),
    ("normal_", LARGE, [0, 0.02], "float16"),
    ("trunc_normal_", LARGE, [], "float32"),
    ("trunc_normal_", LARGE, [0, 0.02], "float32"),
    ("trunc_normal_", LARGE, [0, 1, -0.5, 1.5], "float32"),
    ("trunc_normal_", LARGE, [0, 1, 1.2, 3], "float32"),
    ("trunc_normal_", LARGE, [0.3, 0.7, 1.9, 2.4], "float64"),
    ("trunc_normal_", LARGE, [0, 1, -0.1, 0.1], "float32"),
    ("trunc_normal_", LARGE, [], "bfloat16"),
    ("constant_", [3, 4], [0.3], "float32"),
    ("ones_", [3, 4], [], "float32"),
    ("zeros_", [3, 4], [], "float32"),
    ("eye_", [3, 5], [], "float32"),
    ("eye_", [5, 3], [], "float32"),
    ("dirac_", [4, 3, 5], [], "float32"),
    ("dirac_", [4, 3, 5, 2], [2], "float32"),
    ("dirac_", [6, 3, 2, 3, 4], [3], "float32"),
    ("xavier_uniform_", LARGE, [], "float32"),
    ("xavier_uniform_", CONV, [math.sqrt(2)], "float32"),
    ("xavier_normal_", LARGE, [], "float32"),
    ("xavier_normal_", CONV, [5 / 3], "float64"),
    ("kaiming_uniform_", LARGE, [], "float32"),
    ("kaiming_uniform_", LARGE, [math.sqrt(5)], "float32"),
    ("kaiming_uniform_", CONV, [0, "fan_out", "relu"], "float32"),
    ("kaiming_uniform_", CONV, [0, "fan_in", "tanh"], "float32"),
    ("kaiming_normal_", LARGE, [], "float32"),
    ("kaiming_normal_", CONV, [0.1, "fan_out"], "float32"),
    ("kaiming_normal_", CONV, [0, "fan_in", "selu"], "float64"),
    ("orthogonal_", [8, 8], [], "float32"),
    ("orthogonal_", [4, 9], [2.0], "float32"),
    ("orthogonal_", [9, 4], [], "float64"),
    ("orthogonal_", [6, 2, 2, 2], [], "float32"),
    ("sparse_", [10, 6], [0.35], "float32"),
    ("sparse_", [10, 6], [0.1, 0.5], "float64"),
]

GAINS = [
    ("linear", None),
    ("conv1d", None),
    ("conv_transpose3d", None),
    ("sigmoid", None),
    ("tanh", None),
    ("relu", None),
    ("selu", None),
    ("leaky_relu", None),
    ("leaky_relu", 0.2),
    ("leaky_relu", math.sqrt(5)),
    ("leaky_relu", 3),
]

RANDOM = {"uniform_", "normal_", "trunc_normal_", "xavier_uniform_", "xavier_normal_"}
RANDOM |= {"kaiming_uniform_", "kaiming_normal_", "orthogonal_", "sparse_"}


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


def data(tensor):
    return base64.b64encode(tensor.contiguous().view(torch.uint8).numpy().tobytes()).decode()


def filled(name, shape, args, dtype, generator):
    tensor = torch.full(shape, -7.0, dtype=getattr(torch, dtype))
    options = {"generator": generator} if generator is not None else {}
    result = getattr(init, name)(tensor, *args, **options)
    assert result is tensor
    return tensor


def main():
    torch.set_num_threads(1)
    cases = []
    for name, shape, args, dtype in CASES:
        torch.manual_seed(SEED)
        case = {"name": name, "shape": shape, "args": args, "dtype": dtype}
        case["data"] = data(filled(name, shape, args, dtype, None))
        case["after"] = torch.rand([], dtype=torch.float64).item()
        if name in RANDOM:
            generator = torch.Generator().manual_seed(SEED + 1)
            case["generated"] = data(filled(name, shape, args, dtype, generator))
        cases.append(case)
    gains = [[name, param, init.calculate_gain(name, param)] for name, param in GAINS]
    facts = {
        "torch": torch.__version__,
        "seed": SEED,
        "cpu": cpu_name(),
        "capability": torch.backends.cpu.get_cpu_capability(),
        "cases": cases,
        "gains": gains,
    }
    print(json.dumps(facts, indent=1))


main()
