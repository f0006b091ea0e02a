"""Writes amp-custom.json: what custom Functions compute in under autocasting.

    python test/golden/amp-custom.py
"""

import json
from pathlib import Path

import torch
from torch.amp import custom_bwd, custom_fwd

torch.set_num_threads(1)
seen = []


def name(x):
    return str(x).removeprefix("torch.")


def function(cast):
    class Product(torch.autograd.Function):
        @staticmethod
        @custom_fwd(device_type="cpu", cast_inputs=cast)
        def forward(ctx, a, b, more):
            ctx.save_for_backward(a, b)
            seen.append([name(a.dtype), name(more.dtype), torch.is_autocast_enabled("cpu")])
            return a.mm(b)

        @staticmethod
        @custom_bwd(device_type="cpu")
        def backward(ctx, grad):
            a, b = ctx.saved_tensors
            seen.append([name(grad.dtype), torch.is_autocast_enabled("cpu")])
            product = torch.ones(2, 2).mm(torch.ones(2, 2))
            seen.append(name(product.dtype))
            return grad.to(a.dtype).mm(b.t()), a.t().mm(grad.to(a.dtype)), None

    return Product


cases = []
for cast in (None, torch.float32, torch.bfloat16):
    for enabled in (True, False):
        for dtype in (torch.float32, torch.float64, torch.bfloat16):
            seen = []
            a = torch.tensor([[1.0, 2], [3, 4]], dtype=dtype, requires_grad=True)
            with torch.autocast("cpu", dtype=torch.bfloat16, enabled=enabled):
                out = function(cast).apply(a, a.detach() + 1, torch.ones(1, dtype=torch.int64))
            out.sum().backward()
            cases.append(
                {
                    "cast": None if cast is None else name(cast),
                    "enabled": enabled,
                    "dtype": name(dtype),
                    "out": [name(out.dtype), out.tolist()],
                    "grad": a.grad.tolist(),
                    "seen": seen,
                }
            )
golden = {"torch": torch.__version__, "cases": cases}
Path(__file__).with_suffix(".json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")
