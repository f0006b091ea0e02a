"""Writes indexing.json: what PyTorch answers for x[...] and x[...] = value.

    python test/golden/indexing.py

`text` is the index as Python spells it, where it holds no tensors and no lists; `index` are its
items. A case with `value` assigns. Gradients are those of x, and of the value where it has one.
"""

import os
import sys
import warnings

import numpy as np
import torch

sys.path.insert(0, os.path.dirname(__file__))
from recording import Recorder, gradients  # noqa: E402

SEED = 20250102
FOLDER = os.path.dirname(os.path.abspath(__file__))

record = Recorder()
cases = []
generator = torch.Generator().manual_seed(SEED)


def normal(*shape):
    return torch.randn(shape, generator=generator)


X = normal(3, 4, 5)
MATRIX = normal(4, 4)
VECTOR = normal(6)
SCALAR = torch.tensor(2.5)
INTEGERS = torch.arange(12).view(3, 4)
BOOLEANS = torch.tensor([[True, False, True], [False, False, True]])
EMPTY = torch.zeros(0, 4)
MASK3 = torch.tensor([True, False, True])
MASK34 = torch.rand(3, 4, generator=generator) > 0.5
MASK345 = torch.rand(3, 4, 5, generator=generator) > 0.5
NOTHING = torch.zeros(3, 4, dtype=torch.bool)


def spelled(item):
    """Python's spelling of an index without tensors, as sconce takes it in a string."""
    if item is Ellipsis:
        return "..."
    if item is None or isinstance(item, (bool, int)):
        return str(item)
    if isinstance(item, slice):
        parts = ["" if part is None else str(part) for part in (item.start, item.stop)]
        step = [] if item.step is None else [str(item.step)]
        return ":".join(parts + step)
    return None


def case(x, index, *value, grad=True):
    """x[index], or x[index] = value."""
    items = index if isinstance(index, tuple) else (index,)
    row = {"x": record(x), "index": record(list(items))}
    texts = [spelled(item) for item in items]
    if None not in texts:
        row["text"] = ", ".join(texts)
    differentiable = grad and x.is_floating_point()
    leaves = [x.clone().requires_grad_(differentiable)]
    if value:
        row["value"] = record(value[0])
        given = value[0]
        if isinstance(given, torch.Tensor) and given.is_floating_point() and differentiable:
            given = given.clone().requires_grad_()
            leaves.append(given)
    try:
        if value:
            result = leaves[0].clone()
            result[index] = given
        else:
            result = leaves[0][index]
    except (IndexError, RuntimeError, ValueError, TypeError) as error:
        row["error"] = type(error).__name__
    else:
        row["result"] = record(result)
        if differentiable:
            row["gradients"] = record(gradients([result], leaves))
    cases.append(row)


def plain_items(x):
    """Indices without tensors, of something of three dimensions."""
    s = slice
    for index in [
        0, 2, -1, -3, (0,), (1, 2), (-1, -1, -1), (0, 1, 2), s(None), s(1, None), s(None, 2),
        s(1, 2), s(-2, None), s(None, -1), s(None, None, 2), s(1, None, 2), s(0, 100), s(-100, 2),
        s(5, 9), s(2, 1), (s(None), 0), (s(None), -1), (s(None), s(1, 3)), (s(None), s(None), 0),
        (s(None), s(None, None, 2), s(1, None, 3)), (0, s(1, None)), (0, s(None), 2),
        (s(0, 1), s(0, 1), s(0, 1)), Ellipsis, (Ellipsis, 0), (0, Ellipsis), (0, Ellipsis, 1),
        (Ellipsis, s(1, 3)), (Ellipsis, s(None, None, 2)), (s(None), Ellipsis, -1), None,
        (None, 0), (0, None), (s(None), None), (Ellipsis, None), (None, Ellipsis, None),
        (0, None, s(None), None, 1), True, False, (True, 0), (s(None), True), (None, None),
        (0, 1, 2, Ellipsis), (s(1, 3), None, s(None, None, 3), Ellipsis, 0),
    ]:  # fmt: skip
        yield index


def tensor_items():
    """Indices with lists, masks and index tensors."""
    s = slice
    rows, columns = torch.tensor([2, 0]), torch.tensor([1, 3])
    grid = torch.tensor([[0, 2], [1, 1]])
    for index in [
        [0, 2], [-1, 0, 0], ([0, 2], 1), (s(None), [3, 1]), ([0, 1], [1, 2]), (s(None), [0], [1, 2]),
        ([True, False, True],), ([True, False, True], 0), ([0, 2], s(1, 3)), (Ellipsis, [4, 0]),
        rows, (rows,), (rows, columns), (rows, 1), (1, columns), (s(None), columns),
        (s(None), columns, 0), (s(None), rows, columns), (rows, s(None), columns),
        (rows, s(1, 3), columns), (Ellipsis, columns), (rows, None, columns), (None, rows),
        (rows, Ellipsis), grid, (s(None), grid), (grid, grid), (rows[:, None], columns),
        (rows.int(), columns), (-rows,), torch.tensor(1), (torch.tensor(0), s(None), rows),
        torch.tensor([], dtype=torch.int64), (rows, columns, torch.tensor([4, 4])),
        MASK3, MASK34, MASK345, (MASK3, 0), (MASK3, s(1, 3)), (MASK34, 0), (s(None), MASK34[0]),
        (0, MASK34[1]), (MASK3, columns), (MASK34, torch.tensor([0])), (None, MASK34), NOTHING,
        (Ellipsis, MASK34[0], 2), (s(0, 2), columns, s(None, None, 2)), (True, rows),
    ]:  # fmt: skip
        yield index


def gets():
    for index in [*plain_items(X), *tensor_items()]:
        case(X, index)
    for index in [(), Ellipsis, None, True, False]:
        case(SCALAR, index)
    for index in [0, slice(None, None, 2), VECTOR > 0, [5, 5, 0]]:
        case(VECTOR, index)
    for index in [1, (slice(None), slice(1, 3)), INTEGERS > 5, (torch.tensor([0, 2]), -1)]:
        case(INTEGERS, index)
    for index in [0, (Ellipsis, 1), BOOLEANS]:
        case(BOOLEANS, index)
    case(EMPTY, (slice(None), 0))
    case(EMPTY, torch.tensor([], dtype=torch.int64))
    case(torch.complex(MATRIX, MATRIX), (0, slice(1, 3)))


def sets():
    for position, index in enumerate([*plain_items(X), *tensor_items()]):
        shape = X[index].shape
        values = [0.5, normal(*shape), SCALAR]
        case(X, index, values[position % 3])
    # Values that are broadcast.
    case(X, slice(None), normal(5))
    case(X, (slice(None), 0), normal(3, 1))
    case(X, (Ellipsis, 0), normal(4))
    case(X, 1, normal(1, 4, 5))
    case(X, MASK3, normal(4, 5))
    case(X, MASK34, normal(5))
    case(X, (torch.tensor([0, 1]), torch.tensor([1, 2])), normal(2, 1))
    # Values of other dtypes.
    case(INTEGERS, 0, 7)
    case(INTEGERS, 0, 2.75)
    case(INTEGERS, INTEGERS > 5, -1)
    case(INTEGERS, (slice(None), [0, 1]), torch.tensor([8, 9]))
    case(INTEGERS, 1, normal(4) * 10)
    case(MATRIX, 0, torch.arange(4))
    case(MATRIX, (slice(None), 1), True)
    case(BOOLEANS, 0, True)
    case(BOOLEANS, BOOLEANS, False)
    case(BOOLEANS, (slice(None), 1), torch.tensor([True, False]))
    case(MATRIX, MATRIX > 0, float("inf"))
    case(SCALAR, Ellipsis, 1.5)
    case(SCALAR, (), 1.5)
    case(VECTOR, slice(1, None, 2), normal(3))
    case(VECTOR, [0, 0, 1], 9.0)


def errors():
    for index in [
        3, -4, (0, 4), (0, 0, 0, 0), (Ellipsis, Ellipsis), slice(None, None, -1),
        slice(None, None, 0), torch.tensor([3]), torch.tensor([0.5]), MASK34[0],
        (torch.tensor([0, 1]), torch.tensor([0, 1, 2])), [True, False],
    ]:  # fmt: skip
        case(X, index)
        case(X, index, 0.5)
    case(SCALAR, 0)
    case(SCALAR, slice(None))
    case(X, 0, normal(3))
    case(X, MASK3, normal(3, 5))


def rarities():
    """What else Python takes: nested lists, NumPy's arrays, integers of every kind, 0-d tensors."""
    s = slice
    small = MATRIX[:3]
    for index in [
        ([[0, 1], [1, 2]],), (s(None), [[0, 1], [1, 3]]), ([[0], [2]], [1, 3]), ([[True, False, True, True]] * 3,),
        [True, 2], [True, False, 2], ([],), ([[]],), ([], 0), (s(None), []), ([[[0, 1]], [[2, 0]]],),
        ([torch.tensor(0), 1],), ([2, torch.tensor(-1)], s(1, None)),
        np.array([0, 2]), np.array([0, -1], dtype=np.int32), np.array([1, 0], dtype=np.int16),
        np.array([2, 0], dtype=np.int8), np.array([1, 0, 1], dtype=np.uint8), np.array([], dtype=np.int64),
        (s(None), np.array([3, 0])), (np.array([0, 1]), np.array([2, 2], dtype=np.int32)), (1, np.array([0, 0])),
        (np.array([0, 2]), None, s(None, None, 2)), (np.array([0, 1]), torch.tensor([1, 2])),
        torch.tensor(1, dtype=torch.uint8), torch.tensor(True), torch.tensor(False),
        torch.tensor(2, dtype=torch.int8), torch.tensor(-1, dtype=torch.int16), torch.tensor(1, dtype=torch.int32),
        (torch.tensor(True), 0), (0, torch.tensor(False)), (torch.tensor(1), torch.tensor(2)),
        torch.tensor([1, 0, 1], dtype=torch.uint8), (s(None), torch.tensor([1, 0, 0, 1], dtype=torch.uint8)),
        torch.tensor([2, 0], dtype=torch.int32), (True, True), (True, False), ([0, 1], True), (s(None), True, [0, 1]),
        (Ellipsis, [0, 1], None), ([0, 1], None, [1, 0]), (None, [0, 1], None, [1, 0]), (None, None, None),
        (s(None), [[0, 1]], [1] if False else None), (False, 0), (Ellipsis, True), (None, True, None),
        (s(0, 0),), (s(3, None),), (s(-100, 100, 3),), (s(0, 2, 100),), (Ellipsis, s(0, 0)), (s(2**40),),
        (s(-(2**40), 2**40),),
    ]:  # fmt: skip
        case(small, index)
        try:
            shape = small[index].shape
        except (IndexError, TypeError):
            continue
        case(small, index, normal(*shape))
    for x in (MATRIX.to(torch.complex64) * 1j, MATRIX.half(), MATRIX.bfloat16(), MATRIX > 0, MATRIX.double(),
              (MATRIX * 10).to(torch.int16), (MATRIX * 10).abs().to(torch.uint8)):
        for index in [1, (s(None), s(None, None, 2)), torch.tensor([3, 0]), (Ellipsis, None, 0), MATRIX > 0]:
            case(x, index)
            case(x, index, x.flatten()[0])
    for index in [torch.tensor([1, 0], dtype=torch.int8), torch.tensor([1, 0], dtype=torch.int16),
                  torch.tensor([1j]), (0, 0, 0), torch.zeros(0, dtype=torch.bool), torch.tensor([-5]), (s(None), [4]),
                  ([0, 1, 2], [0, 1]), (Ellipsis, 0, Ellipsis), [-5], np.array([9])]:  # fmt: skip
        case(small, index)
        case(small, index, 1.0)


def random_index(x):
    """An index of x, of any mixture of items: slices, numbers, lists, tensors, masks, None and `...`."""

    def draw(low, high):
        return int(torch.randint(low, high, (), generator=generator))

    def bound(size):
        return None if draw(0, 3) == 0 else draw(-size - 1, size + 2)

    advanced = [draw(1, 4)] if draw(0, 2) else [draw(1, 3), draw(1, 4)]
    items, dim, dots = [], 0, False
    while dim < x.dim() and draw(0, 6) > 0:
        size, kind = x.shape[dim], draw(0, 16)
        if kind < 4:
            items.append(draw(-size, size))
        elif kind < 8:
            items.append(slice(bound(size), bound(size), None if draw(0, 2) else draw(1, 4)))
        elif kind < 10:
            shape = advanced if draw(0, 2) else [1] * len(advanced)
            items.append(torch.randint(-size, size, shape, generator=generator))
        elif kind == 10:
            items.append([draw(-size, size) for _ in range(advanced[-1])])
        elif kind == 11:
            mask = torch.zeros(size, dtype=torch.bool)
            mask[torch.randperm(size, generator=generator)[: min(size, advanced[-1])]] = True
            items.append(mask)
        elif kind == 12 and dim + 1 < x.dim():
            pair = x.shape[dim : dim + 2]
            mask = torch.zeros(pair.numel(), dtype=torch.bool)
            mask[torch.randperm(pair.numel(), generator=generator)[: advanced[-1]]] = True
            items.append(mask.view(pair))
            dim += 1
        elif kind == 13:
            items.append(np.array([draw(-size, size) for _ in range(advanced[-1])], dtype=np.int32))
        elif kind == 14 and not dots:
            items.append(Ellipsis)
            dots = True
            dim += draw(0, 2) - 1
        else:
            items.append(None if draw(0, 3) else bool(draw(0, 4)))
            dim -= 1
        dim += 1
    return tuple(items)


def mixtures():
    tensors = [normal(2, 3, 2, 3), normal(4, 3, 2), normal(3, 5), normal(7)]
    for i in range(120):
        x = tensors[i % len(tensors)]
        index = random_index(x)
        if i % 2 == 0:
            case(x, index)
            continue
        try:
            shape = x[index].shape
        except IndexError:
            shape = ()
        case(x, index, normal(*shape[i % 3 // 2 :]) if i % 5 else 1.5)


def main():
    torch.set_num_threads(1)
    warnings.filterwarnings("ignore")
    for group in (gets, sets, errors, rarities, mixtures):
        group()
    record.write(os.path.join(FOLDER, "indexing.json"), SEED, cases)
    failed = sum("error" in row for row in cases)
    print(f"{len(cases)} cases, {sum('value' in row for row in cases)} set, {failed} fail")


if __name__ == "__main__":
    main()
