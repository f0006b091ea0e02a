"""Writes module-hooks.json: in which order the hooks of modules run, with what, and what they change.

    python test/golden/module-hooks.py

A hook writes down its name, its module and what it gets; test/unit/module-hook-order.test.ts
registers the same hooks on the same modules.
"""

import json
import warnings
from pathlib import Path

import torch
from torch import nn
from torch.nn.modules import module as global_hooks


class Block(nn.Module):
    def __init__(self, weight):
        super().__init__()
        self.weight = nn.Parameter(torch.tensor(weight))

    def forward(self, x, y=None, *, scale=1.0):
        out = x * self.weight * scale
        return out if y is None else out + y


class Pair(nn.Module):
    """Two results and arguments that are no tensors."""

    def __init__(self):
        super().__init__()
        self.inner = Block([2.0, 3.0])

    def forward(self, a, label, b):
        return self.inner(a), a + b * 2, label


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = Block([1.0, 2.0])
        self.second = Block([3.0, 4.0])

    def forward(self, x, *, scale=1.0):
        return self.second(self.first(x, scale=scale))


def plain(value):
    if isinstance(value, torch.Tensor):
        return value.tolist()
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return value


class Log:
    def __init__(self):
        self.lines = []

    def hook(self, name, answer=None):
        def run(module, *given):
            self.lines.append([name, type(module).__name__, *plain(given)])
            return answer(*given) if answer else None

        return run


def x(*values):
    return torch.tensor(values, requires_grad=True)


def forward_order():
    log = Log()
    model = Model()
    model.register_forward_pre_hook(log.hook("pre"))
    model.register_forward_pre_hook(log.hook("pre kwargs", lambda a, k: (a, {"scale": 2.0})), with_kwargs=True)
    model.register_forward_pre_hook(log.hook("pre first"), prepend=True)
    model.register_forward_hook(log.hook("hook", lambda a, o: o + 1))
    model.register_forward_hook(log.hook("hook kwargs", lambda a, k, o: o * 10), with_kwargs=True)
    model.register_forward_hook(log.hook("hook first"), prepend=True)
    model.first.register_forward_pre_hook(log.hook("inner pre", lambda a: a[0] + 1))
    handles = [
        global_hooks.register_module_forward_pre_hook(log.hook("global pre")),
        global_hooks.register_module_forward_hook(log.hook("global")),
        global_hooks.register_module_forward_hook(log.hook("global kwargs"), with_kwargs=True),
    ]
    out = model(x(1.0, 2.0))
    for handle in handles:
        handle.remove()
    return {"log": log.lines, "out": plain(out)}


def backward_order():
    log = Log()
    model = Model()
    model.register_full_backward_hook(log.hook("backward"))
    model.register_full_backward_hook(log.hook("backward first"), prepend=True)
    model.register_full_backward_pre_hook(log.hook("backward pre"))
    model.second.register_full_backward_pre_hook(log.hook("inner pre", lambda g: (g[0] * 2,)))
    model.second.register_full_backward_hook(log.hook("inner"))
    model.first.register_full_backward_hook(log.hook("inner", lambda gi, go: (gi[0] * 10,)))
    handles = [
        global_hooks.register_module_full_backward_pre_hook(log.hook("global pre")),
        global_hooks.register_module_full_backward_hook(log.hook("global")),
    ]
    given = x(1.0, 2.0)
    out = model(given)
    out.sum().backward()
    for handle in handles:
        handle.remove()
    return {
        "log": log.lines,
        "gradients": plain([given.grad, model.first.weight.grad, model.second.weight.grad]),
        "gradFn": type(out.grad_fn).__name__,
    }


def several(choose, b_grad=True):
    """Several arguments and results, of which backward starts at some."""
    log = Log()
    model = Pair()
    model.register_full_backward_pre_hook(log.hook("pre"))
    model.register_full_backward_hook(log.hook("backward"))
    a, b = x(1.0, 2.0), x(3.0, 4.0)
    if not b_grad:
        b = b.detach()
    out = model(a, "label", b)
    choose(out).sum().backward()
    return {"log": log.lines, "gradients": plain([a.grad, b.grad]), "label": out[2]}


def without_inputs():
    """No argument requires a gradient."""
    log = Log()
    model = Block([2.0, 3.0])
    model.register_full_backward_hook(log.hook("backward"))
    model.register_full_backward_pre_hook(log.hook("pre", lambda g: (g[0] * 3,)))
    model(torch.tensor([1.0, 2.0])).sum().backward()
    return {"log": log.lines, "gradients": plain([model.weight.grad])}


def without_grad():
    log = Log()
    model = Block([2.0, 3.0])
    model.register_full_backward_hook(log.hook("backward"))
    with torch.no_grad():
        out = model(x(1.0, 2.0))
    return {"log": log.lines, "requiresGrad": out.requires_grad}


def twice():
    """A hook that is differentiated through, and runs again."""
    model = Block([2.0, 3.0])
    handle = model.register_full_backward_hook(lambda m, gi, go: (gi[0] * gi[0],))
    given = x(1.0, 2.0)
    (first,) = torch.autograd.grad(model(given).pow(2).sum(), given, create_graph=True)
    (second,) = torch.autograd.grad(first.sum(), given)
    handle.remove()
    (without,) = torch.autograd.grad(model(given).pow(2).sum(), given)
    return {"gradients": plain([first, second, without])}


def raised(register):
    model = Pair()
    register(model)
    out = model(x(1.0, 2.0), "label", x(3.0, 4.0))
    try:
        out[0].sum().backward()
    except Exception as error:
        return str(error)
    raise AssertionError("nothing was raised")


def state_order():
    log = Log()
    model = Model()

    def note(name):
        def run(module, *given):
            known = [part for part in given if isinstance(part, (str, bool))]
            log.lines.append([name, type(module).__name__, *known])

        return run

    for name, part in (("model", model), ("first", model.first)):
        part.register_state_dict_pre_hook(note(name + " pre"))
        part.register_state_dict_post_hook(note(name + " post"))
        part.register_load_state_dict_pre_hook(note(name + " load pre"))
        part.register_load_state_dict_post_hook(note(name + " load post"))
    model.load_state_dict(model.state_dict(prefix="", keep_vars=False), strict=False)
    model.load_state_dict(model.state_dict(keep_vars=True))
    return {"log": log.lines}


def main():
    warnings.simplefilter("ignore")
    golden = {
        "torch": torch.__version__,
        "forward": forward_order(),
        "backward": backward_order(),
        "both": several(lambda out: out[0] + out[1]),
        "one": several(lambda out: out[0]),
        "other": several(lambda out: out[1]),
        "frozen": several(lambda out: out[0] + out[1], b_grad=False),
        "withoutInputs": without_inputs(),
        "withoutGrad": without_grad(),
        "twice": twice(),
        "state": state_order(),
        "errors": {
            "input": raised(lambda m: m.register_full_backward_hook(lambda *_: (None,))),
            "output": raised(lambda m: m.register_full_backward_pre_hook(lambda *_: (None,))),
        },
    }
    Path(__file__).with_suffix(".json").write_text(json.dumps(golden, indent=1) + "\n")


main()
