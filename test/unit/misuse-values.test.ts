// Wrong data, dtypes, indices and devices.
import test from 'ava';
import torch, { IndexError, NotImplementedError, nn, TorchError, ValueError } from 'sconce';
import { any, cast, testMisuse, type Wrong } from '../_helpers/misuse.js';

const x = torch.ones(2, 3);
const ids = torch.tensor([1n, 2n]);
const circular: unknown[] = [];
circular.push(circular);

function nested(depth: number): unknown {
  let array: unknown = 1;
  for (let i = 0; i < depth; i++) array = [array];
  return array;
}

function growing(): unknown[] {
  const array: unknown[] = [1, 2];
  const get = () => array.push(3);
  return Object.defineProperty(array, 0, { get });
}

const data: Wrong[] = [
  ['a circle', () => torch.tensor(any(circular)), ValueError, /holds itself/],
  [
    'ragged rows',
    () => torch.tensor([[1, 2], [3]]),
    ValueError,
    /ragged.*length 2 at depth 1, got 1/,
  ],
  ['a row beside a number', () => torch.tensor([1, [2]]), ValueError, /ragged/],
  ['a number beside a row', () => torch.tensor([[1], 2]), ValueError, /ragged/],
  ['strings', () => torch.tensor(any(['1'])), TypeError, /got string/],
  [
    'strings for a dtype',
    () => torch.tensor(any(['1']), { dtype: torch.float32 }),
    TypeError,
    /got string/,
  ],
  [
    'undefined for a dtype',
    () => torch.tensor(any([1, undefined]), { dtype: torch.float32 }),
    TypeError,
    /got undefined/,
  ],
  [
    'a string beside a Complex',
    () => torch.tensor(any([new torch.Complex(1, 2), 'a'])),
    TypeError,
    /got string/,
  ],
  ['null', () => torch.tensor(any(null)), TypeError, /got null/],
  ['nothing', () => torch.tensor(any(undefined)), TypeError, /got undefined/],
  [
    'a symbol',
    () => torch.tensor(any(Symbol('s')), { dtype: torch.int64 }),
    TypeError,
    /got symbol/,
  ],
  ['a function', () => torch.tensor(any([Math.max])), TypeError, /got function/],
  ['an object', () => torch.tensor(any({ 0: 1, length: 1 })), TypeError, /got object/],
  ['a Set', () => torch.tensor(any(new Set([1]))), TypeError, /got object/],
  [
    'a bigint beyond int64',
    () => torch.tensor([2n ** 63n]),
    ValueError,
    /9223372036854775808 cannot be/,
  ],
  [
    'NaN as an integer',
    () => torch.tensor([Number.NaN], { dtype: torch.int64 }),
    ValueError,
    /NaN cannot be/,
  ],
  [
    'a number beyond int8',
    () => torch.tensor([128], { dtype: torch.int8 }),
    ValueError,
    /128 cannot be/,
  ],
  [
    'a Complex as a real',
    () => torch.tensor([new torch.Complex(1, 2)], { dtype: torch.float32 }),
    TypeError,
    /complex dtype/,
  ],
  ['a large tensor inside', () => torch.tensor([x]), TorchError, /6 elements/],
  [
    'a resizable buffer',
    () =>
      torch.fromTypedArray(
        any(
          new Uint8Array(
            new (cast<new (n: number, o: object) => ArrayBuffer>(ArrayBuffer))(4, {
              maxByteLength: 8,
            }),
          ),
        ),
      ),
    TypeError,
    /resizable/,
  ],
  [
    'bytes that do not suffice',
    () => torch.fromArrayBuffer(new ArrayBuffer(4), { dtype: torch.float32, count: 2 }),
    ValueError,
    /2 elements .* 4 bytes/,
  ],
  [
    'a count that is none',
    () => torch.fromArrayBuffer(new ArrayBuffer(4), { dtype: torch.float32, count: 0.5 }),
    ValueError,
    /0\.5 elements/,
  ],
  [
    'an offset that is none',
    () => torch.fromArrayBuffer(new ArrayBuffer(4), { dtype: torch.uint8, offset: Number.NaN }),
    ValueError,
    /NaN/,
  ],
  [
    'integers that shall have a gradient',
    () => torch.tensor([1n], { requiresGrad: true }),
    TorchError,
    /only.*floating point.*gradients/i,
  ],
  [
    'quantized bytes',
    () => torch.fromArrayBuffer(new ArrayBuffer(4), { dtype: torch.qint8 }),
    TypeError,
    /quantized/,
  ],
  ['arrays without end', () => torch.tensor(any(nested(100_000))), RangeError, /call stack/],
  [
    'an array that grows while it is read',
    () => torch.tensor(any(growing())),
    ValueError,
    /the buffer has 12 bytes/,
  ],
];

const dtypes: Wrong[] = [
  ['mm of other dtypes', () => x.mm(x.t().double()), TorchError, /same dtype/],
  ['a mean of integers', () => ids.mean(), TorchError, /floating point or complex/],
  ['integers with a gradient', () => ids.requiresGrad_(), TorchError, /floating point/],
  [
    'a fraction added to integers in place',
    () => ids.clone().add_(0.5),
    TorchError,
    /can't be cast/,
  ],
  ['an index of floats', () => x.index(torch.ones(2)), IndexError, /long|int|bool/],
  [
    'bitwise and of floats',
    () => x.bitwiseAnd(x),
    NotImplementedError,
    /not implemented for 'Float'/,
  ],
  [
    'loss of float labels',
    () => nn.functional.nllLoss(x, torch.ones(2)),
    TorchError,
    /target dtype to be Long/,
  ],
  ['embedding of floats', () => new nn.Embedding(2, 3)(torch.ones(2)), TorchError, /Long, Int/],
  [
    'finfo of integers',
    () => torch.finfo(torch.int8),
    TypeError,
    /floating-point dtype, got torch\.int8/,
  ],
];

const indices: Wrong[] = [
  ['out of range', () => x[2], IndexError, /index 2 is out of bounds.*size 2/],
  ['out of range from the end', () => x[-3], IndexError, /index -3 is out of bounds/],
  ['far out of range', () => x[100], IndexError, /index 100 is out of bounds/],
  ['beyond the integers', () => x.index(2 ** 60), IndexError, /out of bounds/],
  ['too many', () => x['0, 0, 0'], IndexError, /too many indices/],
  ['of a number', () => torch.tensor(1)[0], IndexError, /0-d tensor takes no index/],
  ['a slice backwards', () => x['::-1'], ValueError, /step must be (positive|greater than zero)/],
  ['a slice without a step', () => x['::0'], ValueError, /step/],
  ['a slice that is none', () => x['0:a'], IndexError, /cannot read '0:a'/],
  ['three colons', () => x['0:1:2:3'], IndexError, /expected Python's spelling/],
  ['a word', () => x.index('foo'), IndexError, /cannot read 'foo' as an index/],
  ['an empty string', () => x.index(''), IndexError, /cannot read ''/],
  ['a fraction', () => x.index(0.5), IndexError, /must be an integer, got 0\.5/],
  ['a fraction by brackets', () => x[0.5], IndexError, /cannot read '0\.5'/],
  ['a symbol', () => x.index(any(Symbol('s'))), IndexError, /not symbol/],
  ['a function', () => x.index(any(() => 0)), IndexError, /not function/],
  ['an object', () => x.index(any({})), IndexError, /not object/],
  ['nothing', () => x.index(any(undefined)), IndexError, /not undefined/],
  ['an array of fractions', () => x.index([0, 0.5]), IndexError, /integer, got 0\.5/],
  ['a Float32Array', () => x.index(any(new Float32Array(1))), IndexError, /got a Float32Array/],
  ['a ragged array', () => x.index([[0], [0, 1]]), ValueError, /ragged/],
  ['a mask in brackets', () => any(x)[any(x.gt(0))], TypeError, /x\.index\(mask\)/],
  ['a mask written in brackets', () => Reflect.set(x, String(x.gt(0)), 1), TypeError, /indexPut_/],
  ['an array that holds itself', () => x.index(any(circular)), ValueError, /holds itself/],
  ['a Slice of strings', () => x.index(new torch.Slice(any('a'))), TypeError, /Slice.*string/],
  ['a Slice of fractions', () => x.index(new torch.Slice(0.5)), TypeError, /Slice.*0\.5/],
  ['an array of mixed things', () => x.index(any([0, 'a'])), TypeError, /got string/],
  [
    'a mask of another shape',
    () => x.index(torch.ones(3, { dtype: torch.bool })),
    IndexError,
    /mask/,
  ],
  ['a tensor out of range', () => x.index(torch.tensor([5n])), IndexError, /5 is out of bounds/],
  [
    'a value that is none',
    () => any(Object.assign(x.clone(), { 0: 'a' })),
    TypeError,
    /got string/,
  ],
  [
    'a value of another shape',
    () => any(Object.assign(x.clone(), { 0: torch.ones(4) })),
    TorchError,
    /expand|shape|size/,
  ],
  ['indexPut_ of a word', () => x.clone().indexPut_('foo', 1), IndexError, /cannot read 'foo'/],
  [
    'gather out of range',
    () => x.gather(1, torch.tensor([[9n]])),
    TorchError,
    /index 9 is out of bounds/,
  ],
  ['indexSelect by floats', () => x.indexSelect(0, torch.ones(1)), TorchError, /index/],
];

const devices: Wrong[] = [
  [
    'a string that is none',
    () => torch.device('gpu'),
    ValueError,
    /invalid device 'gpu': expected cpu, cuda/,
  ],
  ['an index that is none', () => torch.device('cuda:x'), ValueError, /invalid device 'cuda:x'/],
  [
    'a string in options',
    () => torch.zeros(2, { device: 'gpu' }),
    TorchError,
    /one of cpu, cuda.*gpu/,
  ],
  [
    'of a symbol',
    () => torch.device(any(Symbol('s'))),
    TypeError,
    /a device is a string such as 'cuda:1', got symbol/,
  ],
  [
    'of an object',
    () => torch.device(any(Object.create(null))),
    TypeError,
    /such as 'cuda:1', got object/,
  ],
  ['to() of a symbol', () => x.to(any(Symbol('s'))), TypeError, /to\(\) takes a dtype, a device/],
  ['to() of nothing', () => x.to(any(null)), TypeError, /to\(\) takes a dtype, a device/],
  [
    'an index beyond all',
    () => x.to('cuda:999'),
    ValueError,
    /index is an integer from 0 to 127, got 999/,
  ],
  ['an index apart that is none', () => torch.device('cuda', 0.5), ValueError, /got 0\.5/],
  [
    'a number that is none',
    () => torch.zeros(2, any({ device: 1e30 })),
    TypeError,
    /`device` must be device/,
  ],
  ['a generator of an object', () => new torch.Generator(any({})), TypeError, /got object/],
];

testMisuse({ 'torch.tensor': data, dtype: dtypes, index: indices, device: devices });

const cudaTest = torch.cuda.isAvailable() ? test.skip : test;
cudaTest('a GPU that is not there', (t) => {
  const expected = { instanceOf: TorchError, code: 'ERR_NO_CUDA' };
  t.throws(() => x.to('cuda'), expected);
  t.throws(() => x.cuda(), expected);
  t.throws(() => torch.zeros(2, { device: 'cuda:1' }), expected);
  t.throws(() => new nn.Linear(1, 1).to('cuda'), expected);
  t.throws(() => new torch.Generator('cuda'), expected);
});
