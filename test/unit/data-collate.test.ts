import { readFileSync } from 'node:fs';
import test from 'ava';
import torch, { type Tensor, utils } from 'sconce';

const { defaultCollate, defaultConvert } = utils.data;

const golden = JSON.parse(
  readFileSync(new URL('../golden/data.json', import.meta.url), 'utf8'),
).collations;

function described(value: unknown): unknown {
  if (value instanceof torch.Tensor) {
    return { dtype: String(value.dtype), shape: value.shape, values: value.tolist() };
  }
  if (Array.isArray(value)) return value.map(described);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, described(part)]));
  }
  return value;
}

test('collates as Python', (t) => {
  const pair = (x: number, y: number): [Tensor, number] => [torch.tensor(x), y];
  const found = {
    ints: defaultCollate([0, 1, -2]),
    floats: defaultCollate([0.5, 1.25]),
    bools: defaultCollate([true, false]),
    strings: defaultCollate(['a', 'b']),
    tensors: defaultCollate([torch.tensor([1, 2]), torch.tensor([3, 4])]),
    pairs: defaultCollate([pair(1.5, 3), pair(2.5, 4)]),
    objects: defaultCollate([
      { x: [1, 2.5], name: 'a' },
      { x: [3, 4.5], name: 'b' },
    ]),
  };
  t.deepEqual(described(found), golden);
});

test('a batch of numbers is int64 only where all are integers', (t) => {
  t.is(defaultCollate([1, 2]).dtype, torch.int64);
  t.is(defaultCollate([1, 2.5]).dtype, torch.float64);
  t.is(defaultCollate([1, Number.NaN]).dtype, torch.float64);
  t.is(defaultCollate([2 ** 53, 1]).dtype, torch.float64);
  t.deepEqual(defaultCollate([9007199254740991, -1]).tolist(), [9007199254740991, -1]);
});

test('bigints and typed arrays become tensors', (t) => {
  t.is(defaultCollate([1n, 2n]).dtype, torch.int64);
  const stacked = defaultCollate([new Uint8Array([1, 2]), new Uint8Array([3, 4])]);
  t.is(stacked.dtype, torch.uint8);
  t.deepEqual(stacked.tolist(), [
    [1, 2],
    [3, 4],
  ]);
});

test('the types of batches follow from those of samples', (t) => {
  const [x, { y, names }] = defaultCollate<[Tensor, { y: number; names: string[] }]>([
    [torch.zeros(2), { y: 1, names: ['a', 'b'] }],
  ]);
  const images: Tensor = x;
  const labels: Tensor = y;
  const columns: string[][] = names;
  t.deepEqual(images.shape, [1, 2]);
  t.deepEqual(labels.tolist(), [1]);
  t.deepEqual(columns, [['a'], ['b']]);
});

test('gradients flow through a batch', (t) => {
  const x = torch.ones(2, { requiresGrad: true });
  defaultCollate([x, x]).sum().backward();
  t.deepEqual(x.grad?.tolist(), [2, 2]);
});

for (const [name, batch, message] of [
  ['nothing', [], /at least one sample/],
  ['null', [null], /found null.*collateFn/s],
  ['a function', [() => 1], /collateFn/],
  ['a Map', [new Map()], /class Map/],
  ['a Date', [new Date(0)], /class Date/],
  ['mixed kinds', [1, 'a'], /sample 0 is a number and sample 1 is 'a'/],
  ['a tensor and a number', [torch.zeros(1), 1], /sample 0 is a tensor/],
  ['an array and an object', [[1], { a: 1 }], /sample 0 is an array/],
] as const) {
  test(`refuses ${name}`, (t) => {
    t.throws(() => defaultCollate(batch as readonly unknown[]), { instanceOf: TypeError, message });
  });
}

test('refuses samples that do not fit together', (t) => {
  const errors = { instanceOf: torch.TorchError };
  t.throws(() => defaultCollate([[1], [1, 2]]), { ...errors, message: /0 has 1 parts.*1 has 2/s });
  t.throws(() => defaultCollate([{ a: 1 }, { b: 1 }]), { ...errors, message: /1 has no `a`/ });
  t.throws(() => defaultCollate([torch.zeros(1), torch.zeros(2)]), errors);
  const sparse = torch.eye(2).toSparse();
  t.throws(() => defaultCollate([sparse, sparse]), { ...errors, message: /sparse/ });
});

test('defaultConvert turns typed arrays into tensors and leaves the rest', (t) => {
  const { x, y, name } = defaultConvert({ x: new Float32Array([1, 2]), y: [3], name: 'a' });
  t.deepEqual(x.tolist(), [1, 2]);
  t.deepEqual(y, [3]);
  t.is(name, 'a');
});
