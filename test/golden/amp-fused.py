"""Writes amp-fused.json: fused optimizers under a GradScaler on the CPU, whose kernels unscale the
gradients and leave steps out themselves.

Run: python test/golden/amp-fused.py
"""

import json
import math
from pathlib import Path

import torch
from torch import nn, optim

SEED = 11
STEPS = 8
BAD = [2, 3]
CASES = [
    ["SGD", {"lr": 0.1}],
    ["SGD", {"lr": 0.1, "momentum": 0.9, "dampening": 0.1, "weight_decay": 0.1}],
    ["Adam", {"lr": 0.05, "amsgrad": True}],
    ["AdamW", {"lr": 0.05, "weight_decay": 0.1}],
    ["Adagrad", {"lr": 0.1, "lr_decay": 0.1}],
]


def run(name, options, start, inputs):
    model = nn.Linear(3, 2)
    with torch.no_grad():
        for param, values in zip(model.parameters(), start):
            param.copy_(values)
    optimizer = getattr(optim, name)(model.parameters(), fused=True, **options)
    scaler = torch.amp.GradScaler("cpu", init_scale=1024.0, growth_interval=3)
    rows = []
    for step in range(STEPS):
        optimizer.zero_grad()
        loss = model(inputs[step]).square().mean()
        scaler.scale(loss * math.inf if step in BAD else loss).backward()
        if step % 3 == 2:
            scaler.unscale_(optimizer)
            nn.utils.clip_grad_norm_(model.parameters(), 0.5)
        scaler.step(optimizer)
        scaler.update()
        rows.append([*model.weight.flatten().tolist(), *model.bias.tolist(), scaler.get_scale()])
    counts = [float(s["step"]) for s in optimizer.state.values() if "step" in s]
    return {"name": name, "options": options, "rows": rows, "counts": counts,
            "grad": model.weight.grad.flatten().tolist()}


torch.set_num_threads(1)
torch.manual_seed(SEED)
start = [p.detach().clone() for p in nn.Linear(3, 2).parameters()]
inputs = torch.randn(STEPS, 4, 3)
golden = {
    "torch": torch.__version__,
    "bad": BAD,
    "start": [p.tolist() for p in start],
    "inputs": inputs.tolist(),
    "cases": [run(name, options, start, inputs) for name, options in CASES],
}
Path(__file__).with_suffix(".json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")
