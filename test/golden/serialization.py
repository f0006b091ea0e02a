"""Writes the files of serialization/ with torch.save, and in serialization.json what they hold.

Run: python test/golden/serialization.py
     python test/golden/serialization.py --describe FILE    (prints what a file holds, as JSON)
"""

import argparse
import base64
import hashlib
import json
import math
import os
import sys
import warnings
from collections import Counter, OrderedDict
from pathlib import Path

import torch
from torch import nn

SEED = 0
FOLDER = Path(__file__).with_suffix('')
LARGE = 256

warnings.filterwarnings('ignore')


class Describer:
    """Says in JSON what a value is; test/unit/serialization.test.ts has the same in TypeScript."""

    def __init__(self):
        self.storages = {}

    def describe(self, value):
        if isinstance(value, torch.Tensor):
            return {'tensor': self.tensor(value)}
        if isinstance(value, (bool, str)) or value is None:
            return value
        if isinstance(value, int):
            return value if abs(value) < 2**53 else {'bigint': str(value)}
        if isinstance(value, float):
            return value if math.isfinite(value) else {'float': str(value)}
        if isinstance(value, complex):
            return {'complex': [value.real, value.imag]}
        if isinstance(value, dict):
            return {'dict': [[self.describe(k), self.describe(v)] for k, v in value.items()]}
        if isinstance(value, (list, tuple)):
            return {'list': [self.describe(item) for item in value]}
        if isinstance(value, (set, frozenset)):
            return {'set': sorted(value)}
        if isinstance(value, (bytes, bytearray)):
            return {'bytes': value.hex()}
        return {type(value).__name__: str(value)}

    def tensor(self, tensor):
        if tensor.is_nested:
            return {'nested': [self.tensor(part) for part in tensor.unbind()]}
        said = {
            'dtype': str(tensor.dtype)[6:],
            'layout': str(tensor.layout)[6:],
            'device': str(tensor.device),
            'shape': list(tensor.shape),
            'requiresGrad': tensor.requires_grad,
            'parameter': isinstance(tensor, nn.Parameter),
        }
        dense = tensor.detach()
        if tensor.is_quantized:
            scheme = str(tensor.qscheme())[6:]
            said['qscheme'] = scheme
            if scheme == 'per_tensor_affine':
                said['quantizer'] = [tensor.q_scale(), tensor.q_zero_point()]
            else:
                parts = [tensor.q_per_channel_scales(), tensor.q_per_channel_zero_points()]
                said['quantizer'] = [*[part.tolist() for part in parts], tensor.q_per_channel_axis()]
            said['integers'] = tensor.int_repr().tolist()
            return said
        if tensor.layout == torch.strided:
            said['stride'] = list(tensor.stride())
            said['offset'] = tensor.storage_offset()
        else:
            dense = dense.to_dense()
        if tensor.device.type == 'meta':
            return said
        if tensor.layout == torch.strided:
            identity = tensor.untyped_storage()._cdata
            said['storage'] = self.storages.setdefault(identity, len(self.storages))
            said['bits'] = [tensor.is_conj(), tensor.is_neg()]
        flat = torch.empty(dense.numel(), dtype=dense.dtype).copy_(dense.reshape(-1))
        raw = bytes(flat.view(torch.uint8).tolist()) if flat.numel() else b''
        large = len(raw) > LARGE
        said['data'] = hashlib.sha256(raw).hexdigest() if large else base64.b64encode(raw).decode()
        return said


def lenet():
    sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', '..', 'bench', 'python'))
    from lenet import LeNet

    torch.manual_seed(SEED)
    return LeNet().state_dict()


def dtypes():
    names = ('uint8 int8 int16 int32 int64 uint16 uint32 uint64 float16 bfloat16 float32 float64 '
             'complex32 complex64 complex128 bool float8_e5m2 float8_e4m3fn').split()
    values = torch.tensor([[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]])
    return {name: values.to(getattr(torch, name)) for name in names}


def views():
    base = torch.arange(24.0).view(4, 6)
    shared = base[1]
    return {
        'row': shared,
        'base': base,
        'row again': shared,
        'transposed': base.t(),
        'part': base[1:3, ::2],
        'expanded': base[:1, :1].expand(3, 2),
        'flat': base.view(-1),
        'other': torch.ones(2),
        'scalar': torch.tensor(2.5),
        'scalar of base': base[2, 3],
        'empty': torch.empty(0),
        'empty matrix': torch.empty(0, 3),
        'channels last': torch.arange(24.0).view(1, 2, 3, 4).to(memory_format=torch.channels_last),
        'list': [base, base.double()],
    }


def parameters():
    weight = nn.Parameter(torch.ones(2, 3))
    return OrderedDict(
        weight=weight,
        frozen=nn.Parameter(torch.zeros(2), requires_grad=False),
        tied=weight,
        leaf=torch.full((2,), 3.0, requires_grad=True),
        complex=nn.Parameter(torch.tensor([1 + 2j])),
    )


def optimizers():
    torch.manual_seed(SEED)
    model = nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2))
    sgd = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=1e-4)
    adam = torch.optim.Adam(model.parameters())
    for _ in range(2):
        model(torch.randn(4, 3)).pow(2).sum().backward()
        sgd.step()
        adam.step()
    return {
        'model': model.state_dict(),
        'sgd': sgd.state_dict(),
        'adam': adam.state_dict(),
        'epoch': 2,
        'best': 0.5,
    }


def containers():
    shared = [1, 2]
    return {
        'integers': [0, 1, -1, 255, 256, 65535, 65536, -(2**31), 2**31, 2**53 - 1],
        'large integers': [2**53, -(2**63), 2**64, 2**200],
        'floats': [0.5, -0.1, 1e300, 5e-324, math.inf, -math.inf, math.nan],
        'text': ['', 'ascii', 'größer', '日本', '😀', 'line\nfeed', 'a' * 300],
        'constants': [True, False, None],
        'tuples': [(), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4)],
        'size': torch.Size([2, 3]),
        'nested': {'a': {'b': {'c': [[], {}]}}},
        'by number': {0: 'zero', 1: {'x': 1}, 12: None},
        'by anything': {'a': 1, 2: 'b', (3, 4): 'c', None: 'd', True: 'e'},
        'ordered': OrderedDict([('z', 1), ('a', 2)]),
        'counter': Counter('aab'),
        'shared': [shared, shared],
        'set': {1, 2, 3},
        'empty set': set(),
        'bytes': bytes(range(256)),
        'bytearray': bytearray(b'ab'),
        'complex': [1 + 2j, complex(0, -0.5)],
        'dtype': [torch.float32, torch.bfloat16],
        'device': [torch.device('cpu'), torch.device('cuda', 1)],
        '__proto__': {'polluted': True},
        'constructor': 1,
    }


def batches():
    # Longer than what Python writes between a mark and its end.
    return {'list': list(range(1200)), 'dict': {f'key {i}': i for i in range(1001)}}


def oddities():
    complex_ = torch.tensor([1 + 2j, 3 - 4j])
    matrix = torch.tensor([[0.0, 1.0, 0.0], [2.0, 0.0, 3.0]])
    return {
        'complex': complex_,
        'conjugate': complex_.conj(),
        'negative': torch.tensor([5 + 6j]).conj().imag,
        'sparse': matrix.to_sparse(),
        'sparse rows': matrix.to_sparse_csr(),
        'sparse columns': matrix.to_sparse_csc(),
        'meta': torch.empty(2, 3, device='meta', dtype=torch.float16),
        'storage': torch.tensor([1.0, 2.0]).untyped_storage(),
    }


def kinds():
    torch.manual_seed(SEED)
    matrix = torch.randn(2, 3)
    scales, points = torch.tensor([0.1, 0.25]), torch.tensor([1, 2])
    rows = torch.quantize_per_channel(matrix, scales, points, 0, torch.qint8)
    by_column = torch.quantize_per_channel(matrix.t(), scales, points, 1, torch.quint8)
    return {
        'quantized': torch.quantize_per_tensor(matrix, 0.1, 10, torch.quint8),
        'quantized 32': torch.quantize_per_tensor(matrix, 0.01, -3, torch.qint32),
        'quantized part': torch.quantize_per_tensor(matrix, 0.1, 10, torch.qint8)[1],
        'quantized transposed': torch.quantize_per_tensor(matrix, 0.1, 10, torch.qint8).t(),
        'quantized rows': rows,
        'quantized columns': by_column.contiguous(),
        'nested': torch.nested.nested_tensor([matrix, torch.arange(12.0).view(4, 3)]),
        'blocks': torch.eye(4).to_sparse_bsr((2, 2)),
        'scheme': torch.per_channel_affine,
    }


class Command:
    """What an attacker would put into a file."""

    def __reduce__(self):
        return os.system, ('echo this must never run',)


def write():
    FOLDER.mkdir(exist_ok=True)
    goods = {
        'lenet': lenet(),
        'dtypes': dtypes(),
        'views': views(),
        'parameters': parameters(),
        'optimizers': optimizers(),
        'containers': containers(),
        'batches': batches(),
        'kinds': kinds(),
    }
    described = {}
    for name, value in goods.items():
        torch.save(value, FOLDER / f'{name}.pt')
        described[name] = Describer().describe(value)
    for protocol in (3, 4, 5):
        name = f'protocol-{protocol}'
        value = {'containers': containers(), 'parameters': parameters()}
        torch.save(value, FOLDER / f'{name}.pt', pickle_protocol=protocol)
        described[name] = Describer().describe(value)

    odd = oddities()
    torch.save(odd, FOLDER / 'oddities.pt')
    odd['storage'] = torch.tensor([1.0, 2.0]).view(torch.uint8)
    described['oddities'] = Describer().describe(odd)

    tag = torch.serialization.location_tag
    torch.serialization.location_tag = lambda storage: 'cuda:1'
    torch.save({'x': torch.ones(2), 'y': torch.zeros(3)}, FOLDER / 'cuda.pt')
    torch.serialization.location_tag = tag

    tensor = {'x': torch.ones(2)}
    torch.save(tensor, FOLDER / 'legacy.pt', _use_new_zipfile_serialization=False)
    torch.save({'x': torch.ones(2), 'command': Command()}, FOLDER / 'command.pt')
    torch.save({'arguments': argparse.Namespace(lr=0.1)}, FOLDER / 'namespace.pt')
    torch.jit.save(torch.jit.script(nn.Linear(1, 1)), FOLDER / 'script.pt')
    lines = [f'"{name}": {json.dumps(value)}' for name, value in described.items()]
    files = ',\n'.join(lines)
    text = f'{{"seed": {SEED}, "torch": "{torch.__version__}", "files": {{\n{files}\n}}}}\n'
    Path(__file__).with_suffix('.json').write_text(text)


if __name__ == '__main__':
    parser = argparse.ArgumentParser()
    parser.add_argument('--describe')
    path = parser.parse_args().describe
    if path is None:
        write()
    else:
        value = torch.load(path, weights_only=True)
        print(json.dumps(Describer().describe(value)))
