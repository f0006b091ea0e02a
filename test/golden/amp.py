"""Writes amp.json: a model trained with a GradScaler on the CPU, and its scale after each step.

Run: python test/golden/amp.py
"""

import json
import math
from pathlib import Path

import torch
from torch import nn

SEED = 7
STEPS = 12
BAD = {3, 4, 9}

torch.manual_seed(SEED)
torch.set_num_threads(1)
model = nn.Linear(3, 1)
start = [p.tolist() for p in model.parameters()]
inputs = torch.randn(STEPS, 4, 3)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
scaler = torch.amp.GradScaler('cpu', init_scale=1024.0, growth_interval=3)
rows = []
for step in range(STEPS):
    optimizer.zero_grad()
    loss = model(inputs[step]).square().mean()
    if step in BAD:
        loss = loss * math.inf
    scaler.scale(loss).backward()
    if step % 2:
        scaler.unscale_(optimizer)
        torch.nn.utils.clip_grad_norm_(model.parameters(), 0.5)
    scaler.step(optimizer)
    scaler.update()
    rows.append({'scale': scaler.get_scale(), 'state': scaler.state_dict(), 'weight': model.weight.tolist()})
golden = {'torch': torch.__version__, 'seed': SEED, 'bad': sorted(BAD), 'start': start, 'inputs': inputs.tolist()}
lines = ',\n'.join(json.dumps(row) for row in rows)
Path(__file__).with_suffix('.json').write_text(f'{json.dumps(golden)[:-1]},\n"steps": [\n{lines}]}}\n')
