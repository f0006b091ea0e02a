"""Writes chunked-cross-entropy.json: linear_cross_entropy in chunks, by every policy.

Run: python test/golden/chunked-cross-entropy.py
"""

import json
from pathlib import Path

import torch
from torch import nn

SEED = 5
torch.manual_seed(SEED)
torch.set_num_threads(1)
tensors = {
    "input": torch.randn(6, 3),
    "linearWeight": torch.randn(5, 3),
    "linearBias": torch.randn(5),
    "weight": torch.rand(5),
}
target = torch.tensor([0, 4, 2, -1, 2, 1])
cases = []
for dtype in (torch.float16, torch.bfloat16, torch.float32):
    for policy in ("accurate", "balanced", "compact"):
        for reduction in ("mean", "sum", "none"):
            options = nn.LinearCrossEntropyOptions(
                acc_policy=policy, acc_dtype=torch.float32, batch_chunk_size=4
            )
            inputs = {name: x.to(dtype, copy=True) for name, x in tensors.items()}
            leaves = [inputs[n].requires_grad_() for n in ("input", "linearWeight", "linearBias")]
            loss = nn.functional.linear_cross_entropy(
                leaves[0],
                leaves[1],
                target,
                linear_bias=leaves[2],
                weight=inputs["weight"],
                reduction=reduction,
                ignore_index=-1,
                options=options,
            )
            loss.backward(torch.arange(1.0, 7).to(dtype) if reduction == "none" else None)
            cases.append(
                {
                    "dtype": str(dtype).removeprefix("torch."),
                    "policy": policy,
                    "reduction": reduction,
                    "loss": loss.tolist(),
                    "grads": [leaf.grad.tolist() for leaf in leaves],
                }
            )
golden = {
    "torch": torch.__version__,
    "tensors": {name: x.tolist() for name, x in tensors.items()},
    "target": target.tolist(),
    "cases": cases,
}
Path(__file__).with_suffix(".json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")
