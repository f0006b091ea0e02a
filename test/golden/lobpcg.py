"""Writes lobpcg.json.gz: eigenpairs that torch.lobpcg finds under a seed, its steps and gradients.

    python test/golden/lobpcg.py
"""

import gzip
import json
from pathlib import Path

import torch

SEED = 19


def symmetric(m, shift=0.0, batch=()):
    """Symmetric, with eigenvalues 1, 2, 3, ..."""
    count = 1
    for size in batch:
        count *= size
    x = (torch.arange(count * m * m, dtype=torch.float64) * 0.7 + shift).sin().view(*batch, m, m)
    q = torch.linalg.qr(x).Q
    return q @ torch.diag(torch.arange(1.0, m + 1, dtype=torch.float64)) @ q.mT


def diagonal(m):
    return torch.diag(torch.linspace(1, 2, m, dtype=torch.float64))


def start(m, n):
    return (torch.arange(m * n, dtype=torch.float64) * 1.3).cos().view(m, n)


CASES = [
    ("one pair", lambda: dict(A=symmetric(9))),
    ("three, smallest", lambda: dict(A=symmetric(12), k=3, largest=False)),
    ("basic", lambda: dict(A=symmetric(15), k=2, method="basic")),
    ("basic, generalized", lambda: dict(A=symmetric(15), k=2, B=diagonal(15), method="basic")),
    ("generalized", lambda: dict(A=symmetric(15, 1.0), k=2, B=diagonal(15), largest=False)),
    ("first guess", lambda: dict(A=symmetric(12), k=2, X=start(12, 3))),
    ("wider guess, few steps", lambda: dict(A=symmetric(20), k=2, n=4, niter=3)),
    ("tolerance", lambda: dict(A=symmetric(20), k=2, tol=1e-3)),
    (
        "preconditioner",
        lambda: dict(A=symmetric(15), k=2, iK=torch.linalg.inv(symmetric(15)), largest=False, method="basic"),
    ),
    ("float32", lambda: dict(A=symmetric(12).float(), k=2)),
    ("batch", lambda: dict(A=symmetric(9, batch=(2, 2)), k=2)),
    ("drop", lambda: dict(A=symmetric(15), k=3, ortho_bparams={"ortho_use_drop": True})),
    (
        "limits",
        lambda: dict(A=symmetric(15), k=2, ortho_iparams={"ortho_i_max": 1, "ortho_j_max": 1},
                     ortho_fparams={"ortho_tol": 1e-2}),
    ),
    ("sparse", lambda: dict(A=symmetric(12).mul(symmetric(12).abs() > 0.5).to_sparse(), k=2)),
]


def listed(x):
    return x.to_dense().tolist() if isinstance(x, torch.Tensor) else x


def solve(name, make):
    steps, counts = [], []

    def tracker(worker):
        steps.append(worker.ivars["istep"])
        counts.append(worker.ivars["converged_count"])

    torch.manual_seed(SEED)
    given = make()
    values, vectors = torch.lobpcg(**given, tracker=tracker)
    return {
        "name": name,
        "sparse": given["A"].is_sparse,
        "dtype": str(given["A"].dtype).removeprefix("torch."),
        "given": {key: listed(x) for key, x in given.items()},
        "values": values.tolist(),
        "vectors": vectors.tolist(),
        "steps": len(steps),
        "counts": counts,
    }


def gradient(name, A, **options):
    torch.manual_seed(SEED)
    A.requires_grad_()
    values, vectors = torch.lobpcg(A, **options)
    weights = torch.arange(1.0, vectors.numel() + 1, dtype=A.dtype).view(vectors.shape)
    # The sign of an eigenvector is arbitrary; its square is not.
    loss = values.pow(2).sum() + (vectors.square() * weights).sum()
    loss.backward()
    return {
        "name": name,
        "A": A.tolist(),
        "options": options,
        "grad": A.grad.tolist(),
        "random": torch.rand(1).item(),
    }


def main():
    torch.set_num_threads(1)
    golden = {
        "torch": torch.__version__,
        "seed": SEED,
        "cases": [solve(name, make) for name, make in CASES],
        "gradients": [
            gradient("two of nine", symmetric(9), k=2),
            gradient("three of ten, smallest", symmetric(10), k=3, largest=False),
            gradient("three of ten", symmetric(10), k=3),
            gradient("batch", symmetric(6, batch=(2,)), k=2),
        ],
    }
    path = Path(__file__).with_suffix(".json.gz")
    path.write_bytes(gzip.compress(json.dumps(golden, separators=(",", ":")).encode(), mtime=0))


main()
