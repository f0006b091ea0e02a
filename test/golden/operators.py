"""Writes operators.json: what PyTorch answers for the operators that scripts use most.

    python test/golden/operators.py

A case is a name under `torch` (or `Tensor`), positional and keyword arguments, the result and, for
what autograd can follow, the gradients of all floating-point inputs for a fixed output gradient.
Before each case the generator starts at the case's number.
"""

import math
import os
import sys
import warnings

import torch
from torch.nn import functional as F

sys.path.insert(0, os.path.dirname(__file__))
from recording import Recorder, floating, gradients  # noqa: E402

SEED = 20250101
FOLDER = os.path.dirname(os.path.abspath(__file__))

record = Recorder()
cases = []
generator = torch.Generator().manual_seed(SEED)


def normal(*shape, dtype=torch.float32):
    return torch.randn(*shape, dtype=torch.float64, generator=generator).to(dtype)


def uniform(*shape, low=0.1, high=0.9, dtype=torch.float32):
    draws = torch.rand(*shape, dtype=torch.float64, generator=generator)
    return (low + (high - low) * draws).to(dtype)


def integers(*shape, low=0, high=10, dtype=torch.int64):
    return torch.randint(low, high, shape, generator=generator).to(dtype)


def mask(*shape):
    return torch.rand(*shape, generator=generator) > 0.5


def complexes(*shape):
    return torch.complex(normal(*shape), normal(*shape))


def find(name):
    found = torch
    for part in name.split("."):
        found = getattr(found, part)
    return found


def copy(value):
    if isinstance(value, torch.Tensor):
        return value.clone()
    if isinstance(value, (list, tuple)):
        return type(value)(copy(item) for item in value)
    if isinstance(value, dict):
        return {key: copy(item) for key, item in value.items()}
    return value


def same(a, b):
    if isinstance(a, torch.Tensor):
        if not isinstance(b, torch.Tensor) or a.dtype != b.dtype or a.shape != b.shape:
            return False
        return torch.equal(a.nan_to_num(), b.nan_to_num()) if a.dtype != torch.bool else a.equal(b)
    if isinstance(a, (list, tuple)):
        return isinstance(b, (list, tuple)) and len(a) == len(b) and all(map(same, a, b))
    return a == b


def has_method(name, args, kwargs, result, seed):
    """Whether the first argument's method of the same name gives the same."""
    if "." in name or "out" in kwargs or not args or not isinstance(args[0], torch.Tensor):
        return False
    method = getattr(torch.Tensor, name, None)
    if method is None:
        return False
    try:
        torch.manual_seed(seed)
        return same(method(*copy(args), **copy(kwargs)), result)
    except (TypeError, RuntimeError):
        return False


def flatten(result):
    if isinstance(result, (list, tuple)):
        return [x for item in result for x in flatten(item)]
    return [result]


def case(name, *args, tolerance=None, exact=True, unique=True, grad=True, **kwargs):
    """One call, with what the comparison must know.

    `tolerance`: how far another CPU may be away, relative to the largest element. `exact`: this CPU
    gives the same bits each time (MKL's LAPACK does not: it looks at where the memory begins).
    `unique`: the result is the only right one (eigenvectors have a free sign).
    """
    seed = len(cases)
    given = copy(args)
    options = copy(kwargs)
    leaves = floating([given, {k: v for k, v in options.items() if k != "out"}]) if grad else []
    for leaf in leaves:
        leaf.requires_grad_()
    # What changes its input in place must not meet a leaf.
    in_place = name.endswith("_")
    called = copy(given) if in_place else given
    torch.manual_seed(seed)
    result = find(name)(*called, **options)
    row = {"name": name, "args": record(list(args))}
    if "out" in kwargs:
        outs = kwargs["out"] if isinstance(kwargs["out"], tuple) else [kwargs["out"]]
        row["out"] = [str(out.dtype).removeprefix("torch.") for out in outs]
    named = {key: record(value) for key, value in kwargs.items() if key != "out"}
    if named:
        row["kwargs"] = named
    row["result"] = record(result)
    names = getattr(type(result), "__match_args__", None)
    if names:
        row["fields"] = list(names)
    if leaves:
        try:
            row["gradients"] = record(gradients(flatten(result), leaves))
        except RuntimeError as error:
            # Some operators have no derivative; then there is none to compare.
            if "not implemented" not in str(error):
                raise
    if has_method(name, args, kwargs, result, seed):
        row["method"] = True
    if tolerance is not None:
        row["tolerance"] = tolerance
    if not exact:
        row["exact"] = False
    if not unique:
        row["unique"] = False
    cases.append(row)


def out(*dtypes):
    empty = tuple(torch.empty(0, dtype=dtype) for dtype in dtypes)
    return empty if len(empty) > 1 else empty[0]


# Inputs that many cases share.
X = normal(3, 4)
Y = normal(3, 4)
PAIR = normal(2, 4)
ROW = normal(4)
COLUMN = normal(3, 1)
POSITIVE = uniform(3, 4)
SIGNED = uniform(3, 4, low=-0.9, high=0.9)
DOUBLE = normal(3, 4, dtype=torch.float64)
HALF = normal(3, 4, dtype=torch.float16)
BRAIN = normal(3, 4, dtype=torch.bfloat16)
COMPLEX = complexes(3, 4)
INTEGERS = integers(3, 4, low=-9)
OTHERS = integers(3, 4, low=1)
BYTES = integers(3, 4, high=256, dtype=torch.uint8)
SHORTS = integers(3, 4, low=-99, high=99, dtype=torch.int16)
MASK = mask(3, 4)
CUBE = normal(2, 3, 4)
SQUARE = normal(4, 4)
DEFINITE = (SQUARE @ SQUARE.mT + 4 * torch.eye(4)).contiguous()
BATCH = normal(2, 3, 3)
SPECIAL = torch.tensor([0.0, -0.0, 1.5, -2.5, math.inf, -math.inf, math.nan])


def unary():
    plain = """abs absolute neg negative positive sign sgn sin cos tan sinh cosh tanh asin acos atan
        asinh atanh arcsin arccos arctan exp exp2 expm1 erf erfc erfinv sigmoid relu square floor
        ceil round trunc fix frac deg2rad rad2deg signbit isfinite isinf isnan isposinf isneginf
        isreal sinc selu i0 logical_not"""
    for name in plain.split():
        case(name, SIGNED)
    for name in "log log2 log10 log1p sqrt rsqrt reciprocal lgamma digamma logit".split():
        case(name, POSITIVE)
    case("acosh", POSITIVE + 1)
    case("mvlgamma", POSITIVE + 3, 2)
    case("polygamma", 1, POSITIVE)
    case("round", X * 10, decimals=1)
    case("logit", POSITIVE, eps=0.2)
    case("nan_to_num", SPECIAL)
    case("nan_to_num", SPECIAL, nan=0.5, posinf=9.0)
    for name in "isnan isinf sign floor relu signbit".split():
        case(name, SPECIAL, grad=False)
    for name in "sqrt exp abs angle sin".split():
        case(name, COMPLEX)
    for name in "conj resolve_conj conj_physical real imag view_as_real".split():
        case(name, COMPLEX)
    case("view_as_complex", normal(3, 2))
    case("polar", POSITIVE, X)
    case("complex", X, Y)
    for name in "abs neg sign square".split():
        case(name, INTEGERS)
    for name in "sin sqrt sigmoid".split():
        case(name, OTHERS)
    for x in (DOUBLE, HALF, BRAIN):
        case("exp", x)
        case("tanh", x)
    case("bitwise_not", INTEGERS)
    case("bitwise_not", MASK)
    case("logical_not", MASK)
    for name in "gelu silu elu softplus mish hardtanh leaky_relu logsigmoid hardswish relu6".split():
        case(f"nn.functional.{name}", X * 3)
    case("nn.functional.gelu", X, approximate="tanh")
    case("nn.functional.leaky_relu", X, 0.2)
    case("nn.functional.softplus", X, beta=2, threshold=1)
    case("prelu", X, torch.tensor([0.25]))
    case("nn.functional.glu", X, 1)
    case("threshold", X, 0.1, 20)


def binary():
    for name in """add sub mul div atan2 maximum minimum fmax fmin hypot eq ne lt le gt ge subtract
            multiply divide true_divide copysign nextafter logaddexp logaddexp2 greater less_equal
            not_equal""".split():
        case(name, X, Y)
    for name in "add mul div sub maximum".split():
        case(name, X, ROW)
        case(name, COLUMN, ROW)
    for name in "add sub mul div eq lt ge pow remainder fmod floor_divide".split():
        case(name, X, 2)
        case(name, INTEGERS, 3)
    case("add", X, 0.5)
    case("mul", INTEGERS, 0.5)
    case("add", INTEGERS, X)
    case("add", X, DOUBLE)
    case("add", BYTES, SHORTS)
    case("add", MASK, INTEGERS)
    case("mul", COMPLEX, X)
    case("mul", X, 1j)
    case("add", X, Y, alpha=2)
    case("sub", X, Y, alpha=0.5)
    case("sub", 2, X)
    case("rsub", X, 2)
    case("div", X, Y, rounding_mode="floor")
    case("div", INTEGERS, OTHERS)
    case("div", INTEGERS, OTHERS, rounding_mode="trunc")
    case("div", X, 0.3, rounding_mode="floor")
    case("floor_divide", INTEGERS, OTHERS)
    case("remainder", INTEGERS, OTHERS)
    case("remainder", X, Y)
    case("fmod", INTEGERS, OTHERS)
    case("fmod", X, Y)
    case("pow", POSITIVE, Y)
    case("pow", X, 3)
    case("pow", 2, X)
    case("pow", POSITIVE, 0.5)
    case("float_power", POSITIVE, 2)
    case("xlogy", POSITIVE, POSITIVE)
    case("heaviside", X, ROW)
    case("lerp", X, Y, 0.25)
    case("lerp", X, Y, POSITIVE)
    case("addcmul", X, Y, X, value=0.5)
    case("addcdiv", X, Y, POSITIVE, value=2)
    case("clamp", X, -0.5, 0.5)
    case("clamp", X, min=0)
    case("clamp", X, max=SIGNED)
    case("clip", X, -0.25, 0.75)
    case("clamp_min", X, 0.1)
    case("clamp_max", INTEGERS, 3)
    case("gcd", INTEGERS, OTHERS)
    case("lcm", INTEGERS, OTHERS)
    case("ldexp", X, torch.tensor([1, 2, 3, 4]))
    for name in "bitwise_and bitwise_or bitwise_xor".split():
        case(name, INTEGERS, OTHERS)
        case(name, MASK, ~MASK)
    case("bitwise_and", INTEGERS, 6)
    case("bitwise_left_shift", OTHERS, 2)
    case("bitwise_right_shift", OTHERS, 1)
    for name in "logical_and logical_or logical_xor".split():
        case(name, MASK, X.gt(0))
    case("isclose", X, X + 1e-9)
    case("allclose", X, X + 1e-3)
    case("allclose", X, X + 1e-3, atol=1e-2)
    case("equal", X, X)
    case("equal", X, Y)
    case("where", MASK, X, Y)
    case("where", MASK, X, 0.5)
    case("where", MASK, 1, X)
    case("where", MASK)
    case("isin", INTEGERS, torch.tensor([1, 3]))
    case("dist", X, Y, 1)
    case("cdist", X, Y)
    case("cdist", X, Y, p=1)
    case("cdist", X, Y, 2, "donot_use_mm_for_euclid_dist")
    case("cross", BATCH, normal(2, 3, 3), dim=1)
    case("frexp", X)


def reductions():
    for name in "sum mean prod std var amax amin logsumexp".split():
        case(name, X, 1)
        case(name, CUBE, 1, keepdim=True)
    for name in "sum mean prod std var amax amin max min median all any nanmean nansum".split():
        case(name, X)
    for name in "sum mean std var amax logsumexp nansum nanmean".split():
        case(name, CUBE, dim=(0, 2))
    case("sum", INTEGERS)
    case("sum", MASK)
    case("sum", X, dtype=torch.float64)
    case("sum", BYTES, 0, True, dtype=torch.int32)
    case("mean", INTEGERS, dtype=torch.float32)
    case("prod", OTHERS, 1)
    case("std", X, dim=1, correction=0)
    case("var", X, 1, unbiased=False)
    case("std_mean", X, dim=0)
    case("var_mean", X, dim=1, keepdim=True)
    for name in "max min median mode kthvalue cummax cummin".split():
        case(name, X, *([2, 1] if name == "kthvalue" else [1]))
    case("max", INTEGERS, 0, keepdim=True)
    case("nanmedian", SPECIAL, 0)
    case("argmax", X)
    case("argmax", X, 1)
    case("argmin", X, dim=0, keepdim=True)
    case("aminmax", X, dim=1)
    case("all", MASK, 1)
    case("any", MASK, dim=0, keepdim=True)
    case("all", X)
    case("count_nonzero", INTEGERS)
    case("count_nonzero", INTEGERS, dim=1)
    case("norm", X)
    case("norm", X, 1)
    case("norm", X, math.inf, 1)
    case("norm", X, p=3, dim=(0, 1), keepdim=True)
    case("norm", X, "nuc")
    case("norm", X, "fro", dim=0, dtype=torch.float64)
    case("norm", CUBE, dim=(1, 2))
    case("quantile", X, 0.25)
    case("quantile", X, torch.tensor([0.25, 0.5]), dim=1, keepdim=True)
    case("nanquantile", SPECIAL[:4].contiguous(), 0.5)
    case("logcumsumexp", X, 1)
    for name in "cumsum cumprod".split():
        case(name, X, 1)
        case(name, INTEGERS, dim=0)
    case("cumsum", INTEGERS, 1, dtype=torch.float32)
    case("diff", X)
    case("diff", X, n=2, dim=1)
    case("trapezoid", X, dx=0.5)
    case("trace", SQUARE)
    case("histc", POSITIVE, bins=4, min=0, max=1)
    case("bincount", OTHERS.flatten())
    case("bincount", OTHERS.flatten(), minlength=12, weights=uniform(12))
    case("histogram", POSITIVE, 4, range=(0.0, 1.0), grad=False)
    case("renorm", X, 2, 0, 1.0)
    case("corrcoef", X)
    case("cov", X)
    case("softmax", X, 1)
    case("softmax", INTEGERS, 1, dtype=torch.float32)
    case("log_softmax", X, dim=0)


def sorting():
    case("sort", X)
    case("sort", X, 0, True)
    case("sort", INTEGERS, stable=True, dim=1, descending=True)
    case("argsort", X)
    case("argsort", X, dim=0, descending=True)
    case("msort", X)
    case("topk", X, 2)
    case("topk", X, 2, dim=0, largest=False)
    case("unique", INTEGERS)
    case("unique", INTEGERS, return_inverse=True)
    case("unique", INTEGERS, return_counts=True)
    case("unique", INTEGERS, True, True, True)
    case("unique", X.gt(0), dim=0)
    case("unique", X, sorted=False)
    case("unique_consecutive", torch.tensor([1, 1, 2, 2, 2, 1]))
    case("unique_consecutive", torch.tensor([1, 1, 2, 3, 3]), return_counts=True)
    case("unique_consecutive", OTHERS, True, True, 0)
    case("searchsorted", torch.tensor([1.0, 3.0, 5.0]), X)
    case("searchsorted", torch.tensor([1, 3, 5]), 3, right=True)
    case("bucketize", X, torch.tensor([-1.0, 0.0, 1.0]))


def indexing():
    rows = torch.tensor([2, 0])
    places = torch.tensor([[0, 1, 2, 0], [2, 1, 0, 1]])
    case("gather", X, 0, places)
    case("gather", X, dim=1, index=places[:, :3].contiguous())
    case("scatter", X, 0, places, PAIR)
    case("scatter", X, 0, places, 1.5)
    case("scatter", X, 1, places, PAIR, reduce="add", grad=False)
    case("scatter_add", X, 0, places, PAIR)
    case("scatter_reduce", X, 0, places, PAIR, reduce="amax")
    case("scatter_reduce", X, 0, places, PAIR, "mean", include_self=False)
    case("index_select", X, 0, rows)
    case("index_select", X, 1, torch.tensor([3, 3, 1]))
    case("index_add", X, 0, rows, PAIR)
    case("index_add", X, 0, rows, PAIR, alpha=2)
    case("index_copy", X, 0, rows, PAIR)
    case("index_fill", X, 1, rows, 0.5)
    case("index_reduce", X, 0, rows, PAIR, "prod", tolerance=1e-5)
    case("take", X, torch.tensor([0, 5, 11]))
    case("take_along_dim", X, places, 0)
    case("take_along_dim", X, torch.tensor([3, 0]))
    case("put", X, torch.tensor([0, 5]), torch.tensor([1.0, 2.0]))
    case("masked_fill", X, MASK, 0.5)
    case("masked_fill", X, MASK, torch.tensor(2.0))
    case("masked_select", X, MASK)
    case("masked_scatter", X, MASK, Y)
    case("nonzero", MASK)
    case("nonzero", INTEGERS, as_tuple=True)
    case("argwhere", MASK)
    case("narrow", X, 1, 1, 2)
    case("select", X, 1, -1)
    case("select_scatter", X, ROW, 0, 1)
    case("slice_scatter", X, torch.zeros(3, 2), 1, 0, 4, 2)
    case("diagonal_scatter", SQUARE, torch.ones(4))
    case("Tensor.index_fill_", X, 0, rows, 2)
    case("tril", X)
    case("triu", X, 1)
    case("tril_indices", 3, 3)
    case("triu_indices", 3, 4, offset=1)
    case("diag", ROW)
    case("diag", SQUARE, 1)
    case("diagonal", CUBE, 0, 1, 2)
    case("diag_embed", X)
    case("diagflat", ROW)
    case("unravel_index", torch.tensor([4, 11, 0]), (3, 4))


def shapes():
    case("Tensor.view", X, 2, 6)
    case("Tensor.view", X, (-1, 3))
    case("Tensor.view", X, torch.int32, grad=False)
    case("Tensor.view_as", X, Y)
    case("Tensor.expand", COLUMN, 3, 4)
    case("Tensor.expand", ROW, 2, -1)
    case("Tensor.expand_as", ROW, X)
    case("Tensor.repeat", X, 2, 1)
    case("Tensor.unfold", X, 1, 2, 1)
    case("reshape", X, (4, 3))
    case("Tensor.reshape", X, -1)
    case("permute", CUBE, (2, 0, 1))
    case("Tensor.permute", CUBE, 2, 0, 1)
    case("transpose", CUBE, 0, 2)
    case("swapaxes", CUBE, 0, 1)
    case("movedim", CUBE, 0, 2)
    case("moveaxis", CUBE, (0, 1), (1, 2))
    case("t", X)
    case("adjoint", COMPLEX)
    case("flatten", CUBE)
    case("flatten", CUBE, 1)
    case("unflatten", X, 1, (2, 2))
    case("ravel", CUBE)
    case("squeeze", COLUMN)
    case("squeeze", COLUMN, 1)
    case("squeeze", normal(1, 3, 1), (0, 2))
    case("unsqueeze", X, 1)
    case("cat", [X, Y])
    case("cat", [X, COLUMN], dim=1)
    case("concat", [X, Y], 1)
    case("stack", [X, Y])
    case("stack", (X, Y), dim=-1)
    for name in "hstack vstack dstack column_stack row_stack".split():
        case(name, [X, Y])
    case("split", X, 2)
    case("split", X, [1, 3], 1)
    case("split", X, 3, dim=1)
    case("tensor_split", X, 3, dim=1)
    case("tensor_split", X, (1, 3), 1)
    case("chunk", X, 2, 1)
    case("unbind", X)
    case("unbind", X, 1)
    case("hsplit", X, 2)
    case("vsplit", X, [1])
    case("flip", X, [0, 1])
    case("fliplr", X)
    case("flipud", X)
    case("rot90", X)
    case("roll", X, 1)
    case("roll", X, (1, 2), (0, 1))
    case("tile", X, (2, 2))
    case("repeat_interleave", X, 2)
    case("repeat_interleave", X, torch.tensor([1, 0, 2]), dim=0)
    case("broadcast_to", ROW, (3, 4))
    case("broadcast_tensors", COLUMN, ROW)
    case("broadcast_shapes", (2,), (3, 1), (1, 1, 1))
    case("atleast_1d", torch.tensor(2.5))
    case("atleast_2d", ROW)
    case("atleast_3d", X, ROW)
    case("meshgrid", ROW, normal(3), indexing="ij")
    case("meshgrid", ROW, normal(3), indexing="xy")
    case("cartesian_prod", torch.tensor([1, 2]), torch.tensor([3, 4, 5]))
    case("combinations", ROW, 2)
    case("block_diag", X, ROW, torch.tensor(3.0))
    case("as_strided", X, (2, 2), (1, 2))
    case("clone", X)
    case("Tensor.contiguous", X)
    case("Tensor.to", X, torch.float64)
    case("Tensor.type_as", INTEGERS, X)
    case("vander", torch.tensor([1.0, 2.0, 3.0]), grad=False)
    case("pixel_shuffle", normal(1, 4, 2, 2), 2)
    case("is_nonzero", torch.tensor([2.5]), grad=False)
    case("is_floating_point", X, grad=False)
    case("is_complex", COMPLEX, grad=False)
    case("numel", X, grad=False)
    case("result_type", INTEGERS, 0.5)
    case("result_type", INTEGERS, HALF, grad=False)
    case("promote_types", torch.int32, torch.float16)
    case("can_cast", torch.float64, torch.int32)


def creation():
    case("zeros", 2, 3)
    case("zeros", (2, 3), dtype=torch.int64)
    case("ones", 2, 3, dtype=torch.bool)
    case("full", (2, 3), 0.5)
    case("full", (2,), True)
    case("full", (2,), 7, dtype=torch.int32)
    case("eye", 3)
    case("eye", 2, 3, dtype=torch.float64)
    case("arange", 5)
    case("arange", 1, 10, 3)
    case("arange", 0, 1, 0.25)
    case("arange", 3, dtype=torch.float64)
    case("linspace", 0, 1, 5)
    case("linspace", -1, 1, steps=4, dtype=torch.float64)
    case("logspace", 0, 2, 3)
    for name in "zeros_like ones_like".split():
        case(name, X, grad=False)
    case("zeros_like", X, dtype=torch.int8, grad=False)
    case("full_like", INTEGERS, 3)
    case("Tensor.new_zeros", X, (2, 2), grad=False)
    case("Tensor.new_ones", INTEGERS, 2, 2)
    case("Tensor.new_full", X, (2,), 1.5, grad=False)
    case("Tensor.new_tensor", INTEGERS, [1, 2])
    case("scalar_tensor", 2.5)
    for name in "hann_window hamming_window blackman_window bartlett_window kaiser_window".split():
        case(name, 6)
    case("hann_window", 6, periodic=False, dtype=torch.float64)


def random():
    case("rand", 2, 3)
    case("rand", 40, dtype=torch.float64)
    case("randn", 2, 3)
    case("randn", 20)
    case("randn", 3, dtype=torch.float64)
    case("randn", 3, dtype=torch.complex64)
    case("randint", 10, (5,))
    case("randint", -5, 5, (2, 3), dtype=torch.int32)
    case("randperm", 10)
    case("randperm", 6, dtype=torch.int32)
    case("rand_like", X, grad=False)
    case("randn_like", X, dtype=torch.float64, grad=False)
    case("randint_like", X, 5, grad=False)
    case("normal", 0.5, 2.0, (3,))
    case("normal", X, POSITIVE, grad=False)
    case("normal", X, 0.5, grad=False)
    case("bernoulli", POSITIVE, grad=False)
    case("bernoulli", POSITIVE, 0.3, grad=False)
    case("multinomial", POSITIVE, 2, grad=False)
    case("multinomial", POSITIVE, 6, replacement=True, grad=False)
    case("poisson", POSITIVE * 5, grad=False)
    case("dropout", X, 0.5, True)
    case("nn.functional.dropout", X, 0.3)
    case("nn.functional.dropout2d", normal(2, 3, 2, 2), 0.5)
    case("nn.functional.alpha_dropout", X, 0.2, training=True)
    case("nn.functional.rrelu", X, training=True)
    case("Tensor.uniform_", X, -1, 1)
    case("Tensor.normal_", X, 1.0, 2.0)
    case("Tensor.exponential_", X, grad=False)
    case("Tensor.bernoulli_", X, 0.3)
    case("Tensor.random_", INTEGERS, 0, 7)
    case("Tensor.geometric_", X, 0.5, grad=False)
    case("Tensor.cauchy_", X, grad=False)
    case("Tensor.log_normal_", X, grad=False)


def products():
    wide = normal(4, 5)
    case("matmul", X, wide)
    case("matmul", CUBE, wide)
    case("matmul", X, ROW)
    case("mm", X, wide)
    case("mm", INTEGERS, INTEGERS.T.contiguous())
    case("bmm", CUBE, normal(2, 4, 2))
    case("mv", X, ROW)
    case("dot", ROW, normal(4))
    case("vdot", complexes(4), complexes(4))
    case("inner", X, Y)
    case("outer", ROW, normal(3))
    case("ger", ROW, normal(3))
    case("addmm", normal(3, 5), X, wide)
    case("addmm", normal(5), X, wide, beta=0.5, alpha=2)
    case("addmv", normal(3), X, ROW)
    case("addr", X, normal(3), ROW)
    case("baddbmm", normal(2, 3, 2), CUBE, normal(2, 4, 2), alpha=0.5)
    case("addbmm", normal(3, 2), CUBE, normal(2, 4, 2))
    case("kron", X, normal(2, 2))
    case("chain_matmul", X, wide, normal(5, 2))
    case("tensordot", CUBE, normal(4, 3), 1)
    case("tensordot", CUBE, normal(3, 4, 2))
    case("tensordot", CUBE, normal(4, 2, 3), dims=([0, 2], [1, 0]))
    case("einsum", "ij,jk->ik", X, wide)
    case("einsum", "ii", SQUARE)
    case("einsum", "...ij->...ji", CUBE)
    case("einsum", "bij,bjk,bk->bi", CUBE, normal(2, 4, 3), normal(2, 3))
    case("einsum", X, [0, 1], wide, [1, 2], [0, 2])
    case("einsum", CUBE, [..., 0, 1], wide, [1, 2])
    case("matrix_power", SQUARE, 3)
    case("matrix_exp", SQUARE, tolerance=1e-5)
    case("nn.functional.linear", X, normal(5, 4), normal(5))
    case("bilinear", normal(2, 3), normal(2, 4), normal(5, 3, 4), normal(5))


def linalg():
    def plain(name, *args, **kwargs):
        case(name, *args, **{"tolerance": 1e-4, "exact": False, **kwargs})

    def run(name, *args, **kwargs):
        plain(f"linalg.{name}", *args, **kwargs)

    run("norm", X)
    run("norm", X, ord=2)
    run("norm", X, "nuc")
    run("norm", X, 1, dim=1, keepdim=True)
    run("vector_norm", X, 3)
    run("vector_norm", X, ord=math.inf, dim=0)
    run("matrix_norm", CUBE)
    run("matrix_norm", CUBE, ord=1)
    run("inv", SQUARE)
    plain("inverse", SQUARE)
    run("pinv", X)
    run("solve", SQUARE, normal(4, 2))
    run("solve", BATCH, normal(2, 3))
    run("lstsq", normal(5, 3), normal(5, 2), grad=False)
    run("det", SQUARE)
    plain("det", BATCH)
    plain("logdet", DEFINITE)
    run("slogdet", SQUARE)
    plain("slogdet", SQUARE)
    run("matrix_rank", SQUARE, grad=False)
    run("cond", SQUARE)
    run("svdvals", X)
    run("svd", X, unique=False)
    run("svd", X, full_matrices=False, unique=False)
    plain("svd", X, unique=False)
    run("eigh", DEFINITE, unique=False)
    run("eigvalsh", DEFINITE)
    run("eigvals", SQUARE, grad=False, unique=False)
    run("eig", SQUARE, grad=False, unique=False)
    run("qr", normal(4, 3), unique=False)
    run("qr", normal(4, 3), mode="r", grad=False, unique=False)
    plain("qr", normal(4, 3), unique=False)
    run("cholesky", DEFINITE)
    plain("cholesky", DEFINITE)
    run("cholesky", DEFINITE, upper=True)
    plain("cholesky_solve", normal(4, 2), torch.linalg.cholesky(DEFINITE))
    run("lu", SQUARE)
    run("lu_factor", SQUARE)
    plain("lu", SQUARE)
    plain("lu", SQUARE, get_infos=True)
    run("solve_triangular", SQUARE.tril().contiguous(), normal(4, 2), upper=False)
    plain("triangular_solve", normal(4, 2), SQUARE.triu().contiguous())
    run("matrix_power", SQUARE, -2, tolerance=1e-3)
    run("multi_dot", [X, normal(4, 5), normal(5, 2)])
    run("cross", BATCH, normal(2, 3, 3))
    run("diagonal", CUBE)
    run("vecdot", X, Y)
    run("householder_product", normal(4, 3), normal(3))
    plain("svd_lowrank", X, q=2, unique=False, grad=False)
    plain("pca_lowrank", X, 2, unique=False, grad=False)


def spectral():
    signal = normal(2, 8)
    for name in "fft ifft rfft hfft ihfft fft2 ifft2 fftn ifftn rfft2 rfftn".split():
        case(f"fft.{name}", signal)
    case("fft.fft", signal, 6, norm="ortho")
    case("fft.fft", complexes(2, 4), dim=0)
    case("fft.irfft", complexes(2, 5))
    case("fft.irfft", complexes(2, 5), n=8, norm="forward")
    case("fft.irfft2", complexes(3, 3), s=(3, 4))
    case("fft.irfftn", complexes(3, 3))
    case("fft.fftfreq", 5, 0.1)
    case("fft.rfftfreq", 5)
    case("fft.fftshift", X)
    case("fft.ifftshift", X, dim=1)
    wave = normal(2, 32)
    window = torch.hann_window(8)
    case("stft", wave, 8, 4, window=window, return_complex=True)
    case("stft", wave[0].contiguous(), 8, window=window, center=False, return_complex=True)
    case("stft", wave, 8, 2, 6, torch.ones(6), True, "constant", True, False, True)
    spectrum = torch.stft(wave, 8, 4, window=window, return_complex=True)
    case("istft", spectrum, 8, 4, window=window)
    case("istft", spectrum, 8, 4, window=window, length=30)


def special():
    for name in "erf expit log1p exp2 digamma gammaln i0e i1 entr ndtr psi sinc".split():
        case(f"special.{name}", POSITIVE)
    case("special.bessel_j0", X, grad=False)
    case("special.zeta", POSITIVE + 2, POSITIVE, grad=False)
    case("special.xlog1py", POSITIVE, POSITIVE)
    case("special.logsumexp", X, 1)
    case("special.softmax", X, 1)
    case("special.ndtri", POSITIVE)
    case("special.polygamma", 2, POSITIVE)
    case("special.gammainc", POSITIVE + 1, POSITIVE, grad=False)
    case("gammainc" if hasattr(torch, "gammainc") else "igamma", POSITIVE, POSITIVE, grad=False)


def layers():
    def run(name, *args, **kwargs):
        case(f"nn.functional.{name}", *args, **{"tolerance": 1e-5, **kwargs})

    image = normal(2, 3, 6, 6)
    run("conv1d", normal(2, 3, 8), normal(4, 3, 3), normal(4), padding=1)
    run("conv2d", image, normal(4, 3, 3, 3), normal(4), stride=2, padding=1)
    run("conv2d", image, normal(3, 1, 3, 3), groups=3)
    run("conv2d", image, normal(2, 3, 2, 2), padding="same")
    run("conv3d", normal(1, 2, 4, 4, 4), normal(2, 2, 2, 2, 2))
    run("conv_transpose2d", image, normal(3, 2, 2, 2), stride=2)
    case("conv2d", image, normal(2, 3, 3, 3), None, 1, 1, tolerance=1e-5)
    run("max_pool2d", image, 2)
    run("max_pool2d", image, 3, stride=1, padding=1)
    run("max_pool1d", normal(2, 3, 8), 2)
    run("max_pool2d", image, 2, return_indices=True)
    run("avg_pool2d", image, 2)
    run("avg_pool1d", normal(2, 3, 8), 3, stride=1)
    run("adaptive_avg_pool2d", image, (2, 3))
    run("adaptive_max_pool2d", image, 2)
    run("batch_norm", image, torch.zeros(3), torch.ones(3), grad=False)
    run("layer_norm", X, (4,), ROW, normal(4))
    run("group_norm", normal(2, 4, 3), 2)
    run("rms_norm", X, (4,))
    run("softmax", X, dim=1)
    run("log_softmax", X, 1)
    run("gumbel_softmax", X, hard=False)
    labels = torch.tensor([1, 0, 3])
    run("cross_entropy", X, labels)
    run("cross_entropy", X, labels, label_smoothing=0.1, reduction="sum")
    run("nll_loss", torch.log_softmax(X, 1), labels, ignore_index=0)
    run("mse_loss", X, Y)
    run("l1_loss", X, Y, reduction="none")
    run("smooth_l1_loss", X, Y, beta=0.5)
    run("huber_loss", X, Y)
    run("binary_cross_entropy", POSITIVE, MASK.float())
    run("binary_cross_entropy_with_logits", X, MASK.float())
    run("kl_div", torch.log_softmax(X, 1), torch.softmax(Y, 1), reduction="batchmean")
    run("embedding", torch.tensor([[0, 2], [1, 1]]), X)
    run("pad", X, (1, 2), value=0.5)
    run("pad", image, (1, 1, 2, 2), "reflect")
    case("constant_pad_nd", X, (1, 1), 2.0)
    case("cosine_similarity", X, Y, dim=1)
    case("pairwise_distance", X, Y)
    case("layer_norm", X, (4,))
    case("max_pool2d", image, 2)
    case("avg_pool1d", normal(1, 2, 6), 2)
    case("channel_shuffle", normal(1, 4, 2, 2), 2)


def in_place():
    for name in "abs_ neg_ exp_ tanh_ sigmoid_ relu_ floor_ round_ zero_ sin_ square_".split():
        case(f"Tensor.{name}", X)
    for name in "sqrt_ log_ rsqrt_ reciprocal_".split():
        case(f"Tensor.{name}", POSITIVE)
    for name in "add_ sub_ mul_ div_ copy_ maximum_".split():
        if hasattr(torch.Tensor, name):
            case(f"Tensor.{name}", X, Y)
    for name in "add_ mul_ sub_ div_ pow_ fill_ remainder_".split():
        case(f"Tensor.{name}", X, 2)
    case("Tensor.add_", X, ROW, alpha=0.5)
    case("Tensor.addcmul_", X, Y, POSITIVE, value=0.1)
    case("Tensor.addcdiv_", X, Y, POSITIVE)
    case("Tensor.lerp_", X, Y, 0.3)
    case("Tensor.clamp_", X, -0.2, 0.2)
    case("Tensor.clamp_min_", X, 0)
    case("Tensor.masked_fill_", X, MASK, -1)
    case("Tensor.scatter_", X, 0, torch.tensor([[0, 1, 2, 0]]), 9)
    case("Tensor.scatter_add_", X, 0, torch.tensor([[0, 1, 2, 0]]), Y[:1].contiguous())
    case("Tensor.index_add_", X, 0, torch.tensor([0, 0]), PAIR)
    case("Tensor.index_copy_", X, 0, torch.tensor([2, 0]), PAIR)
    case("Tensor.fill_diagonal_", X, 7)
    case("Tensor.tril_", X)
    case("Tensor.cumsum_", X, 0)
    case("Tensor.unsqueeze_", X, 0)
    case("Tensor.squeeze_", COLUMN)
    case("Tensor.transpose_", X, 0, 1)
    case("Tensor.t_", X)
    case("Tensor.addmm_", normal(3, 3), X, normal(4, 3))
    case("Tensor.eq_", X, Y, grad=False)
    case("Tensor.logical_not_", MASK)
    case("relu_", X)
    case("nn.functional.relu", X)


def into_out():
    case("add", X, Y, out=out(torch.float32), grad=False)
    case("mm", X, normal(4, 2), out=out(torch.float32), grad=False)
    case("max", X, 1, out=out(torch.float32, torch.int64), grad=False)
    case("sort", X, out=out(torch.float32, torch.int64), grad=False)
    case("sum", X, 1, out=out(torch.float32), grad=False)
    case("cat", [X, Y], 1, out=out(torch.float32), grad=False)
    case("arange", 4, out=out(torch.int64))
    case("eq", X, Y, out=out(torch.bool), grad=False)
    case("nonzero", MASK, out=out(torch.int64))
    case("linalg.inv", SQUARE, out=out(torch.float32), grad=False, tolerance=1e-4, exact=False)
    case("norm", X, 2, 1, out=out(torch.float32), grad=False)
    case("clamp", X, 0, 1, out=out(torch.float32), grad=False)
    case("randn", 3, out=out(torch.float32))
    case("tensordot", X, SQUARE, dims=1, out=out(torch.float32), grad=False)


def main():
    torch.set_num_threads(1)
    warnings.filterwarnings("ignore")
    groups = [
        unary, binary, reductions, sorting, indexing, shapes, creation, random, products, linalg,
        spectral, special, layers, in_place, into_out,
    ]  # fmt: skip
    for group in groups:
        group()
    record.write(os.path.join(FOLDER, "operators.json"), SEED, cases)
    print(f"{len(cases)} cases of {len({row['name'] for row in cases})} operators")


if __name__ == "__main__":
    main()
