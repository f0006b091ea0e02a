"""Writes printing.json: tensors, and what Python's repr() prints of each.

Run: python test/golden/printing.py

A case holds a tensor's dtype, shape and raw bytes (base64; none where it is an `arange`), then the
steps that make of it what is printed: methods, in camelCase, with their arguments.
"""

import base64
import json
import math
import re
import warnings
from pathlib import Path

import torch

SEED = 20240613
warnings.filterwarnings('ignore')
cases = []


def snake(name):
    return re.sub(r'[A-Z]', lambda match: '_' + match.group().lower(), name)


def apply(tensor, step):
    name, *arguments = step
    if name == 'requiresGrad':
        return tensor.detach().requires_grad_()
    if name == 'parameter':
        return torch.nn.Parameter(tensor)
    if name == 'meta':
        return tensor.to('meta')
    if name in ('real', 'imag'):
        return getattr(torch, name)(tensor)
    if name == 'to':
        return tensor.to(getattr(torch, arguments[0]))
    if name == 'viewAs':
        return tensor.view(getattr(torch, arguments[0]))
    if name == 'quantize':
        scale, zero_point, dtype = arguments
        return torch.quantize_per_tensor(tensor, scale, zero_point, getattr(torch, dtype))
    if name == 'quantizeChannels':
        scales, points, axis, dtype = arguments
        scales, points = torch.tensor(scales), torch.tensor(points)
        return torch.quantize_per_channel(tensor, scales, points, axis, getattr(torch, dtype))
    if name == 'nest':
        return torch.nested.as_nested_tensor(list(tensor.split(*arguments)))
    if name == 'uncoalesced':
        return torch.sparse_coo_tensor(torch.tensor(arguments), tensor)
    return getattr(tensor, snake(name))(*arguments)


def case(name, tensor, *steps, options=None, default=None):
    if isinstance(tensor, (list, int, float, bool, complex)):
        tensor = torch.tensor(tensor)
    entry = {'name': name, 'dtype': str(tensor.dtype)[6:], 'shape': list(tensor.shape)}
    arange = tensor.dim() == 1 and tensor.dtype == torch.int64 and len(tensor) > 8
    if arange and tensor.equal(torch.arange(len(tensor))):
        entry['arange'] = True
    else:
        flat = tensor.detach().contiguous().reshape(-1)
        raw = bytes(flat.view(torch.uint8).tolist()) if flat.numel() else b''
        entry['data'] = base64.b64encode(raw).decode()
    if steps:
        entry['steps'] = steps
    if options:
        entry['options'] = options
        torch.set_printoptions(**{snake(key): value for key, value in options.items()})
    if default:
        entry['default'] = default
        torch.set_default_dtype(getattr(torch, default))
    for step in steps:
        tensor = apply(tensor, step)
    entry['repr'] = repr(tensor)
    torch.set_printoptions(profile='default')
    torch.set_default_dtype(torch.float32)
    cases.append(entry)


torch.manual_seed(SEED)
inf, nan = math.inf, math.nan
double = torch.float64

# Floating point: the choice between integers, fixed and scientific.
case('scalar', 1.5)
case('scalar whole', 3.0)
case('scalar tiny', 1e-7)
case('scalar huge', 1e20)
case('scalar nan', nan)
case('scalar negative infinity', -inf)
case('scalar negative zero', -0.0)
case('one', [1.0])
case('whole', [1.0, -2.0, 300.0])
case('whole and infinite', [1.0, inf, -inf, nan])
case('whole to the limit', [1e8, 1.0e5])
case('whole over the limit', [1e9, 1.0e7])
case('whole wide', [1.0, 1001.0])
case('whole to a thousand', [1.0, 1000.0])
case('fixed', [0.1, 0.25, -3.75])
case('fixed and infinite', [0.1, inf, -inf, nan, -0.0])
case('ratio to a thousand', [0.5, 500.0])
case('ratio over a thousand', [0.5, 500.5])
case('small to the limit', torch.tensor([1e-4, 2e-4], dtype=double))
case('small over the limit', [9e-5, 2e-4])
case('zeros', torch.zeros(3, 2))
case('negative zeros', [-0.0, 0.0])
case('only infinite', [inf, -inf])
case('only nan', [nan, nan])
case('nan and zero', [nan, 0.0])
case('subnormal', [1e-45, 1e-40])
case('largest', torch.tensor([3.4028234663852886e38, 1.0]))
case('doubles to the edge', torch.tensor([1.7976931348623157e308, 5e-324], dtype=double))
case('ties to even', torch.arange(1, 64, 2).double() / 32)
case('ties in exponents', torch.tensor([100005.0, 1000025e9, 100015.0, 1.0], dtype=double))
case('ties rounding up', torch.tensor([0.99995, 9.99995, 0.03125], dtype=double))
case('large whole doubles', torch.tensor([1e22, 123456789012345678.0], dtype=double))
case('random normal', torch.randn(4, 5))
case('random uniform', torch.rand(3, 7))
case('random wide', torch.randn(5, 4) * torch.logspace(-6, 6, 4))
case('random double', torch.randn(2, 3, dtype=double))
case('log space', torch.logspace(-10, 10, 11))
case('hundreds', torch.randn(3, 3) * 100)

# Dtypes.
for dtype in (torch.float16, torch.bfloat16, torch.float64):
    case(f'{dtype} fixed', torch.randn(2, 3).to(dtype))
    case(f'{dtype} whole', torch.arange(4).to(dtype))
    case(f'{dtype} scalar', torch.tensor(0.1, dtype=dtype))
    case(f'{dtype} odd', torch.tensor([inf, nan, -0.0, 65504.0], dtype=dtype))
for dtype in (torch.float8_e5m2, torch.float8_e4m3fn):
    case(f'{dtype}', torch.tensor([0.1, 1.0, -2.5, 448.0]).to(dtype))
integers = (torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64)
for dtype in (*integers, torch.uint16, torch.uint32, torch.uint64):
    limits = torch.iinfo(dtype)
    case(f'{dtype} limits', torch.tensor([limits.min, 0, limits.max], dtype=dtype))
    case(f'{dtype} scalar', torch.tensor(7, dtype=dtype))
    case(f'{dtype} matrix', torch.tensor([[1, 2], [30, 4]], dtype=dtype))
for dtype in integers:
    case(f'{dtype} random', torch.randint(0, 100, (3, 4), dtype=dtype))
case('negative integers', [-1, 22, -333])
case('beyond doubles', torch.tensor([2**53 + 1, -(2**63)]))
case('bool', [True, False])
case('bool scalar', True)
case('bool matrix', torch.rand(3, 4) > 0.5)
case('all true', torch.ones(2, 2, dtype=torch.bool))

# Complex.
case('complex scalar', 1 + 2j)
case('complex', [1 + 2j, -3.5 - 0.25j])
case('complex whole', [1 + 2j, -3 - 4j])
case('complex zeros', [complex(0.0, -0.0), complex(-0.0, 0.0)])
case('complex odd', [complex(inf, nan), complex(nan, -inf), complex(1, 1)])
case('complex wide', [1e-6 + 2j, 1e6 - 1e-6j])
case('complex random', torch.randn(3, 4, dtype=torch.complex64))
case('complex wrapping', torch.randn(2, 11, dtype=torch.complex64))
case('complex double', torch.randn(2, dtype=torch.complex128))
case('complex half', torch.randn(3, dtype=torch.complex64).to(torch.complex32))
case('complex conjugate', torch.randn(3, dtype=torch.complex64), ['conj'])
case('complex summary', torch.randn(30, 40, dtype=torch.complex64)[:, :34].contiguous())
case('negative view', torch.randn(3, dtype=torch.complex64), ['conj'], ['imag'])

# Empty.
case('empty', torch.empty(0))
case('empty matrix', torch.empty(2, 0))
case('empty cube', torch.empty(0, 3, 4))
case('empty integers', torch.empty(0, dtype=torch.int64))
case('empty bool', torch.empty(0, 2, dtype=torch.bool))
case('empty double', torch.empty(0, dtype=double))
case('empty complex', torch.empty(0, dtype=torch.complex64))
case('empty with gradient', torch.empty(0), ['requiresGrad'])

# Lines, blocks and blank lines.
case('long row', torch.randn(20))
case('long row of integers', torch.arange(100))
case('long row of doubles', torch.arange(30, dtype=double) / 7)
case('long row of bools', torch.arange(40) % 3 == 0)
case('matrix of long rows', torch.randn(2, 25))
case('cube', torch.randn(2, 3, 4))
case('cube of integers', torch.arange(24), ['view', 2, 3, 4])
case('cube of long rows', torch.randn(2, 2, 15))
case('four dimensions', torch.randn(2, 2, 2, 3))
case('five dimensions', torch.arange(32), ['view', 2, 2, 2, 2, 2])
case('six ones', torch.zeros(1, 1, 1, 1, 1, 1))
case('column', torch.randn(5, 1))
case('row matrix', torch.randn(1, 5))
case('to the line', torch.full((13,), 0.5))
case('over the line', torch.full((9,), 10.5))

# Summaries.
case('thousand', torch.arange(1000))
case('thousand and one', torch.arange(1001))
case('summary of floats', torch.randn(1200))
case('summary of a matrix', torch.arange(10000), ['view', 100, 100])
case('summary of scaled', torch.arange(10000), ['view', 100, 100], ['div', 7])
case('summary of rows', torch.arange(5000), ['view', 1000, 5])
case('summary of columns', torch.arange(5000), ['view', 5, 1000])
case('summary of a cube', torch.arange(8000), ['view', 20, 20, 20])
case('summary of a batch', torch.arange(2 * 3 * 28 * 28), ['view', 2, 3, 28, 28], ['div', 1000])
case('summary of five dimensions', torch.arange(16384), ['view', 8, 4, 8, 8, 8])
case('summary hides the largest', torch.arange(100000), ['sub', 50000], ['float'])
case('summary of bools', torch.arange(2000), ['remainder', 2], ['bool'])
case('summary at seven', torch.arange(7 * 7 * 49), ['view', 7, 7, 49])
case('summary of six', torch.arange(6 * 1000), ['view', 6, 1000])
case('summary of long lines', torch.arange(1000000), ['pow', 3], ['view', 1000, 1000])
case('summary with nan', torch.arange(2000), ['float'], ['log'])
case('a large expanded', [0.5], ['expand', 1000, 1000])

# Views.
case('transposed', torch.randn(3, 4), ['t'])
case('selected', torch.randn(3, 4), ['select', 1, 2])
case('narrowed', torch.randn(8, 2), ['narrow', 0, 2, 3])
case('expanded', torch.randn(1, 3), ['expand', 2, 3])
case('summary of a transposed', torch.arange(4000), ['view', 40, 100], ['t'])

# Autograd.
case('leaf', torch.randn(3), ['requiresGrad'])
case('leaf scalar', 2.0, ['requiresGrad'])
case('leaf double', torch.randn(3, dtype=double), ['requiresGrad'])
case('leaf complex', torch.randn(2, dtype=torch.complex64), ['requiresGrad'])
case('leaf half', torch.randn(9, dtype=torch.float16), ['requiresGrad'])
case('leaf matrix', torch.randn(2, 8), ['requiresGrad'])
case('leaf summary', torch.arange(2000), ['float'], ['requiresGrad'])
for step in (['add', 1], ['mul', 2], ['sum'], ['relu'], ['exp'], ['mean'], ['t'], ['pow', 2]):
    case(f'gradient of {step[0]}', torch.randn(2, 3), ['requiresGrad'], step)
case('gradient of view', torch.randn(2, 3), ['requiresGrad'], ['view', 6])
case('gradient of select', torch.randn(2, 3), ['requiresGrad'], ['select', 0, 1])
case('gradient of unbind', torch.randn(10), ['requiresGrad'], ['sigmoid'], ['logSoftmax', 0])
case('gradient on its own line', torch.randn(10, dtype=double), ['requiresGrad'], ['add', 1])
case('detached', torch.randn(2), ['requiresGrad'], ['add', 1], ['detach'])
case('parameter', torch.randn(2, 3), ['parameter'])
case('parameter summary', torch.arange(2000), ['float'], ['parameter'])

# Devices and layouts.
case('meta', torch.randn(2, 3), ['meta'])
case('meta scalar', 1.0, ['meta'])
case('meta integers', torch.arange(9), ['meta'])
case('meta with gradient', torch.randn(3), ['requiresGrad'], ['meta'])
eye = torch.eye(3) * torch.tensor([1.0, 2.5, -3.0])
case('sparse', eye, ['toSparse'])
case('sparse empty', torch.zeros(2, 3), ['toSparse'])
case('sparse integers', torch.eye(4, dtype=torch.int32), ['toSparse'])
case('sparse rows', eye, ['toSparseCsr'])
case('sparse columns', eye, ['toSparseCsc'])

# Options.
sample = torch.randn(3, 4)
case('precision 2', sample, options={'precision': 2})
case('precision 0', sample, options={'precision': 0})
case('precision 8', sample, options={'precision': 8})
case('precision 20', sample[0], options={'precision': 20})
case('scientific', sample, options={'sciMode': True})
case('scientific whole', [1.0, 20.0], options={'sciMode': True})
case('scientific precision 2', sample, options={'sciMode': True, 'precision': 2})
case('scientific zeros', torch.zeros(2), options={'sciMode': True})
case('never scientific', [1e-7, 1e7], options={'sciMode': False})
case('never scientific whole', [1e12, 1.0], options={'sciMode': False})
case('narrow lines', sample, options={'linewidth': 20})
case('narrowest lines', sample, options={'linewidth': 1})
case('wide lines', torch.randn(30), options={'linewidth': 200})
case('narrow lines of gradient', sample, ['requiresGrad'], options={'linewidth': 30})
case('threshold', torch.arange(100), options={'threshold': 50})
case('threshold zero', torch.tensor(5.5), options={'threshold': 0})
case('one at each edge', torch.arange(100), options={'threshold': 50, 'edgeitems': 1})
case('five at each edge', torch.arange(1200), ['view', 30, 40], options={'edgeitems': 5})
case('no edges', torch.arange(2000), ['view', 40, 50], options={'edgeitems': 0})
case('no edges of a row', torch.arange(2000), options={'edgeitems': 0})
case('no edges, no summary', sample, options={'edgeitems': 0})
case('profile short', torch.arange(3000), ['div', 7], options={'profile': 'short'})
case('profile full', torch.arange(1200), ['view', 60, 20], options={'profile': 'full'})
case('profile and option', sample, options={'profile': 'short', 'precision': 3})
case('default double', sample, default='float64')
case('default double of doubles', sample.double(), default='float64')
case('default double of complex', torch.randn(2, dtype=torch.complex128), default='float64')
case('default half', sample.half(), default='float16')

# Quantized.
for dtype in ('quint8', 'qint8', 'qint32'):
    case(f'quantized {dtype}', torch.randn(2, 3), ['quantize', 0.1, 10, dtype])
    case(f'quantized {dtype} row', torch.randn(30), ['quantize', 0.05, 3, dtype])
case('quantized scalar', 1.5, ['quantize', 0.5, 0, 'quint8'])
case('quantized whole', [1.0, 2.0, 30.0], ['quantize', 1.0, 0, 'qint8'])
case('quantized empty', torch.empty(0), ['quantize', 0.1, 10, 'quint8'])
case('quantized empty matrix', torch.empty(0, 3), ['quantize', 0.1, 10, 'quint8'])
case('quantized finely', torch.randn(3), ['quantize', 1e-05, 0, 'qint32'])
case('quantized summary', torch.arange(2000), ['float'], ['quantize', 8.0, 0, 'quint8'])
case('quantized and narrow', torch.randn(2, 3), ['quantize', 0.1, 10, 'quint8'], options={'linewidth': 40})
case('quantized precision', torch.randn(2, 3), ['quantize', 0.1, 10, 'quint8'], options={'precision': 2})
case('quantized view', torch.randn(3, 4), ['quantize', 0.1, 10, 'quint8'], ['t'])
case('quantized integers', torch.randn(4), ['quantize', 0.1, 10, 'quint8'], ['intRepr'])
case('quantized and back', torch.randn(4), ['quantize', 0.1, 10, 'quint8'], ['dequantize'])
channels = ['quantizeChannels', [0.1, 0.25], [1, 2], 0, 'qint8']
case('quantized by channels', torch.randn(2, 3), channels)
case('quantized by columns', torch.randn(3, 2), ['quantizeChannels', [0.1, 0.25], [1, 2], 1, 'quint8'])
case('quantized around fractions', torch.randn(2, 3), ['quantizeChannels', [0.1, 0.25], [1.5, 2.0], 0, 'quint8'])
case('quantized by channels, precision', torch.randn(2, 3), channels, options={'precision': 1})

# Nested.
case('nested', torch.randn(8), ['nest', [3, 5], 0])
case('nested matrices', torch.randn(5, 3), ['nest', [2, 3], 0])
case('nested doubles', torch.randn(5, 3, dtype=double), ['nest', [2, 3], 0])
case('nested integers', torch.arange(9), ['nest', [4, 5], 0])
case('nested with gradient', torch.randn(6), ['nest', [2, 4], 0], ['requiresGrad'])
case('nested gradient', torch.randn(6), ['nest', [2, 4], 0], ['requiresGrad'], ['mul', 2])
case('nested with an empty one', torch.randn(3), ['nest', [0, 3], 0])
case('nested long', torch.randn(40), ['nest', [15, 25], 0])
case('nested summaries', torch.arange(3000), ['nest', [1200, 1800], 0])

# Sparse layouts.
blocks = torch.block_diag(torch.randn(2, 2), torch.randn(2, 2))
case('sparse blocks by rows', blocks, ['toSparseBsr', [2, 2]])
case('sparse blocks by columns', blocks, ['toSparseBsc', [2, 2]])
case('sparse rows empty', torch.zeros(2, 3), ['toSparseCsr'])
case('sparse columns empty', torch.zeros(2, 3), ['toSparseCsc'])
case('sparse blocks empty', torch.zeros(4, 4), ['toSparseBsr', [2, 2]])
case('sparse rows of doubles', eye.double(), ['toSparseCsr'])
case('sparse rows of complex', eye.to(torch.complex64), ['toSparseCsr'])
case('sparse rows of bools', eye > 0, ['toSparseCsr'])
case('sparse rows of a batch', torch.eye(2).expand(3, 2, 2), ['toSparseCsr'])
case('sparse leaf', eye, ['toSparse'], ['requiresGrad'])
case('sparse gradient', eye, ['requiresGrad'], ['toSparse'])
case('sparse rows leaf', eye, ['toSparseCsr'], ['requiresGrad'])
case('sparse product', eye, ['toSparse'], ['mul', 2])
case('sparse vector', [0.0, 1.5, 0.0, 2.0], ['toSparse'])
case('sparse hybrid', torch.randn(3, 2, 2), ['toSparse', 1])
case('sparse complex', eye.to(torch.complex64), ['toSparse'])
case('sparse half', eye.half(), ['toSparse'])
case('sparse bools', eye > 0, ['toSparse'])
case('sparse uncoalesced', torch.randn(3), ['uncoalesced', [0, 0, 2], [1, 1, 0]])
case('sparse coalesced', torch.randn(3), ['uncoalesced', [0, 0, 2], [1, 1, 0]], ['coalesce'])
case('sparse cube', torch.eye(3).expand(2, 3, 3), ['toSparse'])
case('sparse of many', torch.arange(2000), ['view', 40, 50], ['toSparse'])
case('sparse scalar', 2.0, ['toSparse'])
case('sparse meta', eye, ['toSparse'], ['meta'])
case('sparse and dense again', eye, ['toSparseCsr'], ['toDense'])
case('sparse transposed', torch.randn(2, 3), ['toSparse'], ['t'])
case('sparse narrow', eye, ['toSparse'], options={'linewidth': 30})
case('sparse precision', torch.randn(2, 3), ['toSparseCsr'], options={'precision': 1})
case('oneDNN', torch.randn(3, 4), ['toMkldnn'])

# The rarer dtypes, and what else a tensor may be.
for dtype in ('float8_e5m2fnuz', 'float8_e4m3fnuz', 'float8_e8m0fnu'):
    case(f'{dtype}', [0.1, 1.0, 2.5, 200.0], ['to', dtype])
    case(f'{dtype} whole', [0.0, 1.0, 4.0], ['to', dtype])
case('float4', torch.arange(4, dtype=torch.uint8), ['viewAs', 'float4_e2m1fn_x2'])
case('complex summary of a row', torch.arange(1200), ['to', 'complex64'])
case('complex with gradient', torch.randn(3, dtype=torch.complex64), ['requiresGrad'], ['mul', 2])
case('complex short', torch.randn(3, dtype=torch.complex64), options={'precision': 1})
case('complex scientific', torch.randn(3, dtype=torch.complex64), options={'sciMode': True})
case('half of many', torch.arange(3000), ['to', 'float16'])
case('largest half', [65504.0, 1e-7], ['to', 'float16'])
case('bools of many', torch.arange(3000), ['to', 'bool'])
case('wide integers, narrow lines', [2**62, -(2**62), 0], options={'linewidth': 30})
case('seven dimensions', torch.arange(128), ['view', 2, 2, 2, 2, 2, 2, 2])
case('empty in the middle', torch.empty(2, 0, 3))
case('empty leaf matrix', torch.empty(0, 2), ['requiresGrad'])
case('huge', [1.0], ['expand', 100000, 10, 1000])
case('default double of integers', [1, 2], default='float64')
case('default double of empty', torch.empty(0), default='float64')
case('default bfloat16', sample.bfloat16(), default='bfloat16')
case('profile full of long lines', torch.arange(1100), ['div', 3], options={'profile': 'full'})
case('profile short of a cube', torch.randn(3, 4, 5), options={'profile': 'short'})
case('profile default', sample, options={'profile': 'default', 'edgeitems': 1, 'threshold': 5})
case('all options', torch.randn(6, 7), options={
    'precision': 3, 'threshold': 10, 'edgeitems': 2, 'linewidth': 30, 'sciMode': True})
gradients = (['neg'], ['abs'], ['cumsum', 0], ['softmax', 1], ['unsqueeze', 0], ['permute', 1, 0],
             ['index', 'x'], ['clone'], ['float'], ['double'], ['sqrt'], ['norm'], ['var'], ['prod'],
             ['expand', 2, 3], ['squeeze'], ['logsumexp', 1], ['tanh'], ['contiguous'], ['flatten'],
             ['reshape', -1], ['clamp', 0, 1], ['erf'], ['floor'], ['conj'], ['roll', 1], ['flip', 0],
             ['narrow', 0, 0, 1], ['repeat', 2, 1], ['tril'], ['diagonal'], ['std', 0], ['amax', 1],
             ['argmax', 1], ['gt', 0], ['matmul', 'x'])
for step in gradients:
    if 'x' not in step:
        case(f'gradient function of {step[0]}', torch.randn(2, 3), ['requiresGrad'], step)

header = {'seed': SEED, 'torch': torch.__version__, 'cases': cases}
path = Path(__file__).with_suffix('.json')
rows = ',\n'.join(json.dumps(entry) for entry in header.pop('cases'))
path.write_text(f'{json.dumps(header)[:-1]}, "cases": [\n{rows}]}}\n')
print(f'{len(cases)} cases')
