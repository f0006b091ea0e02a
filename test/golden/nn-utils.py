"""Writes nn-utils.json: gradient clipping, vectors of parameters and fusion of torch.nn.utils.

    python test/golden/nn-utils.py
"""

from pathlib import Path

import torch
from recording import Recorder
from torch import nn
from torch.nn import utils

SEED = 21


def with_gradients(record, gradients):
    parameters = []
    for gradient in gradients:
        parameter = nn.Parameter(torch.zeros_like(gradient))
        parameter.grad = gradient.clone()
        parameters.append(parameter)
    parameters.insert(1, nn.Parameter(torch.zeros(3)))
    return parameters


def clipping(record):
    gradients = [torch.randn(2, 3), torch.randn(4, dtype=torch.float64), torch.randn(1, 1, 5)]
    cases = []
    for kwargs in (
        {"max_norm": 1.0},
        {"max_norm": 100.0},
        {"max_norm": 0.5, "norm_type": 1.0},
        {"max_norm": 0.5, "norm_type": float("inf")},
        {"max_norm": 0.5, "norm_type": 3, "foreach": False},
        {"max_norm": 2.0, "norm_type": 0.5, "error_if_nonfinite": True},
    ):
        parameters = with_gradients(record, gradients)
        norm = utils.clip_grad_norm_(parameters, **kwargs)
        grads = [p.grad for p in parameters if p.grad is not None]
        cases.append({"options": record(kwargs), "norm": record(norm), "grads": record(grads)})
    values = []
    for foreach in (None, False):
        parameters = with_gradients(record, gradients)
        utils.clip_grad_value_(parameters, 0.75, foreach=foreach)
        values.append(record([p.grad for p in parameters if p.grad is not None]))
    total = utils.get_total_norm(gradients)
    parameters = with_gradients(record, gradients)
    utils.clip_grads_with_norm_(parameters, 1.5, torch.tensor(4.0))
    return {
        "gradients": record(gradients),
        "norms": cases,
        "values": values,
        "total": record(total),
        "none": record(utils.get_total_norm([])),
        "withNorm": record([p.grad for p in parameters if p.grad is not None]),
    }


def vectors(record):
    torch.manual_seed(SEED)
    layer = nn.Linear(3, 2)
    vector = utils.parameters_to_vector(layer.parameters())
    utils.vector_to_parameters(torch.arange(8.0), layer.parameters())
    return {"vector": record(vector), "weight": record(layer.weight), "bias": record(layer.bias)}


def randomized(norm):
    nn.init.normal_(norm.running_mean)
    nn.init.uniform_(norm.running_var, 0.5, 2.0)
    if norm.affine:
        nn.init.normal_(norm.weight)
        nn.init.normal_(norm.bias)
    return norm.eval()


def fusion(record):
    cases = []
    for build in (
        lambda: (nn.Conv2d(2, 3, 3), nn.BatchNorm2d(3)),
        lambda: (nn.Conv1d(2, 3, 3, bias=False), nn.BatchNorm1d(3, affine=False)),
        lambda: (nn.ConvTranspose2d(2, 3, 2), nn.BatchNorm2d(3, eps=1e-3)),
        lambda: (nn.Linear(2, 3), nn.BatchNorm1d(3)),
        lambda: (nn.Linear(2, 3, bias=False), nn.BatchNorm1d(1)),
    ):
        torch.manual_seed(SEED)
        layer, norm = build()
        layer.eval()
        randomized(norm)
        if isinstance(layer, nn.Linear):
            fused = utils.fuse_linear_bn_eval(layer, norm)
        else:
            fused = utils.fuse_conv_bn_eval(layer, norm, isinstance(layer, nn.ConvTranspose2d))
        cases.append({"weight": record(fused.weight), "bias": record(fused.bias)})
    return cases


def main():
    torch.manual_seed(SEED)
    record = Recorder()
    cases = [clipping(record), vectors(record), fusion(record)]
    record.write(Path(__file__).with_suffix(".json"), SEED, cases)


torch.set_num_threads(1)
main()
