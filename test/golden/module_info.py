"""Writes module_info.json.gz: PyTorch's own samples of its modules, and what comes of them.

    python test/golden/module_info.py

The samples are the ModuleInfo table of torch.testing._internal.common_modules, in float32: other
dtypes run the same modules through other kernels of the same operators, which operators.py covers.
A case is a module with its constructor's and forward's arguments, in training mode and, where it
differs, in evaluation mode; then, once it has been converted to float32, its printed form, its state dict as the seed gives it, what
forward returns, the gradients of its parameters and of the floating-point inputs for a fixed
output gradient, and the state where forward has changed it. At the end stand the table's error
inputs, with the class of what Python throws.
"""

import dataclasses
import os
import sys
import types
import unittest
import warnings

import torch
from torch.nn import functional as F
from torch.nn.parameter import is_lazy

sys.path.insert(0, os.path.dirname(__file__))
from recording import Recorder, floating, gradients  # noqa: E402

# The table is part of PyTorch's tests, which want a package that only its developers have.
sys.modules["expecttest"] = types.SimpleNamespace(TestCase=unittest.TestCase)
from torch.testing._internal.common_modules import module_db  # noqa: E402

SEED = 20250101
FOLDER = os.path.dirname(os.path.abspath(__file__))

# A TransformerEncoder's sample holds a layer that has been made already: how, is noted here.
made_with = {}
make_layer = torch.nn.TransformerEncoderLayer.__init__


def make_and_note(self, *args, **kwargs):
    make_layer(self, *args, **kwargs)
    made_with[self] = (args, kwargs)


torch.nn.TransformerEncoderLayer.__init__ = make_and_note


class ModuleRecorder(Recorder):
    def __call__(self, value):
        if isinstance(value, torch.nn.Module):
            args, kwargs = made_with[value]
            made = {"module": type(value).__name__, "args": self(args), "kwargs": self(kwargs)}
            return {**made, "state": self(dict(value.state_dict()))}
        if dataclasses.is_dataclass(value):
            fields = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
            return {"module": type(value).__name__, "args": [], "kwargs": self(fields)}
        if callable(value):
            assert getattr(F, value.__name__) is value
            return {"function": value.__name__}
        if isinstance(value, torch.Tensor) and is_lazy(value):
            return {"uninitialized": str(value.dtype).removeprefix("torch.")}
        return super().__call__(value)


record = ModuleRecorder()


def copy(value, requires_grad):
    if isinstance(value, torch.Tensor):
        return value.detach().clone().requires_grad_(requires_grad and value.requires_grad)
    if isinstance(value, (list, tuple)):
        return type(value)(copy(item, requires_grad) for item in value)
    if isinstance(value, dict):
        return {key: copy(item, requires_grad) for key, item in value.items()}
    return value


def outputs_of(result):
    if isinstance(result, torch.Tensor):
        return [result]
    return [x for item in result for x in outputs_of(item)] if isinstance(result, tuple) else []


def dense(x):
    return x.to_dense() if x is not None and x.is_sparse else x


def case_of(info, sample, training):
    args, kwargs = sample.constructor_input.args, sample.constructor_input.kwargs
    name = info.module_cls.__name__
    case = {"module": name, "training": training, "args": record(args), "kwargs": record(kwargs)}
    torch.manual_seed(SEED)
    module = info.module_cls(*args, **kwargs).to(torch.float32).train(training)
    case["repr"] = repr(module)
    state = module.state_dict()
    before = {key: copy(value, False) if not is_lazy(value) else value for key, value in state.items()}
    case["state"] = record(before)
    lazy = any(is_lazy(value) for value in before.values())
    given = sample.forward_input
    inputs, options = given.args, given.kwargs
    case["inputs"], case["options"] = record(inputs), record(options)
    case["differentiable"] = [x.requires_grad for x in floating([list(inputs), options])]
    inputs, options = copy(inputs, True), copy(options, True)
    torch.manual_seed(SEED)
    result = module(*inputs, **options)
    case["result"] = record(result)
    leaves = [x for x in floating([list(inputs), options]) if x.requires_grad]
    parameters = [x for x in module.parameters() if x.requires_grad]
    found = gradients(outputs_of(result), leaves + parameters)
    case["inputGradients"] = record([dense(x) for x in found[: len(leaves)]])
    case["gradients"] = record([dense(x) for x in found[len(leaves) :]])
    after = module.state_dict()
    if lazy or any(not torch.equal(before[key], after[key]) for key in after):
        case["stateAfter"] = record(dict(after))
        case["reprAfter"] = repr(module)
    return case


def error_case_of(info, error):
    sample = error.module_error_input
    args, kwargs = sample.constructor_input.args, sample.constructor_input.kwargs
    given = sample.forward_input
    return {
        "module": info.module_cls.__name__,
        "args": record(args),
        "kwargs": record(kwargs),
        "inputs": record(given.args if given else []),
        "options": record(given.kwargs if given else {}),
        "error": error.error_type.__name__,
    }


torch.set_num_threads(1)
warnings.simplefilter("ignore")
cases = []
errors = []
for info in module_db:
    for training in [True, False] if info.train_and_eval_differ else [True]:
        torch.manual_seed(SEED)
        made_with.clear()
        samples = info.module_inputs_func(
            info, device="cpu", dtype=torch.float32, requires_grad=True, training=training
        )
        cases += [case_of(info, sample, training) for sample in samples]
    if info.module_error_inputs_func:
        torch.manual_seed(SEED)
        found = info.module_error_inputs_func(
            info, device="cpu", dtype=torch.float32, requires_grad=False, training=True
        )
        errors += [error_case_of(info, error) for error in found]
record.write(os.path.join(FOLDER, "module_info.json.gz"), SEED, cases + errors)
print(len(cases), "cases of", len({case["module"] for case in cases}), "modules")
print(len(errors), "errors")
