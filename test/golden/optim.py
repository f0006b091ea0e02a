"""Parameters and state of SGD, Adam and AdamW after 50 steps of each set of options.

    python test/golden/optim.py > test/golden/optim.json

The first parameters and all gradients are part of the file, so that no random generator takes part
in the comparison. Names of options are PyTorch's; the test renames them by its rule.
"""

import base64
import json
import sys

import torch

SEED = 20
STEPS = 50
# Sizes around the width of a vector register, one 0-d, one that has a tail.
SHAPES = [[5, 7], [64], [3], [], [2, 3, 11]]

# Which parameters have no gradient at a step: (step % period == phase) for parameter `index`.
MISSING = {"index": 1, "period": 3, "phase": 0}

SGD = [
    {},
    {"lr": 0.1},
    {"lr": 1.0},
    {"lr": 0.01, "momentum": 0.9},
    {"lr": 0.05, "momentum": 0.5},
    {"lr": 0.01, "momentum": 1.0},
    {"lr": 0.01, "momentum": 0.9, "dampening": 0.1},
    {"lr": 0.01, "momentum": 0.9, "dampening": 0.5},
    {"lr": 0.01, "momentum": 0.9, "dampening": 1.0},
    {"lr": 0.01, "weight_decay": 0.1},
    {"lr": 0.01, "weight_decay": 1.0},
    {"lr": 0.01, "momentum": 0.9, "weight_decay": 0.0005},
    {"lr": 0.01, "momentum": 0.9, "weight_decay": 0.0005, "dampening": 0.1},
    {"lr": 0.01, "momentum": 0.9, "nesterov": True},
    {"lr": 0.01, "momentum": 0.9, "nesterov": True, "weight_decay": 0.01},
    {"lr": 0.1, "maximize": True},
    {"lr": 0.01, "maximize": True, "momentum": 0.9},
    {"lr": 0.01, "maximize": True, "weight_decay": 0.1},
    {"lr": 0.01, "maximize": True, "momentum": 0.9, "weight_decay": 0.1, "dampening": 0.2},
    {"lr": 0.01, "maximize": True, "momentum": 0.9, "weight_decay": 0.1, "nesterov": True},
    {"lr": 0.01, "foreach": True, "momentum": 0.9, "weight_decay": 0.01},
    {"lr": 0.01, "foreach": False, "momentum": 0.9, "weight_decay": 0.01},
    {"lr": 0.01, "fused": True, "momentum": 0.9, "weight_decay": 0.01},
    {"lr": 0.01, "fused": True, "momentum": 0.9, "weight_decay": 0.01, "nesterov": True},
    {"lr": 0.01, "fused": True, "maximize": True},
]

ADAM = [
    {},
    {"lr": 0.01},
    {"lr": 0.01, "betas": [0.8, 0.95]},
    {"lr": 0.01, "betas": [0.0, 0.5]},
    {"lr": 0.01, "eps": 0.001},
    {"lr": 0.01, "weight_decay": 0.1},
    {"lr": 0.01, "amsgrad": True},
    {"lr": 0.01, "amsgrad": True, "weight_decay": 0.1},
    {"lr": 0.01, "maximize": True},
    {"lr": 0.01, "maximize": True, "weight_decay": 0.1, "amsgrad": True},
    {"lr": 0.01, "decoupled_weight_decay": True, "weight_decay": 0.1},
    {"lr": 0.01, "foreach": True, "weight_decay": 0.1},
    {"lr": 0.01, "foreach": False},
    {"lr": 0.01, "fused": True},
    {"lr": 0.01, "fused": True, "weight_decay": 0.1, "amsgrad": True},
]

ADAMW = [
    {},
    {"lr": 0.01},
    {"lr": 0.01, "weight_decay": 0},
    {"lr": 0.01, "weight_decay": 0.3, "betas": [0.85, 0.99]},
    {"lr": 0.01, "amsgrad": True},
    {"lr": 0.01, "maximize": True, "weight_decay": 0.2},
    {"lr": 0.01, "maximize": True, "amsgrad": True, "eps": 1e-6},
    {"lr": 0.01, "foreach": True},
    {"lr": 0.01, "fused": True, "weight_decay": 0.1},
]

# Options of the second group, which holds the parameters from index 2 on.
GROUPS = [
    ("SGD", {"lr": 0.01, "momentum": 0.9}, {"lr": 0.1, "weight_decay": 0.01}),
    ("SGD", {"lr": 0.01}, {"momentum": 0.9, "nesterov": True}),
    ("Adam", {"lr": 0.01}, {"lr": 0.1, "weight_decay": 0.01, "betas": (0.7, 0.9)}),
    ("AdamW", {"lr": 0.01}, {"amsgrad": True, "weight_decay": 0.0}),
]

# Sets that are run in double precision too, and with gradients missing.
AGAIN = [
    ("SGD", {"lr": 0.01, "momentum": 0.9, "weight_decay": 0.01, "dampening": 0.1}),
    ("SGD", {"lr": 0.01, "momentum": 0.9, "weight_decay": 0.01, "nesterov": True}),
    ("Adam", {"lr": 0.01, "weight_decay": 0.01}),
    ("Adam", {"lr": 0.01, "betas": [0.83, 0.97], "amsgrad": True}),
    ("AdamW", {"lr": 0.01, "betas": [0.91, 0.993]}),
]

# Sets whose steps autograd records.
DIFFERENTIABLE = [
    ("SGD", {"lr": 0.1}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "dampening": 0.2, "weight_decay": 0.1}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "nesterov": True, "maximize": True}),
    ("Adam", {"lr": 0.1, "weight_decay": 0.1}),
    ("Adam", {"lr": 0.1, "eps": 0.01, "maximize": True}),
    ("AdamW", {"lr": 0.1, "betas": (0.8, 0.9)}),
]


def encode(tensor):
    return base64.b64encode(tensor.detach().contiguous().numpy().tobytes()).decode()


def run(parameters, gradients, case):
    dtype = getattr(torch, case["dtype"])
    parameters = [torch.nn.Parameter(p.to(dtype, copy=True)) for p in parameters]
    options = dict(case["options"])
    if case["second"] is None:
        groups = parameters
    else:
        groups = [{"params": parameters[:2]}, {"params": parameters[2:], **case["second"]}]
    optimizer = getattr(torch.optim, case["optimizer"])(groups, **options)
    for step in range(STEPS):
        for index, parameter in enumerate(parameters):
            parameter.grad = gradients[step][index].to(dtype, copy=True)
        if case["missing"] and step % MISSING["period"] == MISSING["phase"]:
            parameters[MISSING["index"]].grad = None
        optimizer.step()
    state_dict = optimizer.state_dict()
    return {
        **case,
        "parameters": [encode(p) for p in parameters],
        "state": {
            index: {key: encode(value) for key, value in entry.items()}
            for index, entry in state_dict["state"].items()
        },
        "param_groups": state_dict["param_groups"],
        "repr": repr(optimizer),
    }


def run_differentiable(start, optimizer, options):
    """The end of 4 steps whose gradients depend on the parameter, and the end's gradient."""
    start = start.clone().requires_grad_()
    end = start.clone()
    optimizer = getattr(torch.optim, optimizer)([end], differentiable=True, **options)
    for _ in range(4):
        (end.grad,) = torch.autograd.grad(end.clone().pow(3).sum(), end, create_graph=True)
        optimizer.step()
    (gradient,) = torch.autograd.grad(end.sum(), start)
    return {"end": encode(end), "gradient": encode(gradient)}


def main():
    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    parameters = [torch.randn(shape) for shape in SHAPES]
    gradients = [[torch.randn(shape) for shape in SHAPES] for _ in range(STEPS)]

    def case(optimizer, options, second=None, dtype="float32", missing=False):
        return {
            "optimizer": optimizer,
            "options": options,
            "second": second,
            "dtype": dtype,
            "missing": missing,
        }

    cases = [case("SGD", options) for options in SGD]
    cases += [case("Adam", options) for options in ADAM]
    cases += [case("AdamW", options) for options in ADAMW]
    cases += [case(name, first, second) for name, first, second in GROUPS]
    cases += [case(name, options, dtype="float64") for name, options in AGAIN]
    cases += [case(name, options, missing=True) for name, options in AGAIN]
    golden = {
        "torch": torch.__version__,
        "seed": SEED,
        "capability": torch.backends.cpu.get_cpu_capability(),
        "steps": STEPS,
        "shapes": SHAPES,
        "missing": MISSING,
        "parameters": [encode(p) for p in parameters],
        "gradients": [encode(torch.cat([g.flatten() for g in step])) for step in gradients],
        "differentiable": [
            {
                "optimizer": name,
                "options": options,
                **run_differentiable(parameters[2], name, options),
            }
            for name, options in DIFFERENTIABLE
        ],
        "cases": [run(parameters, gradients, c) for c in cases],
    }
    json.dump(golden, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
