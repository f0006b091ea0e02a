"""Every optimizer on every set of options of PyTorch's own table of samples, over 20 steps.

    python test/golden/optimizers.py

writes optimizers.json.gz beside itself: parameters after some steps, the state after the last, and
the table's error inputs. Gradients are part of the file. Names of options are PyTorch's; the test
renames them by its rule. `expecttest` is not needed, but `torch.testing` imports it: a stub does.
"""

import gzip
import json
import pathlib
import sys
import types

import torch

from recording import Recorder, made_on

sys.modules.setdefault("expecttest", types.ModuleType("expecttest"))
sys.modules["expecttest"].TestCase = object
from torch.testing._internal.common_optimizers import (  # noqa: E402
    _get_optim_inputs_including_global_cliquey_kwargs,
    optim_db,
)

SEED = 41
STEPS = 20
RECORDED = [2, 20]
SHAPES = [[3, 5], [5, 2], [7], []]
# What takes matrices only.
MATRICES = [[3, 5], [5, 2], [4, 4]]
# Parameter 2 has no gradient at these steps, so that counts of steps come apart.
MISSING = [2, 3, 9]

# Options beside the table's, in combinations that it leaves out.
MORE = {
    "Adadelta": [{"maximize": True, "weight_decay": 0.1, "rho": 0.5, "eps": 1e-3, "lr": 0.5}],
    "Adafactor": [{"eps": (1e-3, 1e-2), "d": 2.0, "lr": 0.5, "weight_decay": 0.1}],
    "Adagrad": [
        {"lr_decay": 0.5, "weight_decay": 0.1, "maximize": True, "initial_accumulator_value": 0.1}
    ],
    "Adam": [{"betas": (0.5, 0.7), "eps": 1e-3, "amsgrad": True, "lr": 0.1}],
    "Adamax": [{"betas": (0.5, 0.7), "eps": 1e-2, "lr": 0.1}],
    "AdamW": [{"betas": (0.5, 0.7), "eps": 1e-3, "maximize": True, "lr": 0.1}],
    "ASGD": [{"t0": 5, "lambd": 0.5, "alpha": 0.5, "lr": 0.1, "weight_decay": 0.1}],
    "LBFGS": [
        {"max_iter": 5, "history_size": 3, "lr": 0.5},
        {"max_iter": 4, "max_eval": 3, "tolerance_change": 1e-3},
        {"history_size": 2, "line_search_fn": "strong_wolfe", "max_iter": 6},
    ],
    "Muon": [
        {"adjust_lr_fn": "match_rms_adamw", "nesterov": False, "lr": 0.1},
        {"adjust_lr_fn": "original", "eps": 1e-3},
    ],
    "NAdam": [{"betas": (0.5, 0.7), "momentum_decay": 0.3, "maximize": True, "lr": 0.1}],
    "RAdam": [{"betas": (0.5, 0.7), "eps": 1e-3, "lr": 0.1}, {"betas": (0.8, 0.99), "lr": 0.1}],
    "RMSprop": [{"alpha": 0.5, "eps": 1e-2, "momentum": 0.5, "centered": True}],
    "Rprop": [{"lr": 0.1, "etas": (0.1, 3.0), "step_sizes": (0.05, 0.2)}],
    "SGD": [{"momentum": 0.5, "dampening": 0.3, "maximize": True, "weight_decay": 0.1}],
    "SparseAdam": [{"betas": (0.5, 0.7), "eps": 1e-3, "lr": 0.1}],
}

record = Recorder()


def cases_of(info):
    name = info.optim_cls.__name__
    inputs = _get_optim_inputs_including_global_cliquey_kwargs("cpu", torch.float32, info)
    sets = [dict(x.kwargs) for x in inputs]
    for options in MORE[name]:
        sets.append(options)
        if "foreach" in info.supported_impls:
            sets.append({**options, "foreach": True})
    for options in sets:
        yield name, options, "float32", info.only_supports_sparse_grads
    base = [dict(x.kwargs) for x in info.optim_inputs_func("cpu")] + MORE[name]
    for options in base:
        yield name, options, "float64", info.only_supports_sparse_grads
        if info.supports_complex and name not in ("SparseAdam", "LBFGS"):
            yield name, options, "complex64", False
    if info.supports_sparse and not info.only_supports_sparse_grads:
        for options in base:
            # A sparse gradient plus a dense parameter is no operation.
            if options.get("weight_decay"):
                continue
            yield name, options, "float32", True


def closure(parameters):
    """A loss with a valley, as Rosenbrock's; the test computes the same."""
    flat = torch.cat([p.reshape(-1) for p in parameters])
    if flat.is_complex():
        flat = torch.view_as_real(flat).reshape(-1)
    here, there = flat[:-1], flat[1:]
    return ((1 - here).square() + 2 * (there - here.square()).square()).sum()


def run(start, gradients, name, options, dtype, sparse):
    real = getattr(torch, "float64" if dtype == "float64" else "float32")

    def convert(x):
        x = x.to(real, copy=True)
        return torch.complex(x, x.flip(0) if x.dim() else x * 2) if dtype == "complex64" else x

    with_grad = name == "LBFGS"
    parameters = [convert(x).requires_grad_(with_grad) for x in start]
    optimizer = getattr(torch.optim, name)(parameters, **options)
    after = {}
    for step in range(1, STEPS + 1):
        if with_grad:

            def evaluate():
                optimizer.zero_grad()
                loss = closure(parameters)
                loss.backward()
                return loss

            optimizer.step(evaluate)
            if step == 5:
                break
        else:
            for index, parameter in enumerate(parameters):
                gradient = convert(gradients[step - 1][index])
                if sparse:
                    # Two rows, one of them twice.
                    rows = torch.tensor([[step % len(gradient), 0, 0]])
                    gradient = torch.sparse_coo_tensor(rows, gradient[rows[0]], gradient.shape)
                parameter.grad = gradient
            if step in MISSING:
                parameters[2].grad = None
            optimizer.step()
        if step in RECORDED:
            after[step] = record(parameters)
    after["end"] = record(parameters)
    state = optimizer.state_dict()
    groups = [
        {k: float(v) if isinstance(v, torch.Tensor) else v for k, v in group.items()}
        for group in state["param_groups"]
    ]
    return {
        "optimizer": name,
        "options": record(options),
        "dtype": dtype,
        "sparse": sparse,
        "matrices": [list(p.shape) for p in parameters] == MATRICES,
        "after": after,
        "state": {k: record(v) for k, v in state["state"].items()},
        "groups": groups,
    }


def run_differentiable(start, name, options):
    """The end of 4 steps whose gradients depend on the parameter, and the end's gradient."""
    start = start.clone().requires_grad_()
    end = start.clone()
    optimizer = getattr(torch.optim, name)([end], differentiable=True, **options)
    for _ in range(4):
        (end.grad,) = torch.autograd.grad(end.clone().pow(3).sum(), end, create_graph=True)
        optimizer.step()
    try:
        (gradient,) = torch.autograd.grad(end.sum(), start)
    except RuntimeError as error:
        # Python changes in place what the gradient needs.
        print("not differentiable:", name, options, str(error)[:60])
        return None
    return {
        "optimizer": name,
        "options": record(options),
        "end": record(end.detach()),
        "gradient": record(gradient),
    }


def write_parameters(params, known):
    """Parameters of an error input: tensors by their place in `known`, so that twins stay so."""
    if isinstance(params, torch.Tensor):
        if not any(params is x for x in known):
            known.append(params)
        return {"param": next(i for i, x in enumerate(known) if x is params)}
    if isinstance(params, (list, tuple)):
        return [write_parameters(x, known) for x in params]
    if isinstance(params, dict):
        return {k: write_parameters(v, known) for k, v in params.items()}
    return record(params)


def errors_of(info):
    for each in info.optim_error_inputs_func("cpu", torch.float32):
        given = each.optimizer_error_input
        known = []
        params = given.params
        if params is None:
            params = [torch.nn.Parameter(torch.ones(2, 2))]
        written = write_parameters(params, known)
        yield {
            "optimizer": info.optim_cls.__name__,
            "desc": given.desc,
            "params": written,
            "known": [
                {
                    "value": record(x.detach()),
                    "sparse": x.is_sparse,
                    "grad": None if x.is_sparse or x.grad is None else record(x.grad),
                }
                for x in known
            ],
            "options": record(given.kwargs),
            "at": each.error_on.name,
            "error": each.error_type.__name__,
        }


def main():
    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    torch.sparse.check_sparse_tensor_invariants.enable()
    start = {key: [torch.randn(s) for s in shapes] for key, shapes in
             (("shapes", SHAPES), ("matrices", MATRICES))}
    gradients = {key: [[torch.randn_like(x) for x in list_] for _ in range(STEPS)]
                 for key, list_ in start.items()}
    cases, errors, differentiable = [], [], []
    for info in optim_db:
        for name, options, dtype, sparse in cases_of(info):
            key = "matrices" if name == "Muon" or sparse else "shapes"
            cases.append(run(start[key], gradients[key], name, options, dtype, sparse))
        errors += errors_of(info)
        if "differentiable" in info.supported_impls:
            name = info.optim_cls.__name__
            for options in [{}, {"lr": 0.1, "weight_decay": 0.1}, *MORE[name]]:
                if name == "Rprop" and "weight_decay" in options:
                    continue
                differentiable.append(run_differentiable(start["shapes"][2], name, options))
    golden = {
        **made_on(),
        "seed": SEED,
        "missing": MISSING,
        "start": record(start),
        "gradients": record(gradients),
        "cases": cases,
        "errors": errors,
        "differentiable": [row for row in differentiable if row],
        "tensors": record.tensors,
    }
    text = json.dumps(golden, separators=(",", ":"))
    path = pathlib.Path(__file__).parent / "optimizers.json.gz"
    path.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    print(len(cases), "cases,", len(errors), "errors,", path.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
