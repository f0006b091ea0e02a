"""Writes prune.json: torch.nn.utils.prune.

    python test/golden/prune.py

Each case prunes a layer in one or more steps; the file holds its state after each, what comes out,
gradients, and what remains when the pruning is made permanent. test/parity/prune.test.ts does the
same steps.
"""

from pathlib import Path

import torch
from recording import Recorder, gradients
from torch import nn
from torch.nn.utils import prune

SEED = 41

MASK = [[1.0, 0.0, 1.0, 1.0], [0.0, 1.0, 1.0, 0.0], [1.0, 1.0, 1.0, 1.0]]


def scores(layer):
    return torch.arange(layer.weight.numel(), dtype=torch.float32).reshape(layer.weight.shape)


# name, layer, shape of the input, steps
CASES = [
    ("identity", lambda: nn.Linear(4, 3), (2, 4), [lambda m: prune.identity(m, "bias")]),
    ("random", lambda: nn.Linear(4, 3), (2, 4), [lambda m: prune.random_unstructured(m, "weight", 5)]),
    ("random share", lambda: nn.Linear(4, 3), (2, 4), [lambda m: prune.random_unstructured(m, "weight", 0.375)]),
    ("l1", lambda: nn.Linear(4, 3), (2, 4), [lambda m: prune.l1_unstructured(m, "weight", amount=0.5)]),
    ("l1 scores", lambda: nn.Linear(4, 3), (2, 4), [lambda m: prune.l1_unstructured(m, "weight", 2, scores(m))]),
    ("l1 none", lambda: nn.Linear(4, 3), (2, 4), [lambda m: prune.l1_unstructured(m, "weight", 0)]),
    ("random structured", lambda: nn.Conv2d(4, 3, 2), (1, 4, 3, 3), [lambda m: prune.random_structured(m, "weight", 2, 1)]),
    ("ln", lambda: nn.Conv2d(4, 3, 2), (1, 4, 3, 3), [lambda m: prune.ln_structured(m, "weight", 0.5, 2, -3)]),
    ("ln inf", lambda: nn.Linear(4, 3), (2, 4), [lambda m: prune.ln_structured(m, "weight", 1, float("inf"), 0, scores(m))]),
    ("mask", lambda: nn.Linear(4, 3), (2, 4), [lambda m: prune.custom_from_mask(m, "weight", torch.tensor(MASK))]),
    (
        "in turn",
        lambda: nn.Linear(4, 3),
        (2, 4),
        [
            lambda m: prune.l1_unstructured(m, "weight", 3),
            lambda m: prune.random_unstructured(m, "weight", 0.5),
            lambda m: prune.ln_structured(m, "weight", 1, 1, 1),
            lambda m: prune.custom_from_mask(m, "weight", torch.tensor(MASK)),
            lambda m: prune.l1_unstructured(m, "bias", 1),
        ],
    ),
]


def run(record, name, build, shape, steps):
    torch.manual_seed(SEED)
    layer = build()
    input = torch.randn(shape)
    states = []
    for step in steps:
        step(layer)
        states.append(record(dict(layer.state_dict())))
    out = layer(input)
    case = {
        "name": name,
        "input": record(input),
        "states": states,
        "weight": record(layer.weight),
        "out": record(out),
        "gradients": record(gradients([out], list(layer.parameters()))),
    }
    for tensor in ("weight", "bias"):
        if hasattr(layer, tensor + "_orig"):
            prune.remove(layer, tensor)
    case["removed"] = record(dict(layer.state_dict()))
    return case


def together(record):
    torch.manual_seed(SEED)
    model = nn.Sequential(nn.Linear(4, 3), nn.Linear(3, 2))
    prune.l1_unstructured(model[0], "weight", 2)
    parameters = [(model[0], "weight"), (model[1], "weight"), (model[1], "bias")]
    prune.global_unstructured(parameters, prune.L1Unstructured, amount=0.4)
    first = record(dict(model.state_dict()))
    prune.global_unstructured(
        parameters[1:],
        prune.RandomUnstructured,
        importance_scores={(model[1], "bias"): torch.tensor([5.0, 6.0])},
        amount=2,
    )
    return {"name": "together", "first": first, "second": record(dict(model.state_dict()))}


def main():
    record = Recorder()
    cases = [run(record, *case) for case in CASES]
    cases.append(together(record))
    record.write(Path(__file__).with_suffix(".json"), SEED, cases)


torch.set_num_threads(1)
main()
