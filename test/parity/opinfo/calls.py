"""Which public calls an entry of the OpInfo tables makes."""

import inspect
import sys
import types
import unittest

import torch
from torch.overrides import TorchFunctionMode, resolve_name


def import_tables():
    """The tables; they want `expecttest`, which wheels do not bring along, for its class alone."""
    if "expecttest" not in sys.modules:
        stub = types.ModuleType("expecttest")
        stub.TestCase = unittest.TestCase
        stub.assert_expected_inline = lambda *args, **kwargs: None
        sys.modules["expecttest"] = stub
    from torch.testing._internal import common_methods_invocations as tables

    # The seed is set before every call, here as there.
    def call(op, *args, **kwargs):
        return op(*args, **kwargs)

    for module in list(sys.modules.values()):
        if getattr(module, "__name__", "").startswith("torch.testing") and hasattr(
            module, "wrapper_set_seed"
        ):
            module.wrapper_set_seed = call
    return tables.op_db


def find(path):
    found = torch
    for part in path.split("."):
        found = getattr(found, part, None)
    return found


def key(op):
    """The name of an entry, with that of its variant."""
    return f"{op.name}.{op.variant_test_name}" if op.variant_test_name else op.name


def public_name(func):
    """`torch.linalg.norm` -> `linalg.norm`, `Tensor.add`, `get Tensor.T`."""
    if isinstance(func, (torch._ops.OpOverload, torch._ops.OpOverloadPacket)):
        return f"ops.{func}"
    name = resolve_name(func)
    if name is None:
        raise LookupError(f"no public name for {func}")
    name = name.removeprefix("torch.")
    if name.endswith(".__get__"):
        return "get " + name.removesuffix(".__get__")
    if name.startswith("functional."):
        return name.removeprefix("functional.")
    return name


class Trace(TorchFunctionMode):
    """Notes the outermost calls of what runs under it."""

    def __init__(self):
        super().__init__()
        self.calls = []
        self.results = []

    def __torch_function__(self, func, kinds, args=(), kwargs=None):
        kwargs = kwargs or {}
        self.calls.append((func, args, kwargs))
        self.results.append(None)
        place = len(self.results) - 1
        result = func(*args, **kwargs)
        self.results[place] = result
        return result


def function_path(op):
    """Where the entry's function is found, or None for one that the tables wrap."""
    path = op.name.removeprefix("torch.")
    if find(path) is not None and find(path) is op.op:
        return path
    if isinstance(op.op, (torch._ops.OpOverload, torch._ops.OpOverloadPacket)):
        return f"ops.{op.op}"
    return None


def parameter_names(op, path):
    """The lists of names that the parameters of a function may have, its overloads' one by one."""
    try:
        return [list(inspect.signature(op.op).parameters)]
    except (TypeError, ValueError):
        # A function of the C binding: its names are those of the schemas.
        packet = getattr(torch.ops.aten, path.replace(".", "_"), None)
        packet = packet or getattr(torch.ops.aten, path.split(".")[-1], None)
        if packet is None:
            return []
        schemas = [getattr(packet, name)._schema for name in packet.overloads()]
        return [[argument.name for argument in schema.arguments] for schema in schemas]


def method_path(op, variant):
    """The name of an entry's method (or in-place method), where it is one of Tensor's."""
    if variant is None:
        return None
    name = getattr(variant, "__name__", None)
    return name if name and getattr(torch.Tensor, name, None) is variant else None
