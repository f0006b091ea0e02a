"""Writes python-level.bin.gz: what PyTorch's own Python gives, of which OpInfo has no samples.

    python test/golden/python-level.py

A case is a public name with its arguments and, each under the seed of its number, the result or the
message of the error. test/parity/python-level.test.ts makes the same calls.
"""

import os
import sys
import warnings

import torch

FOLDER = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, FOLDER)
sys.path.insert(0, os.path.join(FOLDER, "../parity/opinfo"))
from calls import find  # noqa: E402
from recording import made_on  # noqa: E402
from values import Archive  # noqa: E402

archive = Archive()
cases = []
nan, inf = float("nan"), float("inf")


def case(name, *args, **kwargs):
    """One call; `assert_close` that finds no difference gives None."""
    seed = len(cases)
    row = {"name": name, "seed": seed, "args": [archive.argument(arg) for arg in args]}
    row["kwargs"] = {key: archive.argument(value) for key, value in kwargs.items()}
    torch.manual_seed(seed)
    try:
        row["result"] = archive.result(find(name)(*args, **kwargs))
    except (AssertionError, ValueError, RuntimeError) as error:
        row["error"] = [type(error).__name__, str(error)]
    cases.append(row)


def close(*args, **kwargs):
    case("testing.assert_close", *args, **kwargs)


t = torch.tensor
x = t([[1.0, 2.0], [3.0, 4.0]])
sparse = t([[0.0, 2.0, 0.0], [3.0, 0.0, 4.0]])

# testing.assert_close: what agrees, and the message of what does not
close(x, x + 1e-7)
close(x, x + t([[0.0, 0.5], [0.0, 0.25]]))
close(x, x + 1e-3, rtol=0.0, atol=1e-4)
close(x, x + 1e-3, rtol=0.0, atol=1e-2)
close(x, x + 1, rtol=0.0, atol=0.0)
close(x.double(), x.double() + 1e-6)
close(x.bfloat16(), x.bfloat16() + 0.5)
close(x.half(), x.half() * 1.01)
close(t([1 + 2j, 3j]), t([1 + 2j, 4j]))
close(t([1, 2, 3]), t([1, 5, 3]))
close(t([1, 2, 3], dtype=torch.uint8), t([1, 5, 9], dtype=torch.uint8))
close(t([True, False]), t([True, True]))
close(t(1.0), t(1.5))
close(t(3), t(4))
close(t([nan, 1.0]), t([nan, 1.0]))
close(t([nan, 1.0]), t([nan, 1.0]), equal_nan=True)
close(t([inf, 1.0]), t([inf, 2.0]))
close(t([0.0, 1.0]), t([0.5, 1.0]))
close(t([1.0, 2.0]), t([0.0, 2.0]))
close(torch.zeros(100), torch.cat([torch.zeros(67), torch.ones(33)]))
close(torch.zeros(2, 3), torch.zeros(3, 2))
close(torch.zeros(2), torch.zeros(2).double())
close(torch.zeros(2), torch.zeros(2).double(), check_dtype=False)
close(torch.ones(2), torch.zeros(2).double(), check_dtype=False)
close(torch.ones(2), torch.zeros(2, dtype=torch.int64), check_dtype=False)
close(x, x.t().contiguous().t(), check_stride=True)
close(x, x.t().contiguous().t())
close(sparse, sparse.to_sparse())
close(sparse, sparse.to_sparse(), check_layout=False)
close(sparse.to_sparse(), (sparse * 2).to_sparse())
close(sparse.to_sparse(), sparse.flip(1).to_sparse())
close(sparse.to_sparse(), sparse.fill_(0).add(0).to_sparse())
sparse = t([[0.0, 2.0, 0.0], [3.0, 0.0, 4.0]])
close(sparse.to_sparse_csr(), (sparse * 2).to_sparse_csr())
close(sparse.to_sparse_csr(), sparse.flip(1).to_sparse_csr())
close(sparse.to_sparse_csr(), sparse.flip(0).to_sparse_csr())
close([x, x + 1], [x, x])
close([x], [x, x])
close({"a": x, "b": x}, {"a": x, "b": x + 2})
close({"a": x}, {"b": x})
close({"a": [x, x]}, {"a": [x, x + 1]})
close(1, 1)
close(1, 2)
close(1.5, 1.75)
close(1.5, 1.5 + 1e-9)
close(nan, nan)
close(nan, nan, equal_nan=True)
close(True, False)
close(True, True)
close(None, None)
close(None, 3)
close(x, x + 1, msg="my own words")
close(x, x, rtol=1e-3)
close(torch.ones(3, requires_grad=True), torch.ones(3))

# testing.make_tensor
for dtype in (torch.float32, torch.float64, torch.bfloat16, torch.complex64, torch.int64, torch.uint8, torch.bool):
    case("testing.make_tensor", 2, 3, dtype=dtype, device="cpu")
case("testing.make_tensor", (4, 5), dtype=torch.float32, device="cpu", low=-1, high=2)
case("testing.make_tensor", (4, 5), dtype=torch.int32, device="cpu", low=0, high=3, exclude_zero=True)
case("testing.make_tensor", (4, 5), dtype=torch.float32, device="cpu", noncontiguous=True)
case("testing.make_tensor", (2, 3, 4, 5), dtype=torch.float32, device="cpu", memory_format=torch.channels_last)
case("testing.make_tensor", 3, dtype=torch.float32, device="cpu", low=2, high=1)
case("testing.make_tensor", 3, dtype=torch.uint8, device="cpu", low=300, high=400)
case("testing.make_tensor", 3, dtype=torch.int64, device="cpu", requires_grad=True)

# sparse tensors of lists, and of values whose dtype is theirs
coo = [[0, 1, 1], [2, 0, 2]]
case("sparse_coo_tensor", coo, [3.0, 4.0, 5.0], (2, 3))
case("sparse_coo_tensor", coo, [3.0, 4.0, 5.0])
case("sparse_coo_tensor", t(coo), t([3, 4, 5]), (2, 4))
case("sparse_coo_tensor", t(coo), t([3.0, 4.0, 5.0], dtype=torch.float64), (2, 3), dtype=torch.float32)
case("sparse_coo_tensor", t(coo), t([[3.0, 4.0], [5.0, 6.0], [7.0, 8.0]]), (2, 3, 2))
case("sparse_coo_tensor", (2, 3))
case("sparse_coo_tensor", coo, [3.0, 4.0, 5.0], (1, 3), check_invariants=True)
case("sparse_coo_tensor", coo, [3.0, 4.0], (2, 3), check_invariants=True)
case("sparse_csr_tensor", [0, 1, 3], [2, 0, 1], [1.0, 2.0, 3.0], (2, 3))
case("sparse_csr_tensor", [0, 1, 3], [2, 0, 1], t([1, 2, 3]))
case("sparse_csr_tensor", [0, 1, 5], [2, 0, 1], [1.0, 2.0, 3.0], (2, 3), check_invariants=True)
case("sparse_csc_tensor", [0, 1, 3], [2, 0, 1], t([1.0, 2.0, 3.0]).double(), (3, 2))
case("sparse_bsr_tensor", [0, 1, 2], [1, 0], [[[1.0, 2.0]], [[3.0, 4.0]]], (2, 4))
case("sparse_bsc_tensor", [0, 1, 2], [1, 0], [[[1.0, 2.0]], [[3.0, 4.0]]], (2, 4))
case("sparse_compressed_tensor", [0, 1, 3], [2, 0, 1], t([1, 2, 3]), (2, 3), layout=torch.sparse_csr)

# torch.sparse and torch.masked on sparse tensors
case("sparse.sum", sparse.to_sparse())
case("sparse.sum", sparse.to_sparse(), 0)
case("sparse.sum", sparse.to_sparse(), [0, 1])
case("sparse.sum", sparse.to_sparse(), 1, torch.float64)
case("sparse.sum", sparse.to_sparse(), dtype=torch.float64)
case("sparse.mm", sparse.to_sparse(), torch.ones(3, 2))
case("sparse.addmm", torch.ones(2, 2), sparse.to_sparse(), torch.ones(3, 2), beta=2.0, alpha=0.5)
case("sparse.softmax", sparse.to_sparse(), 1)
case("sparse.log_softmax", sparse.to_sparse(), 1)
case("sparse.spdiags", t([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), t([0, -1]), (3, 3))
mask = t([[True, True, False], [True, False, False]])
for layout in ("to_sparse", "to_sparse_csr"):
    given, hidden = getattr(sparse, layout)(), getattr(mask, layout)()
    for dim in (None, 0, 1):
        for name in ("sum", "prod", "amax", "amin"):
            case(f"masked.{name}", given, dim, keepdim=True, mask=hidden)
case("masked.sum", sparse.to_sparse(), 0, mask=mask.to_sparse())
case("masked.mean", sparse.to_sparse_csr(), 0, keepdim=True, mask=mask.to_sparse_csr())

# nested tensors
parts = [torch.arange(6.0).reshape(2, 3), torch.arange(8.0).reshape(4, 2)]
case("nested.nested_tensor", parts)
case("nested.nested_tensor", parts, dtype=torch.float64)
case("nested.nested_tensor", [[1.0, 2.0], [3.0]])
case("nested.as_nested_tensor", parts)
case("nested.as_nested_tensor", torch.arange(12.0).reshape(3, 4))
case("nested.as_nested_tensor", torch.arange(3.0))
case("nested.narrow", torch.arange(12.0).reshape(3, 4), 1, 1, 2)
case("nested.narrow", torch.arange(12.0).reshape(3, 4), 0, 1, 2)
case("nested.to_padded_tensor", torch.nested.nested_tensor(parts), -1.0)
case("nested.to_padded_tensor", torch.nested.nested_tensor(parts), 0.5, (2, 5, 4))
case("nested.to_padded_tensor", torch.nested.nested_tensor(parts), 0.5, (2, 1, 1))

# torch.functional, where OpInfo looks at less than it takes
case("histogram", t([1.0, 2.0, 1.0]), 4, range=(0.0, 3.0), weight=t([1.0, 2.0, 4.0]))
case("histogram", t([1.0, 2.0, 1.0]), t([0.0, 1.5, 3.0]), density=True)
case("histogramdd", t([[0.0, 1.0], [1.0, 0.0], [2.0, 0.0], [2.0, 2.0]]), [3, 3], weight=t([1.0, 2.0, 4.0, 8.0]))
case("histogramdd", t([[0.0, 0.0], [1.0, 1.0], [2.0, 2.0]]), [2, 2], range=[0.0, 1.0, 0.0, 1.0], density=True)
case("histogramdd", t([[0.0, 0.0], [1.0, 1.0]]), (t([0.0, 0.5, 2.0]), t([0.0, 1.5])))
case("cov", x, correction=0, fweights=t([1, 2]), aweights=t([0.5, 1.0]))
case("corrcoef", x)
case("_segment_reduce", t([1.0, 2.0, 3.0, 4.0]), "sum", lengths=t([1, 3]))
case("split", torch.arange(7), [3, 4])
case("chunk", torch.arange(7), 3)
case("tensor_split", torch.arange(7), (1, 3))
case("tensor_split", torch.arange(7), t([2, 5]))
case("vsplit", torch.arange(16.0).reshape(4, 4), [1, 3])
case("hsplit", torch.arange(16.0).reshape(4, 4), 2)
case("dsplit", torch.arange(16.0).reshape(2, 2, 4), 2)
case("unsafe_chunk", torch.arange(7), 3)

archive.write(f"{FOLDER}/python-level.bin.gz", {**made_on(), "cases": cases})
print(len(cases), "cases;", sum("error" in row for row in cases), "errors")
