"""What PyTorch's gradcheck says of functions of sparse inputs.

    python test/golden/gradcheck-sparse.py

writes gradcheck-sparse.json beside it; test/unit/gradcheck-sparse.test.ts does the same under the
same names.
"""

import json
import warnings
from pathlib import Path

import torch
from torch.autograd import gradcheck, gradgradcheck

warnings.simplefilter("ignore")
torch.set_num_threads(1)

LAYOUTS = {
    "coo": torch.sparse_coo,
    "csr": torch.sparse_csr,
    "csc": torch.sparse_csc,
    "bsr": torch.sparse_bsr,
    "bsc": torch.sparse_bsc,
}


def matrix(layout, dtype=torch.float64):
    x = torch.tensor([[0, 1, 2, 0], [0, 0, 3, 4], [5, 6, 0, 0], [7, 0, 0, 0]], dtype=dtype)
    if dtype.is_complex:
        x = x * (1 + 0.5j)
    blocks = {"blocksize": (2, 2)} if "bs" in layout else {}
    return x.to_sparse(layout=LAYOUTS[layout], **blocks).requires_grad_()


def hybrid():
    indices = torch.tensor([[0, 2, 1]])
    values = torch.arange(1.0, 7, dtype=torch.float64).view(3, 2)
    return torch.sparse_coo_tensor(indices, values, (4, 2)).requires_grad_()


def twofold():
    indices = torch.tensor([[0, 1, 1], [2, 0, 0]])
    values = torch.tensor([1.0, 2, 3], dtype=torch.float64)
    return torch.sparse_coo_tensor(indices, values, (2, 3)).requires_grad_()


def dense(*shape):
    count = torch.Size(shape).numel()
    return torch.arange(count, dtype=torch.float64).sin().view(shape).requires_grad_()


CASES = {}
for layout in LAYOUTS:
    for masked in (False, True):
        for fast in (False, True):
            name = f"{layout}, {'masked' if masked else 'every element'}, {'fast' if fast else 'slow'}"
            options = {"masked": masked, "fast_mode": fast}
            CASES[f"to_dense, {name}"] = lambda layout=layout, masked=masked, options=options: gradcheck(
                lambda x: x.to_dense(masked_grad=masked), matrix(layout), **options
            )
            CASES[f"mm, {name}"] = lambda layout=layout, options=options: gradcheck(
                torch.sparse.mm, (matrix(layout), dense(4, 2)), **options
            )
for masked in (False, True):
    CASES[f"the wrong kind, {masked}"] = lambda masked=masked: gradcheck(
        lambda x: x.to_dense(masked_grad=not masked), matrix("coo"), masked=masked
    )
CASES |= {
    "hybrid": lambda: gradcheck(lambda x: x.to_dense(masked_grad=False) ** 2, hybrid()),
    "hybrid, masked": lambda: gradcheck(lambda x: x.to_dense() ** 2, hybrid(), masked=True),
    "hybrid, fast": lambda: gradcheck(
        lambda x: x.to_dense(masked_grad=False) ** 2, hybrid(), fast_mode=True
    ),
    "sum": lambda: gradcheck(lambda x: torch.sparse.sum(x), matrix("coo"), masked=True),
    "coo by mm": lambda: gradcheck(lambda x, y: x @ y, (matrix("coo"), dense(4, 3)), masked=True),
    "addmm": lambda: gradcheck(
        torch.sparse.addmm, (dense(4, 3), matrix("coo"), dense(4, 3)), masked=True
    ),
    "softmax": lambda: gradcheck(
        lambda x: torch.sparse.softmax(x, 1).to_dense(), matrix("coo"), masked=True
    ),
    "twofold indices": lambda: gradcheck(lambda x: x.to_dense(masked_grad=False), twofold()),
    "twofold indices, masked, fast": lambda: gradcheck(
        lambda x: x.to_dense(), twofold(), masked=True, fast_mode=True
    ),
    "complex": lambda: gradcheck(
        lambda x: x.to_dense(masked_grad=False), matrix("coo", torch.complex128)
    ),
    "complex, fast": lambda: gradcheck(
        lambda x: x.to_dense(masked_grad=False), matrix("coo", torch.complex128), fast_mode=True
    ),
    "sparse output": lambda: gradcheck(lambda x: x * 2, matrix("coo")),
    "wrong": lambda: gradcheck(
        lambda x: x.to_dense(masked_grad=False) * x.detach().to_dense(), matrix("coo")
    ),
    "wrong, fast, masked": lambda: gradcheck(
        lambda x: x.to_dense() * x.detach().to_dense(), matrix("csr"), fast_mode=True, masked=True
    ),
    "twice, of a dense input": lambda: gradgradcheck(
        lambda y: torch.sparse.mm(matrix("coo").detach(), y) ** 2, dense(4, 2)
    ),
    "twice, of a sparse input": lambda: gradgradcheck(lambda x: x.to_dense() ** 2, matrix("coo")),
    "twice, masked, of both": lambda: gradgradcheck(
        lambda x, y: torch.sparse.mm(x, y), (matrix("coo"), dense(4, 2)), masked=True
    ),
    "batched forward": lambda: gradcheck(
        torch.sin, dense(3), check_forward_ad=True, check_batched_forward_grad=True
    ),
}


sparse_gradcheck = torch.sparse.as_sparse_gradcheck(gradcheck)
sparse_gradgradcheck = torch.sparse.as_sparse_gradcheck(gradgradcheck)
CASES |= {
    "extended: a layout to another": lambda: sparse_gradcheck(
        lambda x: x.to_sparse_csr(), matrix("coo")
    ),
    "extended: sparse output": lambda: sparse_gradcheck(lambda x: x * 2, matrix("coo")),
    "extended: masked, and a dense input": lambda: sparse_gradcheck(
        torch.sparse.mm, (matrix("csr"), dense(4, 2)), masked=True
    ),
    "extended: not masked": lambda: sparse_gradcheck(torch.sparse.mm, (matrix("csr"), dense(4, 2))),
    "extended: blocks": lambda: sparse_gradcheck(lambda x: x.to_dense(), matrix("bsr"), masked=True),
    "extended: wrong": lambda: sparse_gradcheck(lambda x: x * x.detach(), matrix("coo")),
    "extended: twice": lambda: sparse_gradgradcheck(
        lambda x: x.to_dense() ** 2, matrix("coo"), masked=True
    ),
}


def answer(run):
    torch.manual_seed(0)
    try:
        return run()
    except Exception as error:
        return {"type": type(error).__name__, "message": str(error).split("\n")[0]}


recorded = {"torch": torch.__version__, "cases": {name: answer(run) for name, run in CASES.items()}}
Path(__file__).with_suffix(".json").write_text(json.dumps(recorded, indent=1) + "\n")
