"""Writes python-names.json: what Python really exposes, for test/codegen/names.test.ts.

    python test/codegen/python-names.py

Needs torch 2.13 (CPU will do) and PyYAML, which torchgen imports. `names` is what the C binding
carries, by namespace; `surface` is what a user sees; `order` is, for each name with several
signatures, the overloads in the order in which PyTorch's argument parser tries them ('>' before an
out-variant), taken from PyTorch's own generator.
"""

import importlib
import json
import os
import types

import torch
import torchgen
from torchgen.gen import parse_native_yaml

generator = importlib.import_module("torchgen.packaged.autograd.gen_python_functions")

MODULES = {
    "torch": torch._C._VariableFunctions,
    "nn": torch._C._nn,
    "linalg": torch._C._linalg,
    "fft": torch._C._fft,
    "special": torch._C._special,
    "sparse": torch._C._sparse,
    "nested": torch._C._nested,
}


def names():
    result = {
        key: set(dir(module)) - set(dir(object if key == "torch" else types.ModuleType("m")))
        for key, module in MODULES.items()
    }
    result["Tensor"] = set(dir(torch.Tensor)) - set(dir(object))
    return {key: " ".join(sorted(found)) for key, found in result.items()}


def switches(module):
    """Of a module whose place is taken by an object, for the sake of its properties."""
    own = vars(module.m).items()
    functions = [name for name, it in own if getattr(it, "__module__", "") == module.m.__name__]
    constants = [name for name, it in own if name.isupper() and name != "TYPE_CHECKING"]
    names = {*dir(module), *dir(type(module)), *functions, *constants}
    names.discard("m")
    helpers = ("Module", "ContextProp")
    return [name for name in names if not name.startswith("_") and not name.endswith(helpers)]


def surface():
    """Every public name of torch that is no module, and of torch.Tensor."""

    def public(owner):
        return [name for name in dir(owner) if not name.startswith("_")]

    members = {name: getattr(torch, name) for name in public(torch)}
    found = {
        "torch": [name for name, it in members.items() if not isinstance(it, types.ModuleType)],
        "Tensor": public(torch.Tensor),
        "cuda": public(torch.cuda),
    }
    # These import much that is not theirs, and say what is.
    for key in ["accelerator", "backends.cuda", "mps", "nn.attention", "random", "xpu"]:
        found[key] = importlib.import_module("torch." + key).__all__
    for key in ["backends", "backends.cudnn", "backends.mkldnn"]:
        found[key] = switches(importlib.import_module("torch." + key))
    return {key: " ".join(sorted(value)) for key, value in found.items()}


def orders():
    packaged = os.path.join(os.path.dirname(torchgen.__file__), "packaged")
    native = os.path.join(packaged, "ATen", "native")
    functions = parse_native_yaml(
        os.path.join(native, "native_functions.yaml"), os.path.join(native, "tags.yaml")
    ).native_functions
    functions = [f for f in functions if generator.should_generate_py_binding(f)]
    deprecated = os.path.join(packaged, "autograd", "deprecated.yaml")
    result = {}
    for key in ["Tensor", *MODULES]:
        method = key == "Tensor"

        def wanted(f):
            if method:
                return generator.is_py_variable_method(f)
            if key == "torch":
                return generator.is_py_torch_function(f)
            return f.python_module == key

        pairs = generator.load_signatures(functions, deprecated, method=method)
        overloads = generator.group_filter_overloads(pairs, wanted)
        result[key] = {}
        for name in sorted(overloads, key=str):
            groups = [
                g for g in generator.group_overloads(overloads[name]) if not g.signature.deprecated
            ]
            line = [str(g.base.func.name) for g in groups]
            line += [">" + str(g.outplace.func.name) for g in groups if g.outplace]
            result[key][str(name)] = " ".join(line)
    return result


if __name__ == "__main__":
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "python-names.json")
    golden = {"torch": torch.__version__, "names": names(), "surface": surface()}
    with open(path, "w") as file:
        json.dump({**golden, "order": orders()}, file, indent=2)
        file.write("\n")
