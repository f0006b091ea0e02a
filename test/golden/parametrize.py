"""Writes parametrize.json: torch.nn.utils.parametrize, parametrizations and the older norms.

    python test/golden/parametrize.py

For each case the file holds printed form, state, output and gradients of a parametrized layer, and
what remains when the parametrization is removed; test/parity/parametrize.test.ts builds the same.
"""

import warnings
from pathlib import Path

import torch
from recording import Recorder, gradients
from torch import nn
from torch.nn import utils
from torch.nn.utils import parametrizations, parametrize

SEED = 31


class Symmetric(nn.Module):
    def forward(self, X):
        return X.triu() + X.triu(1).mT

    def right_inverse(self, A):
        return A.triu()


class Halve(nn.Module):
    def forward(self, X):
        return X / 2

    def right_inverse(self, A):
        return A * 2


class Rank1(nn.Module):
    def forward(self, a, b):
        return a.unsqueeze(1) * b

    def right_inverse(self, X):
        return X[:, 0].clone(), X[0].clone()


class Softplus(nn.Module):
    def forward(self, X):
        return nn.functional.softplus(X)


def symmetric(layer):
    return parametrize.register_parametrization(layer, "weight", Symmetric())


def twice(layer):
    symmetric(layer)
    return parametrize.register_parametrization(layer, "weight", Halve())


def two_tensors(layer):
    parametrize.register_parametrization(layer, "weight", Rank1(), unsafe=True)
    return parametrize.register_parametrization(layer, "bias", Softplus())


orthogonal = parametrizations.orthogonal
weight_norm = parametrizations.weight_norm
spectral_norm = parametrizations.spectral_norm

# name, layer, change, shape of the input
CASES = [
    ("symmetric", lambda: nn.Linear(3, 3), symmetric, (2, 3)),
    ("twice", lambda: nn.Linear(3, 3), twice, (2, 3)),
    ("two tensors", lambda: nn.Linear(3, 4), two_tensors, (2, 3)),
    ("buffer", lambda: nn.BatchNorm1d(3), lambda m: parametrize.register_parametrization(m, "running_var", Softplus()), (2, 3)),
    ("weight norm", lambda: nn.Linear(3, 4), weight_norm, (2, 3)),
    ("weight norm conv", lambda: nn.Conv2d(2, 3, 2), lambda m: weight_norm(m, dim=None), (1, 2, 3, 3)),
    ("weight norm lstm", lambda: nn.LSTM(3, 2), lambda m: weight_norm(m, "weight_hh_l0", 1), (2, 1, 3)),
    ("spectral norm", lambda: nn.Linear(3, 4), spectral_norm, (2, 3)),
    ("spectral norm conv", lambda: nn.ConvTranspose2d(2, 3, 2), lambda m: spectral_norm(m, n_power_iterations=3), (1, 2, 3, 3)),
    ("spectral norm vector", lambda: nn.Linear(3, 4), lambda m: spectral_norm(m, "bias"), (2, 3)),
    ("orthogonal square", lambda: nn.Linear(3, 3), orthogonal, (2, 3)),
    ("orthogonal tall", lambda: nn.Linear(2, 4), orthogonal, (2, 2)),
    ("orthogonal wide", lambda: nn.Linear(4, 2), lambda m: orthogonal(m, use_trivialization=False), (2, 4)),
    ("orthogonal cayley", lambda: nn.Linear(4, 2), lambda m: orthogonal(m, "weight", "cayley"), (2, 4)),
    ("orthogonal exp", lambda: nn.Linear(2, 3), lambda m: orthogonal(m, orthogonal_map="matrix_exp", use_trivialization=False), (2, 2)),
    ("old weight norm", lambda: nn.Linear(3, 4), utils.weight_norm, (2, 3)),
    ("old weight norm conv", lambda: nn.Conv1d(2, 3, 2), lambda m: utils.weight_norm(m, "weight", None), (1, 2, 3)),
    ("old spectral norm", lambda: nn.Linear(3, 4), utils.spectral_norm, (2, 3)),
    ("old spectral norm conv", lambda: nn.ConvTranspose1d(2, 3, 2), lambda m: utils.spectral_norm(m, n_power_iterations=2), (1, 2, 3)),
]


def remove(name, layer):
    if name.startswith("old weight"):
        return utils.remove_weight_norm(layer)
    if name.startswith("old spectral"):
        return utils.remove_spectral_norm(layer)
    for tensor in [*layer.parametrizations]:
        parametrize.remove_parametrizations(layer, tensor)
    return layer


def first(output):
    return output[0] if isinstance(output, tuple) else output


def run(record, name, build, change, shape):
    torch.manual_seed(SEED)
    layer = change(build())
    input = torch.randn(shape)
    case = {"name": name, "input": record(input), "repr": repr(layer), "state": record(dict(layer.state_dict()))}
    layer(input)
    out = first(layer(input))
    case["out"] = record(out)
    case["gradients"] = record(gradients([out], list(layer.parameters())))
    case["names"] = [key for key, _ in layer.named_parameters()]
    layer.eval()
    case["evaluated"] = record(first(layer(input)))
    state = layer.state_dict()
    case["after"] = record(dict(state))
    case["metadata"] = {key: dict(value) for key, value in state._metadata.items()}
    remove(name, layer)
    case["removed"] = {"repr": repr(layer), "state": record(dict(layer.state_dict()))}
    return case


def assigned(record):
    """What `module.weight = value` makes of the originals."""
    value = torch.linalg.qr(torch.randn(3, 3))[0]
    layer = symmetric(nn.Linear(3, 3))
    layer.weight = value
    cayley = orthogonal(nn.Linear(3, 3), orthogonal_map="cayley")
    cayley.weight = value
    tall = orthogonal(nn.Linear(2, 3), orthogonal_map="householder", use_trivialization=False)
    tall.weight = value[:, :2]
    unit = orthogonal(nn.Linear(2, 2, dtype=torch.complex64))
    return {
        "name": "assigned",
        "value": record(value),
        "symmetric": record(layer.parametrizations.weight.original),
        "base": record(cayley.parametrizations.weight[0].base),
        "original": record(cayley.parametrizations.weight.original),
        "cayley": record(cayley.weight),
        "tall": record(tall.parametrizations.weight.original),
        "tallWeight": record(tall.weight),
        "complexShape": list(unit.weight.shape),
    }


def main():
    warnings.simplefilter("ignore")
    record = Recorder()
    cases = [run(record, *case) for case in CASES]
    torch.manual_seed(SEED)
    cases.append(assigned(record))
    record.write(Path(__file__).with_suffix(".json"), SEED, cases)


torch.set_num_threads(1)
main()
