"""Writes tensor.json: what Python says of dtypes, of orders of dimensions and of storages.

Run: python test/golden/tensor.py
"""

import json
import random
import warnings
from pathlib import Path

import torch

SEED = 20261125
warnings.filterwarnings('ignore')
random.seed(SEED)


def limits(info, *names):
    return [getattr(info, name) for name in names]


def dtypes():
    rows = {}
    for name in dir(torch):
        dtype = getattr(torch, name)
        if not isinstance(dtype, torch.dtype) or str(dtype) != f'torch.{name}':
            continue
        row = {'itemsize': dtype.itemsize, 'float': dtype.is_floating_point}
        row['complex'] = dtype.is_complex
        try:
            row['signed'] = dtype.is_signed
        except RuntimeError:
            pass
        try:
            row['finfo'] = limits(torch.finfo(dtype), 'bits', 'eps', 'max', 'min', 'tiny', 'resolution')
        except (TypeError, RuntimeError):
            pass
        try:
            row['iinfo'] = [str(value) for value in limits(torch.iinfo(dtype), 'bits', 'max', 'min')]
        except TypeError:
            pass
        rows[name] = row
    return rows


def order(tensor, check):
    try:
        return list(tensor.dim_order(ambiguity_check=check))
    except RuntimeError:
        return None


def orders():
    rows = []
    formats = [torch.contiguous_format, torch.channels_last]
    for ndim in range(5):
        for _ in range(4 + 6 * ndim):
            shape = [random.choice([1, 2, 3, 4]) for _ in range(ndim)]
            permutation = random.sample(range(ndim), ndim)
            tensor = torch.zeros(shape).permute(permutation)
            if ndim == 4 and random.random() < 0.3:
                tensor = tensor.to(memory_format=torch.channels_last)
            if ndim and random.random() < 0.2:
                tensor = tensor[:1].expand(3, *tensor.shape[1:])
            checks = [order(tensor, check) for check in (False, True, formats)]
            rows.append([list(tensor.shape), list(tensor.stride()), *checks])
    return rows


def placements():
    """set_ from a storage of 24 bytes: the arguments, then sizes, strides, offset and elements."""
    rows = []
    for arguments in [(), (0, (6,)), (2, (2, 2)), (1, (2, 2), (2, 1)), (0, (2, 3), (1, 2)), (5, ()), (0, (0, 2)),
                      (1, (3,), (0,))]:
        for dtype in ('float32', 'int16', 'uint8', 'complex64'):
            storage = torch.arange(24, dtype=torch.uint8).untyped_storage()
            tensor = torch.empty(0, dtype=getattr(torch, dtype)).set_(storage, *arguments)
            if tensor.untyped_storage().nbytes() == 24:
                raw = tensor.contiguous().view(-1).view(torch.uint8).tolist() if tensor.numel() else []
                rows.append([dtype, *arguments, *[None] * (3 - len(arguments)), list(tensor.shape),
                             list(tensor.stride()), tensor.storage_offset(), tensor.untyped_storage().nbytes(), raw[:24]])
    return rows


def autocasts():
    """The dtypes that functions give inside of autocasting, for float32 and for bfloat16 inputs."""
    names = ['mm', 'matmul', 'bmm', 'add', 'mul', 'softmax', 'log_softmax', 'exp', 'relu', 'sum', 'cumsum', 'mse_loss',
             'linear', 'cat', 'stack', 'norm', 'pow', 'addmm', 'layer_norm', 'gelu', 'dist', 'prod']
    rows = []
    for name in names:
        found = []
        for dtype in (torch.float32, torch.bfloat16):
            x = torch.randn(2, 2).to(dtype)
            arguments = {'bmm': (x[None], x[None]), 'softmax': (x, 0), 'log_softmax': (x, 0), 'exp': (x,), 'relu': (x,),
                         'sum': (x,), 'cumsum': (x, 0), 'cat': ([x, x.float()],), 'stack': ([x, x.float()],),
                         'norm': (x,), 'pow': (x, 2), 'addmm': (x, x, x), 'layer_norm': (x, (2,)), 'gelu': (x,),
                         'prod': (x,)}.get(name, (x, x))
            functions = torch if hasattr(torch, name) else torch.nn.functional
            with torch.autocast('cpu', torch.float16 if name == 'mm' and dtype == torch.bfloat16 else None):
                found.append(str(getattr(functions, name)(*arguments).dtype)[6:])
        rows.append([name, *found])
    return rows


golden = {
    'seed': SEED,
    'torch': torch.__version__,
    'dtypes': dtypes(),
    'orders': orders(),
    'placements': placements(),
    'autocasts': autocasts(),
}
lines = []
for key, value in golden.items():
    if isinstance(value, list):
        rows = ',\n'.join(json.dumps(row) for row in value)
        lines.append(f'"{key}": [\n{rows}]')
    elif isinstance(value, dict):
        rows = ',\n'.join(f'"{name}": {json.dumps(row)}' for name, row in value.items())
        lines.append(f'"{key}": {{\n{rows}}}')
    else:
        lines.append(f'"{key}": {json.dumps(value)}')
Path(__file__).with_suffix('.json').write_text('{' + ',\n'.join(lines) + '}\n')
