"""Writes deepcopy.json: what copy.deepcopy makes of modules and tensors.

    python test/golden/deepcopy.py

test/unit/copy.test.ts builds the same and states the same facts.
"""

import copy
import json
from pathlib import Path

import torch
from torch import nn


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Linear(2, 2)
        self.decoder = nn.Linear(2, 2)
        self.decoder.weight = self.encoder.weight
        self.again = self.encoder
        self.norm = nn.BatchNorm1d(2)
        self.scratch = nn.Buffer(torch.tensor([1.0, 2.0]), persistent=False)
        self.base = torch.arange(6.0)
        self.row = self.base[2:4]
        self.frozen = nn.Parameter(torch.ones(1), requires_grad=False)
        self.empty = None
        self.list = [self.frozen, {"norm": self.norm}]
        self.params = nn.ParameterList([self.frozen, torch.zeros(2)])
        self.calls = []

    def forward(self, x):
        return self.norm(self.decoder(self.encoder(x)))


def shared(model):
    """For each name the first name of the same tensor."""
    first = {}
    tensors = [*model.named_parameters(remove_duplicate=False), *model.named_buffers()]
    return {name: first.setdefault(id(tensor), name) for name, tensor in tensors}


def main():
    torch.manual_seed(3)
    model = Model()
    model.register_forward_hook(lambda module, args, output: module.calls.append("forward"))
    model.register_forward_pre_hook(lambda module, args: module.calls.append("pre"))
    model.register_state_dict_post_hook(lambda module, *_: module.calls.append("state"))
    model(torch.ones(3, 2)).sum().backward()
    model.scratch.requires_grad_()
    model.scratch.sum().backward()
    model.norm.eval()
    twin = copy.deepcopy(model)
    twin.row[0] = 50
    twin(torch.ones(3, 2))
    twin.state_dict()
    pair = copy.deepcopy([model.encoder.weight, model.encoder])
    transposed = torch.arange(6.0).reshape(2, 3).t()
    expanded = torch.ones(1, 3).expand(2, 3)
    facts = {
        "torch": torch.__version__,
        "shared": shared(twin),
        "stateDict": list(twin.state_dict()),
        "class": type(twin).__name__,
        "again": twin.again is twin.encoder,
        "list": [twin.list[0] is twin.frozen, twin.list[1]["norm"] is twin.norm],
        "params": [twin.params[0] is twin.frozen, len(twin.params)],
        "apart": [
            twin.encoder is not model.encoder,
            twin.frozen is not model.frozen,
            twin.norm.running_mean is not model.norm.running_mean,
        ],
        "gradients": [model.encoder.weight.grad is None, twin.encoder.weight.grad is None],
        "bufferGradient": twin.scratch.grad.tolist(),
        "requiresGrad": {name: p.requires_grad for name, p in twin.named_parameters()},
        "training": [twin.training, twin.norm.training],
        "base": [twin.base.tolist(), model.base.tolist()],
        "calls": [model.calls, twin.calls],
        "pair": pair[0] is pair[1].weight,
        "strides": [list(copy.deepcopy(transposed).stride()), list(copy.deepcopy(expanded).stride())],
    }
    path = Path(__file__).with_suffix(".json")
    path.write_text(json.dumps(facts, indent=1) + "\n")


main()
