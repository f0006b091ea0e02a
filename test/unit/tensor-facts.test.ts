import test from 'ava';
import torch, { DType, QScheme, type Tensor, TorchError, ValueError } from 'sconce';
import { readGolden } from '../_helpers/golden.js';

interface DTypeRow {
  itemsize: number;
  float: boolean;
  complex: boolean;
  signed?: boolean;
  finfo?: [bits: number, eps: number, max: number, min: number, tiny: number, resolution: number];
  iinfo?: [bits: string, max: string, min: string];
}
type Order = number[] | null;
type OrderRow = [shape: number[], stride: number[], any: Order, only: Order, ofFormats: Order];
const golden = readGolden<{ dtypes: Record<string, DTypeRow>; orders: OrderRow[] }>('tensor.json');
const members = torch as unknown as Record<string, unknown>;

test('dtypes are those of PyTorch, with their attributes and limits', (t) => {
  for (const [name, row] of Object.entries(golden.dtypes)) {
    const dtype = members[name];
    if (!(dtype instanceof DType)) {
      t.fail(`torch.${name} is missing`);
      continue;
    }
    t.is(dtype.itemsize, row.itemsize, name);
    t.is(dtype.isFloatingPoint, row.float, name);
    t.is(dtype.isComplex, row.complex, name);
    if (row.signed !== undefined) t.is(dtype.isSigned, row.signed, name);
    if (row.finfo) {
      const { bits, eps, max, min, tiny, resolution } = torch.finfo(dtype);
      t.deepEqual([bits, eps, max, min, tiny, resolution], row.finfo, name);
    } else {
      t.throws(() => torch.finfo(dtype), { instanceOf: TypeError }, name);
    }
    if (row.iinfo) {
      const { bits, max, min } = torch.iinfo(dtype);
      t.deepEqual([bits, max, min].map(String), row.iinfo, name);
    } else {
      t.throws(() => torch.iinfo(dtype), { instanceOf: TypeError }, name);
    }
    t.is(torch.empty(2, { dtype, device: 'meta' }).dtype, dtype, name);
  }
  t.true(Object.keys(golden.dtypes).length > 45);
});

test("orders of dimensions are Python's", (t) => {
  const formats = [torch.contiguousFormat, torch.channelsLast];
  const attempt = (x: Tensor, ambiguityCheck: boolean | typeof formats) => {
    try {
      return x.dimOrder({ ambiguityCheck });
    } catch (error) {
      if (error instanceof TorchError) return null;
      throw error;
    }
  };
  for (const [shape, stride, any, only, ofFormats] of golden.orders) {
    const x = torch.emptyStrided(shape, stride);
    const what = `${shape} by ${stride}`;
    t.deepEqual(x.dimOrder(), any, what);
    t.deepEqual(attempt(x, true), only, what);
    t.deepEqual(attempt(x, formats), ofFormats, what);
  }
  const x = torch.zeros(2);
  t.throws(() => x.dimOrder({ ambiguityCheck: 'no' as never }), { instanceOf: TypeError });
  t.throws(() => x.toSparse().dimOrder(), { instanceOf: TypeError });
});

test('factories follow the default device, and what is given a tensor does not', (t) => {
  const cpu = torch.zeros(2);
  torch.setDefaultDevice('meta', () => {
    const meta: Tensor[] = [
      torch.zeros(2),
      torch.zeros(2, 3, { dtype: torch.int64 }),
      torch.ones({ size: [2], device: null }),
      torch.empty(1),
      torch.full([2], 1),
      torch.arange(3),
      torch.linspace(0, 1, 3),
      torch.eye(2),
      torch.rand(2),
      torch.tensor([1, 2]),
      torch.asTensor([1, 2]),
      torch.asTensor(cpu),
      torch.scalarTensor(1),
      torch.hannWindow(3),
      torch.fft.fftfreq(3),
    ];
    for (const [i, x] of meta.entries()) t.true(x.isMeta, `number ${i}`);
    for (const x of [
      torch.zerosLike(cpu),
      cpu.newZeros([2]),
      cpu.add(1),
      torch.zeros(1, { device: 'cpu' }),
      torch.tensor([1], { device: 'cpu' }),
    ]) {
      t.true(x.isCpu);
    }
    t.is(torch.getDefaultDevice(), torch.device('meta'));
    torch.setDefaultDevice('cpu', () => t.true(torch.zeros(1).isCpu));
    t.true(torch.zeros(1).isMeta);
  });
  t.is(torch.getDefaultDevice(), torch.device('cpu'));
  t.true(torch.zeros(1).isCpu);
  {
    using _ = torch.setDefaultDevice('meta');
    t.true(torch.zeros(1).isMeta);
  }
  t.true(torch.zeros(1).isCpu);
  torch.setDefaultDevice('meta');
  t.true(torch.zeros(1).isMeta);
  torch.setDefaultDevice(null);
  t.true(torch.zeros(1).isCpu);
  t.throws(() => torch.setDefaultDevice('nowhere'), { instanceOf: ValueError });
});

test('settings are read back as they were set', (t) => {
  t.is(torch.getDeterministicDebugMode(), 0);
  torch.useDeterministicAlgorithms(true, { warnOnly: true });
  t.true(torch.areDeterministicAlgorithmsEnabled());
  t.true(torch.isDeterministicAlgorithmsWarnOnlyEnabled());
  t.is(torch.getDeterministicDebugMode(), 1);
  torch.setDeterministicDebugMode('error');
  t.is(torch.getDeterministicDebugMode(), 2);
  t.true(Number.isNaN(torch.empty(1).item()), 'fresh memory is filled');
  torch.setDeterministicDebugMode(0);
  t.false(torch.areDeterministicAlgorithmsEnabled());
  for (const precision of ['high', 'medium', 'highest'] as const) {
    torch.setFloat32MatmulPrecision(precision);
    t.is(torch.getFloat32MatmulPrecision(), precision);
  }
  torch.setWarnAlways(true);
  t.true(torch.isWarnAlwaysEnabled());
  torch.setWarnAlways(false);
  t.false(torch.isWarnAlwaysEnabled());
  t.is(typeof torch.setFlushDenormal(false), 'boolean');
  t.throws(() => torch.setFloat32MatmulPrecision('low' as never), { instanceOf: ValueError });
  t.throws(() => torch.setDeterministicDebugMode(3 as never), { instanceOf: ValueError });
  t.throws(() => torch.useDeterministicAlgorithms(1 as never), { instanceOf: TypeError });
});

test('elements are mapped in place by functions of JavaScript', (t) => {
  const x = torch.tensor([
    [1, 2],
    [3, 4],
  ]);
  const transposed = x.t();
  t.true(transposed.apply_((value) => value * 10) === transposed);
  t.deepEqual(x.tolist(), [
    [10, 20],
    [30, 40],
  ]);
  x.map_(torch.tensor([1, 2]), (value, other) => value + other);
  t.deepEqual(x.tolist(), [
    [11, 22],
    [31, 42],
  ]);
  const integers = torch.tensor([1n, 2n]);
  integers.map2_(torch.tensor([3n, 4n]), torch.tensor(5n), (value, a, b) => value * a + b);
  t.deepEqual(integers.tolist(), [8, 13]);
  t.deepEqual(
    torch
      .tensor([true])
      .apply_((value) => Number(!value))
      .tolist(),
    [false],
  );
  t.throws(() => torch.ones(1, { requiresGrad: true }).apply_((v) => v), {
    instanceOf: TorchError,
  });
  t.throws(() => torch.ones(1, { device: 'meta' }).apply_((v) => v), { instanceOf: TypeError });
  t.throws(() => x.apply_(3 as never), { instanceOf: TypeError });
});

test('kinds of tensors', (t) => {
  const x = torch.zeros(2);
  t.false(x.isNested || x.isMkldnn || x.isMps || x.isXpu || x.isQuantized);
  const quantized = torch.quantizePerTensor(x, 0.5, 3, torch.quint8);
  t.true(quantized.isQuantized);
  t.is(quantized.qscheme(), torch.perTensorAffine);
  t.is(String(quantized.qscheme()), 'torch.per_tensor_affine');
  t.true(quantized.qscheme() instanceof QScheme);
  t.throws(() => x.qscheme(), { instanceOf: TorchError, message: /qscheme/ });
  t.is(torch.typename(x), 'torch.FloatTensor');
  t.is(torch.typename(quantized.qscheme()), 'QScheme');
  t.is(torch.typename(torch.nn.Linear), 'Linear');
  t.is(torch.typename(new torch.nn.Linear(1, 1)), 'Linear');
  t.is(torch.typename('text'), 'string');
});

test('asarray shares what it can, and copies what it must', (t) => {
  const memory = new Float32Array([1, 2]);
  const x = torch.asarray(memory);
  x.fill_(7);
  t.deepEqual([...memory], [7, 7]);
  t.true(torch.asarray(x) === x);
  t.true(torch.asarray(x, { dtype: torch.float32, copy: false }) === x);
  const copy = torch.asarray(x, { copy: true }).fill_(0);
  t.deepEqual(
    [copy.tolist(), x.tolist()],
    [
      [0, 0],
      [7, 7],
    ],
  );
  t.is(torch.asarray(x, { dtype: torch.float64 }).dtype, torch.float64);
  t.deepEqual(torch.asarray(memory.buffer).tolist(), [7, 7]);
  t.deepEqual(torch.asarray(Uint8Array.of(0, 1).buffer, { dtype: torch.int16 }).tolist(), [256]);
  t.is(torch.asarray([1n, 2n]).dtype, torch.int64);
  t.is(torch.asarray(3).ndim, 0);
  const leaf = torch.ones(2, { requiresGrad: true });
  t.true(torch.asarray(leaf).requiresGrad);
  t.false(torch.asarray(leaf, { requiresGrad: false }).requiresGrad);
  t.true(torch.asarray([1, 2], { requiresGrad: true }).requiresGrad);
  t.true(torch.setDefaultDevice('meta', () => torch.asarray(x)).isMeta);
  t.throws(() => torch.asarray([1], { copy: false }), { instanceOf: ValueError });
  t.throws(() => torch.asarray(x, { dtype: torch.int64, copy: false }), { instanceOf: ValueError });
  t.throws(() => torch.asarray(new ArrayBuffer(3)), { instanceOf: ValueError });
  t.throws(() => torch.asarray('1' as never), { instanceOf: TypeError });
  t.throws(() => torch.asarray(x, { copies: true } as never), { message: /copy/ });
});

test('the dtype of a gradient can be set apart', (t) => {
  const x = torch.ones(2, { requiresGrad: true });
  t.is(x.gradDtype, torch.float32);
  x.gradDtype = torch.float64;
  t.is(x.gradDtype, torch.float64);
  x.grad = torch.ones(2, { dtype: torch.float64 });
  t.throws(() => (x.gradDtype = torch.float16), { instanceOf: TorchError });
  x.grad = null;
  x.gradDtype = null;
  t.is(x.gradDtype, null);
  x.grad = torch.ones(2, { dtype: torch.float16 });
  t.is(x.grad.dtype, torch.float16);
  t.throws(() => x.mul(2).gradDtype, { instanceOf: TorchError, message: /leaf/ });
  t.throws(() => (x.gradDtype = 'float32' as never), { instanceOf: TypeError });
});
