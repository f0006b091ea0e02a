"""Checkpoints of every optimizer after three steps, and where the next three lead.

    python test/golden/optim-state.py

writes optim-state.pt and optim-state.json beside itself. With `--read FILE` it goes on from
checkpoints that the test has saved to FILE, and prints where they lead.
"""

import json
import pathlib
import sys

import torch

FOLDER = pathlib.Path(__file__).parent
STEPS = 3
START = [[[1.0, -2.0, 3.0], [0.25, 0.5, -0.75]], [[0.5], [0.25]]]

CASES = [
    ["Adadelta", {"lr": 0.5, "rho": 0.8}],
    ["Adafactor", {"lr": 0.5, "d": 2.0}],
    ["Adagrad", {"lr": 0.25, "lr_decay": 0.5, "initial_accumulator_value": 0.1}],
    ["Adam", {"lr": 0.125, "betas": [0.8, 0.95], "amsgrad": True}],
    ["Adam", {"lr": 0.125, "fused": True}],
    ["AdamW", {"lr": 0.125, "weight_decay": 0.1, "maximize": True}],
    ["Adamax", {"lr": 0.125, "betas": [0.8, 0.95]}],
    ["ASGD", {"lr": 0.125, "t0": 2, "lambd": 0.1}],
    ["LBFGS", {"lr": 0.5, "max_iter": 3, "history_size": 4}],
    ["LBFGS", {"max_iter": 3, "line_search_fn": "strong_wolfe"}],
    ["Muon", {"lr": 0.125}],
    ["NAdam", {"lr": 0.125, "momentum_decay": 0.1}],
    ["RAdam", {"lr": 0.125, "betas": [0.8, 0.5]}],
    ["RMSprop", {"lr": 0.125, "momentum": 0.5, "centered": True}],
    ["Rprop", {"lr": 0.125}],
    ["SGD", {"lr": 0.125, "momentum": 0.5, "nesterov": True}],
    ["SparseAdam", {"lr": 0.125}],
]


def make(case, values):
    name, options = case
    parameters = [torch.nn.Parameter(torch.tensor(v)) for v in values]
    groups = [{"params": [parameters[0]]}, {"params": [parameters[1]], "lr": 0.25}]
    named = [("first", parameters[0]), ("second", parameters[1])]
    given = named if name == "LBFGS" else groups
    return parameters, getattr(torch.optim, name)(given, **options)


def advance(name, parameters, optimizer):
    def closure():
        optimizer.zero_grad()
        loss = sum((p - 1).pow(4).sum() + p.pow(2).sum() for p in parameters)
        loss.backward()
        return loss

    for _ in range(STEPS):
        if name == "LBFGS":
            optimizer.step(closure)
            continue
        for parameter in parameters:
            gradient = parameter.detach() * 0.5
            if name == "SparseAdam":
                rows = torch.tensor([[1, 0]])
                gradient = torch.sparse_coo_tensor(rows, gradient[rows[0]], gradient.shape)
            parameter.grad = gradient
        optimizer.step()
    return [p.tolist() for p in parameters]


def read(path):
    golden = json.loads((FOLDER / "optim-state.json").read_text())
    results = []
    for case, state in zip(golden["cases"], torch.load(path, weights_only=True), strict=True):
        parameters, optimizer = make(case["case"], case["before"])
        optimizer.load_state_dict(state)
        results.append(advance(case["case"][0], parameters, optimizer))
    print(json.dumps(results))


def main():
    torch.set_num_threads(1)
    torch.sparse.check_sparse_tensor_invariants.enable()
    if sys.argv[1:2] == ["--read"]:
        read(sys.argv[2])
        return
    cases, states = [], []
    for case in CASES:
        parameters, optimizer = make(case, START)
        before = advance(case[0], parameters, optimizer)
        # Copies: the steps that follow change the state in place.
        torch.save(optimizer.state_dict(), FOLDER / "optim-state.pt")
        states.append(torch.load(FOLDER / "optim-state.pt"))
        after = advance(case[0], parameters, optimizer)
        cases.append({"case": case, "before": before, "after": after})
    torch.save(states, FOLDER / "optim-state.pt")
    golden = {"torch": torch.__version__, "steps": STEPS, "start": START, "cases": cases}
    (FOLDER / "optim-state.json").write_text(json.dumps(golden, indent=1) + "\n")


if __name__ == "__main__":
    main()
