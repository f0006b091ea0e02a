import test from 'ava';
import torch, {
  Complex,
  type DType,
  IndexError,
  NotImplementedError,
  Tensor,
  TorchError,
  ValueError,
} from 'sconce';

const dtypes = [
  torch.bool,
  torch.uint8,
  torch.int8,
  torch.int16,
  torch.int32,
  torch.int64,
  torch.uint16,
  torch.uint32,
  torch.uint64,
  torch.float16,
  torch.bfloat16,
  torch.float32,
  torch.float64,
  torch.complex64,
  torch.complex128,
];

test('a tensor is not made by new', (t) => {
  const unchecked = Tensor as unknown as new (...args: unknown[]) => Tensor;
  t.throws(() => new unchecked([1, 2]), { instanceOf: TypeError, message: /torch\.tensor/ });
});

test('metadata', (t) => {
  const x = torch.zeros(2, 3, 4);
  t.deepEqual(x.shape, [2, 3, 4]);
  t.deepEqual(x.size(), [2, 3, 4]);
  t.is(x.size(-1), 4);
  t.deepEqual(x.stride(), [12, 4, 1]);
  t.is(x.stride(0), 12);
  t.is(x.ndim, 3);
  t.is(x.dim(), 3);
  t.is(x.numel(), 24);
  t.is(x.length, 2);
  t.is(x.dtype, torch.float32);
  t.is(`${x.device}`, 'cpu');
  t.is(x.layout, torch.strided);
  t.is(x.itemsize, 4);
  t.is(x.elementSize(), 4);
  t.is(x.nbytes, 96);
  t.is(x.storageOffset(), 0);
  t.true(x.isCpu);
  t.false(x.isCuda);
  t.false(x.isMeta);
  t.false(x.isSparse);
  t.true(x.isContiguous());
  t.throws(() => x.size(3), { instanceOf: IndexError });
  t.throws(() => x.stride(-4), { instanceOf: IndexError });
  t.throws(() => x.size(0.5), { instanceOf: IndexError });
});

test('metadata of views', (t) => {
  const x = torch.arange(12).view(3, 4);
  t.deepEqual(x.T.shape, [4, 3]);
  t.deepEqual(x.T.stride(), [1, 4]);
  t.false(x.T.isContiguous());
  t.true(x.T.contiguous().isContiguous());
  t.is(x[1]?.storageOffset(), 4);
  t.is(x[1]?.dataPtr(), x.dataPtr() + 32n);
  t.deepEqual(torch.zeros(2, 3, 4).mT.shape, [2, 4, 3]);
  const image = torch.zeros(1, 2, 3, 3).to({ memoryFormat: torch.channelsLast });
  t.false(image.isContiguous());
  t.true(image.isContiguous(torch.channelsLast));
  t.true(image.isContiguous({ memoryFormat: torch.channelsLast }));
  const before = x._version;
  x[0]?.add_(1);
  t.is(x._version, before + 1);
});

test('H, mH, real and imag of complex and real tensors', (t) => {
  const z = torch.tensor([[new Complex(1, 2), new Complex(3, -4)]]);
  t.deepEqual(z.H.shape, [2, 1]);
  t.deepEqual(z.H.tolist(), [[new Complex(1, -2)], [new Complex(3, 4)]]);
  t.true(z.mH.equal(z.H));
  t.deepEqual(z.real.tolist(), [[1, 3]]);
  t.deepEqual(z.imag.tolist(), [[2, -4]]);
  const x = torch.ones(2);
  t.true(x.real === x);
  t.throws(() => x.imag, { instanceOf: TorchError });
});

test('item gives a number, a boolean or a Complex', (t) => {
  t.is(torch.tensor(2.5).item(), 2.5);
  t.is(torch.tensor([[3n]]).item(), 3);
  t.is(torch.tensor(true).item() as unknown, true);
  t.deepEqual(torch.tensor(new Complex(1, -2)).item() as unknown, new Complex(1, -2));
  t.is(torch.tensor(0.1, { dtype: torch.float16 }).item(), 0.0999755859375);
  t.is(torch.tensor(0.1).item(), Math.fround(0.1));
  t.is(torch.tensor(Number.NaN).item(), Number.NaN);
  t.is(torch.tensor(-0).item(), -0);
  t.throws(() => torch.ones(2).item(), { instanceOf: TorchError, message: /2 elements/ });
  t.throws(() => torch.zeros(0).item(), { instanceOf: TorchError });
});

test('an int64 that no double holds is not rounded', (t) => {
  const large = 2n ** 60n + 1n;
  const x = torch.tensor([large]);
  t.throws(() => x.item(), { instanceOf: ValueError, message: /itemBigInt\(\)/ });
  t.throws(() => x.tolist(), { instanceOf: ValueError, message: /toTypedArray\(\)/ });
  t.is(x.itemBigInt(), large);
  t.deepEqual(x.toTypedArray(), new BigInt64Array([large]));
  t.is(torch.tensor(7n).itemBigInt(), 7n);
  t.is(torch.tensor(Number.MAX_SAFE_INTEGER, { dtype: torch.int64 }).item(), 2 ** 53 - 1);
  t.throws(() => torch.tensor(1.5).itemBigInt(), { instanceOf: TypeError });
});

test('tolist nests as the shape does', (t) => {
  t.is(torch.tensor(1.5).tolist(), 1.5);
  t.deepEqual(torch.tensor([[1n, 2n]]).tolist(), [[1, 2]]);
  t.deepEqual(torch.zeros(2, 0).tolist(), [[], []]);
  t.deepEqual(torch.zeros(0, 2).tolist(), []);
  t.deepEqual(torch.tensor([true, false]).tolist(), [true, false]);
  t.deepEqual(torch.arange(6).view(2, 3).T.tolist(), [
    [0, 3],
    [1, 4],
    [2, 5],
  ]);
  t.deepEqual(torch.tensor([1, 2]).to(torch.bfloat16).tolist(), [1, 2]);
  t.deepEqual(
    torch
      .tensor([new Complex(0, 1)])
      .conj()
      .tolist(),
    [new Complex(0, -1)],
  );
  t.is(JSON.stringify({ x: torch.eye(2) }), '{"x":[[1,0],[0,1]]}');
});

for (const dtype of dtypes) {
  test(`${dtype}: values go in and out`, (t) => {
    const x = torch.tensor([0, 1, 1], { dtype });
    t.is(x.dtype, dtype);
    t.is(x.itemsize, dtype.itemsize);
    t.is(x.toTypedArray().byteLength, 3 * dtype.itemsize);
    const element = (n: number) => {
      if (dtype.isComplex) return new Complex(n);
      return dtype === torch.bool ? n !== 0 : n;
    };
    t.deepEqual(x.tolist(), [0, 1, 1].map(element));
    t.deepEqual(torch.ones(2, { dtype }).to(torch.float64).tolist(), [1, 1]);
    t.true(x.to(torch.float32).to(dtype).equal(x));
  });
}

test('toTypedArray is a copy in the array of the dtype', (t) => {
  const arrays: [DType, unknown][] = [
    [torch.bool, Uint8Array],
    [torch.uint8, Uint8Array],
    [torch.int8, Int8Array],
    [torch.int16, Int16Array],
    [torch.int32, Int32Array],
    [torch.int64, BigInt64Array],
    [torch.uint16, Uint16Array],
    [torch.uint32, Uint32Array],
    [torch.uint64, BigUint64Array],
    [torch.float16, Uint16Array],
    [torch.bfloat16, Uint16Array],
    [torch.float32, Float32Array],
    [torch.float64, Float64Array],
    [torch.complex64, Float32Array],
    [torch.complex128, Float64Array],
  ];
  for (const [dtype, array] of arrays) {
    t.true(torch.ones(2, { dtype }).toTypedArray().constructor === array, `${dtype}`);
  }
  const x = torch.arange(4, { dtype: torch.float32 }).view(2, 2);
  t.deepEqual(x.T.toTypedArray(), new Float32Array([0, 2, 1, 3]));
  x.toTypedArray()[0] = 9;
  t.is(x['0, 0']?.item(), 0);
  const z = torch.tensor([new Complex(1, 2)]);
  t.deepEqual(z.conj().toTypedArray(), new Float32Array([1, -2]));
  t.is(torch.zeros(0).toTypedArray().length, 0);
});

test('asTypedArray shares the memory, which outlives the tensor', (t) => {
  const x = torch.zeros(3);
  const view = x.asTypedArray();
  view[1] = 5;
  t.deepEqual(x.tolist(), [0, 5, 0]);
  x.add_(1);
  t.deepEqual([...view], [1, 6, 1]);
  x.dispose();
  t.deepEqual([...view], [1, 6, 1]);
  t.deepEqual([...torch.arange(6).view(2, 3).index(1).asTypedArray()], [3n, 4n, 5n]);
  t.is(torch.zeros(0).asTypedArray().length, 0);
  t.throws(() => torch.zeros(2, 3).T.asTypedArray(), { message: /contiguous/ });
  t.throws(() => torch.zeros(2, { device: 'meta' }).asTypedArray(), { message: /CPU/ });
});

test('torch.tensor infers the dtype', (t) => {
  t.is(torch.tensor(1).dtype, torch.float32);
  t.is(torch.tensor(1n).dtype, torch.int64);
  t.is(torch.tensor(true).dtype, torch.bool);
  t.is(torch.tensor([]).dtype, torch.float32);
  t.is(torch.tensor([1, 2n]).dtype, torch.float32);
  t.is(torch.tensor([true, 2n]).dtype, torch.int64);
  t.is(torch.tensor([true, 2]).dtype, torch.float32);
  t.is(torch.tensor([1, new Complex(0, 1)]).dtype, torch.complex64);
  t.is(torch.tensor(new Int16Array(2)).dtype, torch.int16);
  t.is(torch.tensor(Buffer.from([1])).dtype, torch.uint8);
  t.is(torch.tensor([new BigInt64Array(1)]).dtype, torch.int64);
  torch.setDefaultDtype(torch.float64);
  t.teardown(() => torch.setDefaultDtype(torch.float32));
  t.is(torch.tensor(1).dtype, torch.float64);
  t.is(torch.tensor(new Complex(0, 1)).dtype, torch.complex128);
  t.is(torch.zeros(1).dtype, torch.float64);
});

test('torch.tensor takes nested arrays, typed arrays and options', (t) => {
  t.deepEqual(torch.tensor([[[1], [2]]]).shape, [1, 2, 1]);
  t.deepEqual(torch.tensor([[], []]).shape, [2, 0]);
  const rows = torch.tensor([new Float32Array([1, 2]), [3, 4]]);
  t.deepEqual(rows.tolist(), [
    [1, 2],
    [3, 4],
  ]);
  t.deepEqual(torch.tensor([torch.tensor(1), torch.tensor(2)]).tolist(), [1, 2]);
  t.deepEqual(torch.tensor([1.7, -1.7], { dtype: torch.int64 }).tolist(), [1, -1]);
  t.deepEqual(torch.tensor([0, 2, Number.NaN], { dtype: torch.bool }).tolist(), [
    false,
    true,
    true,
  ]);
  t.true(torch.tensor([1], { requiresGrad: true }).requiresGrad);
  t.true(torch.tensor([1], { device: 'meta' }).isMeta);
  const source = new Float32Array([1, 2]);
  const copy = torch.tensor(source);
  source[0] = 9;
  t.deepEqual(copy.tolist(), [1, 2]);
});

test('torch.tensor refuses what is no tensor', (t) => {
  const make = torch.tensor as (...args: unknown[]) => Tensor;
  for (const ragged of [
    [[1, 2], [3]],
    [1, [2]],
    [[1], 2],
    [[[1]], [2]],
  ]) {
    t.throws(() => make(ragged), { instanceOf: ValueError, message: /ragged/ });
  }
  const cycle: unknown[] = [];
  cycle.push(cycle);
  t.throws(() => make(cycle), { instanceOf: ValueError, message: /itself/ });
  for (const data of [null, undefined, 'abc', {}, [1, 'a'], [1, undefined], Symbol('s')]) {
    t.throws(() => make(data), { instanceOf: TypeError });
  }
  t.throws(() => make([new Complex(1, 1)], { dtype: torch.float32 }), { instanceOf: TypeError });
  t.throws(() => make([1], { dtpye: 1 }), { message: /unknown option `dtpye`.*dtype/ });
  t.throws(() => make([1], { dtype: 'int64' }), { instanceOf: TypeError, message: /dtype/ });
  t.throws(() => make([1], torch.int64), { instanceOf: TypeError, message: /plain object/ });
  t.throws(() => make([1n], { requiresGrad: true }), { message: /floating point/ });
  t.throws(() => make([1], { device: 'toaster' }), { instanceOf: ValueError });
});

test('integers must lie in the range of their dtype', (t) => {
  const cases: [number | bigint, DType][] = [
    [300, torch.uint8],
    [-256, torch.uint8],
    [128, torch.int8],
    [2n ** 31n, torch.int32],
    [2n ** 63n, torch.int64],
    [1e30, torch.int64],
    [-1n, torch.uint64],
    [Number.NaN, torch.int32],
    [Number.POSITIVE_INFINITY, torch.int64],
  ];
  for (const [value, dtype] of cases) {
    t.throws(() => torch.tensor([value], { dtype }), { instanceOf: ValueError }, `${value}`);
  }
  t.is(torch.tensor(-1, { dtype: torch.uint8 }).item(), 255);
  t.is(torch.tensor(2n ** 64n - 1n, { dtype: torch.uint64 }).itemBigInt(), 2n ** 64n - 1n);
  t.is(torch.tensor(-(2n ** 63n)).itemBigInt(), -(2n ** 63n));
});

test('fromArrayBuffer and fromTypedArray lie on the memory that they are given', (t) => {
  const array = new Float32Array([1, 2, 3]);
  const x = torch.fromTypedArray(array);
  array[0] = 9;
  x.index(1).fill_(7);
  t.deepEqual(x.tolist(), [9, 7, 3]);
  t.deepEqual([...array], [9, 7, 3]);
  const part = torch.fromArrayBuffer(array.buffer, { dtype: torch.float32, offset: 4, count: 2 });
  t.deepEqual(part.tolist(), [7, 3]);
  t.deepEqual(torch.fromTypedArray(array.subarray(1)).tolist(), [7, 3]);
  t.true(torch.asTensor(x) === x);
  torch.asTensor(array).zero_();
  t.deepEqual([...array], [0, 0, 0]);
  t.is(torch.asTensor(array, { dtype: torch.float64 }).dtype, torch.float64);
  t.throws(() => torch.fromArrayBuffer(array.buffer, { dtype: torch.float64, offset: 4 }), {
    instanceOf: ValueError,
  });
  t.throws(() => torch.fromArrayBuffer(array.buffer, { dtype: torch.float32, count: 4 }), {
    instanceOf: ValueError,
  });
  const unchecked = torch.fromArrayBuffer as (...args: unknown[]) => Tensor;
  t.throws(() => unchecked(array.buffer), { instanceOf: TypeError, message: /dtype/ });
  t.throws(() => unchecked(array, { dtype: torch.float32 }), { instanceOf: TypeError });
  t.throws(() => x.resize_(100), { message: /not resizable/ });
});

test('memory that a tensor lies on cannot be taken away', (t) => {
  const array = new Float32Array([1, 2]);
  const x = torch.fromTypedArray(array);
  structuredClone(array.buffer, { transfer: [array.buffer] });
  t.is(array.length, 2);
  t.deepEqual(x.tolist(), [1, 2]);
  const ResizableArrayBuffer = ArrayBuffer as unknown as new (
    length: number,
    options: { maxByteLength: number },
  ) => ArrayBuffer;
  const resizable = new ResizableArrayBuffer(8, { maxByteLength: 16 });
  t.throws(() => torch.fromTypedArray(new Float32Array(resizable)), { message: /resizable/ });
});

test('creation by shape', (t) => {
  t.deepEqual(torch.zeros(2, 3).shape, [2, 3]);
  t.deepEqual(torch.zeros([2, 3]).shape, [2, 3]);
  t.deepEqual(torch.zeros([]).shape, []);
  t.deepEqual(torch.ones({ size: [2] }).tolist(), [1, 1]);
  t.is(torch.full([2], 1).dtype, torch.float32);
  t.is(torch.full([2], 1n).dtype, torch.int64);
  t.is(torch.full([2], true).dtype, torch.bool);
  t.is(torch.arange(3).dtype, torch.int64);
  t.is(torch.arange(0, 1, 0.5).dtype, torch.float32);
  t.true(torch.randn(2, { requiresGrad: true }).requiresGrad);
  t.is(torch.emptyLike(torch.zeros(2, { dtype: torch.int8 })).dtype, torch.int8);
  t.throws(() => torch.zeros(-1), { instanceOf: TorchError });
  t.throws(() => torch.zeros(1.5), { instanceOf: TypeError });
  t.throws(() => torch.zeros(2 ** 50), { instanceOf: TorchError });
});

test('conversions', (t) => {
  const x = torch.tensor([0, 1.7, -1.7]);
  const results: [Tensor, DType][] = [
    [x.double(), torch.float64],
    [x.half(), torch.float16],
    [x.bfloat16(), torch.bfloat16],
    [x.int(), torch.int32],
    [x.long(), torch.int64],
    [x.short(), torch.int16],
    [x.char(), torch.int8],
    [x.bool(), torch.bool],
    [x.cfloat(), torch.complex64],
    [x.cdouble(), torch.complex128],
    [x.to(torch.float64), torch.float64],
    [x.to({ dtype: torch.int32 }), torch.int32],
    [x.to('cpu', torch.int64), torch.int64],
    [x.to(torch.ones(1, { dtype: torch.int16 })), torch.int16],
  ];
  for (const [result, dtype] of results) t.is(result.dtype, dtype);
  t.deepEqual(x.long().tolist(), [0, 1, -1]);
  t.deepEqual(x.bool().tolist(), [false, true, true]);
  t.true(x.float() === x || x.float().dataPtr() === x.dataPtr(), 'nothing to convert');
  t.not(x.to(torch.float32, { copy: true }).dataPtr(), x.dataPtr());
  t.is(x.byte().dtype, torch.uint8);
  t.true(x.cpu().isCpu);
  t.throws(() => x.to({ dtypes: torch.int32 } as object), { message: /did you mean `dtype`/ });
});

test('iteration', (t) => {
  const x = torch.arange(4).view(2, 2);
  const sums: number[] = [];
  for (const row of x) sums.push(row.sum().item());
  t.deepEqual(sums, [1, 5]);
  const [first, second] = x;
  t.deepEqual(first?.tolist(), [0, 1]);
  t.deepEqual(second?.tolist(), [2, 3]);
  t.is(Math.max(...(torch.tensor([3, 1, 2]).tolist() as number[])), 3);
  t.deepEqual([...torch.zeros(0, 2)], []);
  first?.add_(10);
  t.deepEqual(x.tolist(), [
    [10, 11],
    [2, 3],
  ]);
  t.throws(() => [...torch.tensor(1)], { instanceOf: TypeError, message: /0-d/ });
});

test('coercion', (t) => {
  const loss = torch.tensor(2.5);
  t.is(+loss, 2.5);
  t.is(Number(loss), 2.5);
  t.is((loss as unknown as number) + 1, 3.5);
  t.is((loss as unknown as number) * 2, 5);
  t.true(loss > torch.tensor(1));
  t.is(`${loss}`, 'tensor(2.5000)');
  t.is(String(torch.tensor([1n])), 'tensor([1])');
  t.is(+torch.tensor(true), 1);
  t.throws(() => +torch.ones(2), { instanceOf: TorchError });
  t.is(Math.max(+loss, 1), 2.5);
});

test('names that Python spells otherwise say so', (t) => {
  const x = torch.ones(2) as unknown as Record<string, unknown>;
  t.throws(() => x.requires_grad, { instanceOf: TypeError, message: /`requiresGrad`/ });
  t.is(x.no_such_name, undefined);
});

test('dispose frees at once, twice is once, and use afterwards throws', (t) => {
  const x = torch.ones(3);
  const view = x.view(3, 1);
  t.false(x.isDisposed);
  x.dispose();
  x.dispose();
  t.true(x.isDisposed);
  t.is(x.toString(), 'tensor(<disposed>)');
  t.deepEqual(view.tolist(), [[1], [1], [1]]);
  const uses: ((x: Tensor) => unknown)[] = [
    (x) => x.shape,
    (x) => x.add(1),
    (x) => torch.add(view, x),
    (x) => x.item(),
    (x) => x.tolist(),
    (x) => x[0],
    (x) => x.index(0),
    (x) => x.dtype,
    (x) => x.grad,
    (x) => x.backward(),
    (x) => torch.cat([view, x]),
    (x) => x.norm(),
    (x) => view.copy_(x),
    (x) => view.index(x),
  ];
  for (const use of uses) t.throws(() => use(x), { message: /dispose/ }, `${use}`);
});

test('using disposes at the end of the block', (t) => {
  let kept: Tensor;
  {
    using x = torch.ones(3);
    kept = x;
    t.is(x.sum().item(), 3);
  }
  t.true(kept.isDisposed);
});

test('tidy frees what its result does not hold', (t) => {
  let inner: Tensor | undefined;
  let saved: Tensor | undefined;
  const result = torch.tidy(() => {
    inner = torch.ones(3);
    saved = torch.keep(torch.zeros(1));
    return { sum: inner.sum() };
  });
  t.is(result.sum.item(), 3);
  t.is(saved?.item(), 0);
  t.throws(() => inner?.sum(), { message: /dispose/ });
});

test('sparse and meta tensors say what they are', (t) => {
  const sparse = torch.eye(2).toSparse();
  t.true(sparse.isSparse);
  t.is(sparse.layout, torch.sparseCoo);
  t.throws(() => sparse.tolist(), { message: /toDense/ });
  t.deepEqual(sparse.toDense().tolist(), [
    [1, 0],
    [0, 1],
  ]);
  const meta = torch.zeros(2, 3, { device: 'meta' });
  t.deepEqual(meta.matmul(meta.T).shape, [2, 2]);
  t.throws(() => meta.tolist(), { instanceOf: NotImplementedError });
});
