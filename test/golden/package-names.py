"""Writes package-names.json: the public names of the packages of torch, and of some classes.

    python test/golden/package-names.py

test/unit/package-names.test.ts holds sconce against them. torch itself and Tensor are in
test/codegen/python-names.json, nn.Module and nn.utils in module-names.json.
"""

import importlib
import json
import types
from pathlib import Path

import torch

PACKAGES = """
    amp autograd autograd.forward_ad autograd.functional autograd.graph distributions
    distributions.constraints fft func linalg masked nested nn nn.functional nn.init optim
    optim.lr_scheduler optim.swa_utils signal.windows sparse special testing utils.checkpoint
""".split()
CLASSES = {
    "amp.GradScaler": torch.amp.GradScaler,
    "distributions.Distribution": torch.distributions.Distribution,
    "distributions.Transform": torch.distributions.Transform,
    "optim.Optimizer": torch.optim.Optimizer,
    "optim.lr_scheduler.LRScheduler": torch.optim.lr_scheduler.LRScheduler,
}


def is_own(value):
    module = getattr(value, "__module__", None) or ""
    foreign = ("torch._jit_internal", "torch.overrides")
    return (
        module.startswith("torch")
        and module not in foreign
        and not isinstance(value, types.ModuleType)
        and value is not torch.Tensor
    )


def names_of(package):
    module = importlib.import_module(f"torch.{package}")
    names = getattr(module, "__all__", None)
    if names is None:
        names = [name for name in dir(module) if is_own(getattr(module, name))]
    return sorted(name for name in set(names) if not name.startswith("_"))


names = {package: names_of(package) for package in PACKAGES}
for name, owner in CLASSES.items():
    names[name] = sorted(name for name in dir(owner) if not name.startswith("_"))
path = Path(__file__).with_suffix(".json")
path.write_text(json.dumps({"torch": torch.__version__, "names": names}, separators=(",", ":")) + "\n")
