"""What PyTorch's gradcheck and gradgradcheck say of right and of wrong gradients.

    python test/golden/gradcheck.py

writes gradcheck.json beside it; test/unit/gradcheck.test.ts does the same under the same names.
"""

import json
import warnings
from pathlib import Path

import torch
from torch.autograd import Function, gradcheck, gradgradcheck

warnings.simplefilter("ignore")
torch.set_num_threads(1)


def leaf(*values, dtype=torch.float64):
    return torch.tensor(values, dtype=dtype, requires_grad=True)


def z():
    return leaf(1 + 2j, -0.5 + 0.25j, dtype=torch.complex128)


class WrongJvp(Function):
    @staticmethod
    def forward(x):
        return x * 2

    @staticmethod
    def setup_context(ctx, inputs, output):
        pass

    @staticmethod
    def backward(ctx, grad):
        return grad * 2

    @staticmethod
    def jvp(ctx, tangent):
        return tangent * 3


class Random(Function):
    @staticmethod
    def forward(ctx, x):
        return x * 2

    @staticmethod
    def backward(ctx, grad):
        return grad * 2 * (1 + 1e-9 * torch.rand(1, dtype=torch.float64))


class NoNone(Function):
    @staticmethod
    def forward(ctx, x):
        ctx.set_materialize_grads(False)
        return x * 2

    @staticmethod
    def backward(ctx, grad):
        return grad * 2


class NotMultiplied(Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return (x**2).sum()

    @staticmethod
    def backward(ctx, grad):
        return 2 * ctx.saved_tensors[0]


class NoBatch(Function):
    @staticmethod
    def forward(ctx, x):
        return x * 2

    @staticmethod
    def backward(ctx, grad):
        return grad * 2 if grad.sum().item() is not None else None


class WrongTwice(Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x**3

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return grad * 3 * (x * x).detach()


def wrong(x):
    return x.detach() * x


def imaginary(x):
    return torch.complex(x, x.detach() * x)


CASES = {
    "sin": lambda: gradcheck(torch.sin, leaf(1, 2)),
    "a tensor without gradient beside": lambda: gradcheck(
        lambda x, y, n: x * y * n, (leaf(1, 2), torch.tensor([3.0, 4.0]), 5)
    ),
    "two outputs": lambda: gradcheck(lambda x: (x.sum(), x * 2), leaf(1, 2)),
    "an empty input": lambda: gradcheck(lambda x: x * 2, leaf()),
    "complex to complex": lambda: gradcheck(torch.exp, z()),
    "complex to real": lambda: gradcheck(torch.abs, z()),
    "real to complex": lambda: gradcheck(lambda x: torch.complex(x, x * x), leaf(1, 2)),
    "fast mode": lambda: gradcheck(lambda x: x.sin() * x.sum(), leaf(1, 2), fast_mode=True),
    "fast mode, complex": lambda: gradcheck(torch.exp, z(), fast_mode=True),
    "forward mode": lambda: gradcheck(torch.sin, leaf(1, 2), check_forward_ad=True),
    "forward mode, complex": lambda: gradcheck(torch.exp, z(), check_forward_ad=True),
    "forward mode, fast": lambda: gradcheck(torch.sin, leaf(1, 2), check_forward_ad=True, fast_mode=True),
    "forward mode alone": lambda: gradcheck(torch.sin, leaf(1, 2), check_forward_ad=True, check_backward_ad=False),
    "twice": lambda: gradgradcheck(lambda x: x**3, leaf(1, 2)),
    "twice, complex": lambda: gradgradcheck(torch.exp, z()),
    "twice, fast": lambda: gradgradcheck(lambda x, y: x**3 * y, (leaf(1, 2), leaf(3, 4)), fast_mode=True),
    "twice, forward over reverse": lambda: gradgradcheck(lambda x: x**3, leaf(1, 2), check_fwd_over_rev=True),
    "twice, gradients given": lambda: gradgradcheck(lambda x: x**3, leaf(1, 2), leaf(0.5, 1)),
    "batched": lambda: gradcheck(lambda x, y: (x.sin() * y, x), (leaf(1, 2), leaf(3, 4)), check_batched_grad=True),
    "batched, twice": lambda: gradgradcheck(lambda x: x**3, leaf(1, 2), check_batched_grad=True),
    "batched, and impossible": lambda: gradcheck(NoBatch.apply, leaf(1, 2), check_batched_grad=True),
    "nothing depends": lambda: gradcheck(lambda x: torch.ones(2), leaf(1, 2)),
    "nondeterminism allowed": lambda: gradcheck(Random.apply, leaf(1, 2), nondet_tol=1e-6),
    "undefined gradients not checked": lambda: gradcheck(NoNone.apply, leaf(1, 2), check_undefined_grad=False),
    "wrong": lambda: gradcheck(wrong, leaf(1, 2)),
    "wrong, and no exception": lambda: gradcheck(wrong, leaf(1, 2), raise_exception=False),
    "wrong by less than is tolerated": lambda: gradcheck(wrong, leaf(1, 2), atol=5),
    "wrong second output of the second input": lambda: gradcheck(
        lambda x, y: (x * y, x + wrong(y)), (leaf(1, 2), leaf(3, 4))
    ),
    "wrong in fast mode": lambda: gradcheck(wrong, leaf(1, 2), fast_mode=True),
    "wrong imaginary part": lambda: gradcheck(imaginary, leaf(1, 2)),
    "wrong jvp": lambda: gradcheck(WrongJvp.apply, leaf(1, 2), check_forward_ad=True),
    "wrong jvp, not checked": lambda: gradcheck(WrongJvp.apply, leaf(1, 2)),
    "wrong second derivative": lambda: gradgradcheck(WrongTwice.apply, leaf(1, 2)),
    "no gradient where there is one": lambda: gradcheck(lambda x: x.detach() * 2, leaf(1, 2)),
    "nondeterminism": lambda: gradcheck(Random.apply, leaf(1, 2)),
    "undefined gradients": lambda: gradcheck(NoNone.apply, leaf(1, 2)),
    "not multiplied": lambda: gradcheck(NotMultiplied.apply, leaf(1, 2)),
    "no input with gradient": lambda: gradcheck(torch.sin, torch.ones(2, dtype=torch.float64)),
    "an expanded input": lambda: gradcheck(torch.sin, leaf(1).expand(2)),
    "single precision": lambda: gradcheck(torch.sin, leaf(1, 2, dtype=torch.float32)),
}


def answer(run):
    torch.manual_seed(0)
    try:
        return run()
    except Exception as error:
        return {"type": type(error).__name__, "message": str(error).split("\n")[0]}


recorded = {"torch": torch.__version__, "cases": {name: answer(run) for name, run in CASES.items()}}
Path(__file__).with_suffix(".json").write_text(json.dumps(recorded, indent=1) + "\n")
