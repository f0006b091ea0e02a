"""Writes module-names.json: the public names of torch.nn.Module and of torch.nn.utils.

    python test/golden/module-names.py
"""

import json
from pathlib import Path

import torch
from torch import nn
from torch.nn.utils import prune
from torch.nn.modules import module


def public(names):
    return sorted(name for name in names if not name.startswith("_"))


names = {
    "torch": torch.__version__,
    "Module": public(dir(nn.Module)),
    "module": public(name for name in dir(module) if name.startswith("register_module")),
    "utils": public(nn.utils.__all__),
    "rnn": public(nn.utils.rnn.__all__),
    "parametrize": public(nn.utils.parametrize.__all__),
    "parametrizations": public(nn.utils.parametrizations.__all__),
    "prune": public(
        name
        for name, value in vars(prune).items()
        if getattr(value, "__module__", "") == prune.__name__
    ),
}
Path(__file__).with_suffix(".json").write_text(json.dumps(names, indent=1) + "\n")
