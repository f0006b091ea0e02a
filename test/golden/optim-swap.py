"""Writes optim-swap.json: optimizers that step on other parameters for a while.

    python test/golden/optim-swap.py
"""

import copy
import json
from pathlib import Path

import torch
from torch import nn, optim
from torch.optim import swap_in_optimizer_params_and_state

torch.set_num_threads(1)
cases = []
for name, options in [["Adam", {"lr": 0.1}], ["SGD", {"lr": 0.1, "momentum": 0.9}]]:
    params = [nn.Parameter(torch.tensor([1.0, 2.0])), nn.Parameter(torch.tensor([3.0]))]
    optimizer = getattr(optim, name)(
        [{"params": params[:1]}, {"params": params[1:], "lr": 0.01}], **options
    )

    def step(those):
        for i, param in enumerate(those):
            param.grad = param.detach().cos() * (i + 1)
        optimizer.step()

    step(params)
    others = {"a": torch.tensor([0.5, -0.5]), "b": torch.tensor([0.25])}
    state = copy.deepcopy(optimizer.state_dict())
    state["param_groups"][1]["lr"] = 0.5
    with swap_in_optimizer_params_and_state(optimizer, others, state):
        step(others.values())
    step(params)
    cases.append(
        {
            "name": name,
            "options": options,
            "params": [x.tolist() for x in params],
            "others": [x.tolist() for x in others.values()],
            "lr": [group["lr"] for group in optimizer.param_groups],
            "state": {
                str(i): {key: x.tolist() for key, x in s.items()}
                for i, s in state["state"].items()
            },
        }
    )
golden = {"torch": torch.__version__, "cases": cases}
Path(__file__).with_suffix(".json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")
