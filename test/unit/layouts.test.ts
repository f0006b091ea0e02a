import test from 'ava';
import torch, { Complex, nn, type Tensor, TorchError } from 'sconce';
import type { LayoutName } from '../../lib/layout.js';

const integers = (values: number[] | number[][]) => torch.tensor(values, { dtype: torch.int64 });

const matrix = torch.tensor([
  [0, 0, 1, 2],
  [0, 0, 3, 4],
  [5, 6, 0, 0],
  [7, 8, 0, 0],
]);

test('every sparse layout gives back the matrix that it was made of', (t) => {
  const sparse: [Tensor, LayoutName][] = [
    [matrix.toSparse(), 'sparse_coo'],
    [matrix.toSparseCsr(), 'sparse_csr'],
    [matrix.toSparseCsc(), 'sparse_csc'],
    [matrix.toSparseBsr([2, 2]), 'sparse_bsr'],
    [matrix.toSparseBsc([2, 2]), 'sparse_bsc'],
  ];
  for (const [x, layout] of sparse) {
    t.is(x.layout.name, layout);
    t.deepEqual(x.shape, [4, 4], layout);
    t.true(x.toDense().equal(matrix), layout);
    // libtorch has no product of this layout.
    if (layout !== 'sparse_bsc') {
      t.deepEqual(x.matmul(torch.ones(4, 1)).flatten().tolist(), [3, 7, 11, 15], layout);
    }
    t.is(x._nnz(), layout.includes('_bs') ? 2 : 8, layout);
  }
});

test('the parts of a sparse tensor', (t) => {
  const coo = matrix.toSparse();
  t.true(coo.isSparse && coo.isCoalesced());
  t.deepEqual(coo.indices().tolist(), [
    [0, 0, 1, 1, 2, 2, 3, 3],
    [2, 3, 2, 3, 0, 1, 0, 1],
  ]);
  t.deepEqual(coo.values().tolist(), [1, 2, 3, 4, 5, 6, 7, 8]);
  t.deepEqual([coo.sparseDim(), coo.denseDim()], [2, 0]);
  const csr = matrix.toSparseCsr();
  t.true(csr.isSparseCsr);
  t.deepEqual(csr.crowIndices().tolist(), [0, 2, 4, 6, 8]);
  t.deepEqual(csr.colIndices().tolist(), [2, 3, 2, 3, 0, 1, 0, 1]);
  const csc = matrix.toSparseCsc();
  t.deepEqual(csc.ccolIndices().tolist(), [0, 2, 4, 6, 8]);
  t.deepEqual(csc.values().tolist(), [5, 7, 6, 8, 1, 3, 2, 4]);
  const bsr = matrix.toSparseBsr([2, 2]);
  t.deepEqual(bsr.colIndices().tolist(), [1, 0]);
  t.deepEqual(bsr.values().shape, [2, 2, 2]);
});

test('elements of one place add up once coalesced', (t) => {
  const x = torch.sparseCooTensor(integers([[1, 0, 1]]), torch.tensor([1, 2, 3]), [3]);
  t.false(x.isCoalesced());
  t.throws(() => x.values(), { instanceOf: TorchError, message: /coalesce/ });
  t.deepEqual(x._values().tolist(), [1, 2, 3]);
  t.deepEqual(x.coalesce().values().tolist(), [2, 4]);
  t.deepEqual(x.toDense().tolist(), [2, 4, 0]);
});

test('what makes no sparse tensor throws', (t) => {
  const values = torch.tensor([1, 2]);
  const wrong: [string, () => Tensor, RegExp][] = [
    ['beyond', () => torch.sparseCooTensor(integers([[0, 5]]), values, [2]), /found index 5/],
    ['negative', () => torch.sparseCooTensor(integers([[0, -1]]), values, [2]), /negative index/],
    ['too few', () => torch.sparseCooTensor(integers([[0]]), values, [2]), /same|size|number/],
    [
      'a column beyond',
      () => torch.sparseCsrTensor(integers([0, 1, 2]), integers([0, 7]), values, [2, 2]),
      /col_indices/,
    ],
    [
      'rows that end beyond',
      () => torch.sparseCsrTensor(integers([0, 1, 9]), integers([0, 1]), values, [2, 2]),
      /crow_indices/,
    ],
    [
      'a row beyond',
      () => torch.sparseCscTensor(integers([0, 1, 2]), integers([0, 7]), values, [2, 2]),
      /row_indices/,
    ],
  ];
  for (const [what, make, message] of wrong) {
    t.throws(make, { instanceOf: TorchError, message }, what);
  }
});

test('gradients flow through sparse tensors', (t) => {
  const x = matrix.clone().requiresGrad_();
  x.toSparse().mul(2).toDense().sum().backward();
  t.deepEqual(x.grad?.tolist(), matrix.ne(0).mul(2).to(torch.float32).tolist());
});

test('a tensor is quantized, and stands for what is nearest', (t) => {
  const x = torch.tensor([-1, 0.04, 0.06, 2, 100]);
  const q = torch.quantizePerTensor(x, 0.1, 10, torch.quint8);
  t.is(q.dtype, torch.quint8);
  t.deepEqual(q.intRepr().tolist(), [0, 10, 11, 30, 255]);
  t.is(q.qScale(), 0.1);
  t.is(q.qZeroPoint(), 10);
  const back = q.dequantize();
  t.is(back.dtype, torch.float32);
  const numbers = [-1, 0, 0.1, 2, 24.5].map(Math.fround);
  for (const [i, number] of numbers.entries()) {
    t.true(Math.abs(back.index(i).item() - number) < 1e-6);
  }
  const rows = torch.quantizePerChannel(
    torch.ones(2, 3),
    torch.tensor([0.5, 0.25]),
    integers([0, 1]),
    0,
    torch.qint8,
  );
  t.is(rows.qscheme(), torch.perChannelAffine);
  t.deepEqual(rows.intRepr().tolist(), [
    [2, 2, 2],
    [5, 5, 5],
  ]);
  t.deepEqual(rows.qPerChannelScales().tolist(), [0.5, 0.25]);
  t.deepEqual(rows.qPerChannelZeroPoints().tolist(), [0, 1]);
  t.is(rows.qPerChannelAxis(), 0);
  t.deepEqual(rows.dequantize().tolist(), [
    [1, 1, 1],
    [1, 1, 1],
  ]);
  t.throws(() => rows.qScale(), { instanceOf: TorchError });
});

test('memory formats order the strides, and stay', (t) => {
  const x = torch
    .arange(2 * 3 * 4 * 5)
    .view(2, 3, 4, 5)
    .float();
  const last = x.contiguous({ memoryFormat: torch.channelsLast });
  t.deepEqual(last.stride(), [60, 1, 15, 3]);
  t.true(last.isContiguous(torch.channelsLast));
  t.false(last.isContiguous());
  t.true(last.equal(x));
  t.deepEqual(last.clone().stride(), last.stride());
  t.deepEqual(last.add(1).stride(), last.stride());
  t.deepEqual(torch.emptyLike(last).stride(), last.stride());
  const plain = { memoryFormat: torch.contiguousFormat };
  t.deepEqual(last.clone(plain).stride(), x.stride());
  const cube = torch.zeros(1, 2, 3, 4, 5).to({ memoryFormat: torch.channelsLast3d });
  t.deepEqual(cube.stride(), [120, 1, 40, 10, 2]);
  const net = new nn.Conv2d(3, 4, 3);
  t.true(net(last).isContiguous(torch.channelsLast));
});

test('strides make views', (t) => {
  const x = torch.arange(6, { dtype: torch.float32 });
  const windows = x.asStrided([4, 3], [1, 1]);
  t.deepEqual(windows.tolist(), [
    [0, 1, 2],
    [1, 2, 3],
    [2, 3, 4],
    [3, 4, 5],
  ]);
  windows.index(0, 0).fill_(9);
  t.is(x.index(0).item(), 9);
  t.deepEqual(x.asStrided([2], [2], 1).tolist(), [1, 3]);
  t.throws(() => x.asStrided([7], [1]), { instanceOf: TorchError });
  const grown = torch.zeros(2).resize_([2, 2]);
  t.deepEqual(grown.shape, [2, 2]);
  t.is(grown.untypedStorage().nbytes(), 16);
});

test('several results have names, places and an end', (t) => {
  const x = torch.tensor([
    [1, 5],
    [7, 3],
  ]);
  const result = x.max(1);
  const [values, indices] = result;
  t.deepEqual(values.tolist(), [5, 7]);
  t.deepEqual(indices.tolist(), [1, 0]);
  t.true(result.values === values && result.indices === indices);
  t.is(result.length, 2);
  t.true(Array.isArray(result));
  const { sign, logabsdet } = torch.linalg.slogdet(x);
  t.is(sign.item(), -1);
  t.true(Math.abs(logabsdet.item() - Math.log(32)) < 1e-5);
});

test('results are written where they are to go', (t) => {
  const x = torch.tensor([3, 1, 2]);
  const out = torch.empty(3);
  t.true(torch.add(x, 1, { out }) === out);
  t.deepEqual(out.tolist(), [4, 2, 3]);
  const values = torch.empty(0);
  const indices = integers([]);
  const result = torch.sort(x, { out: [values, indices] });
  t.true(result.values === values && result.indices === indices);
  t.deepEqual(indices.tolist(), [1, 2, 0]);
  t.throws(() => torch.add(x, 1, { out: integers([0, 0, 0]) }), {
    instanceOf: TorchError,
    message: /result type|cast/,
  });
});

test('complex numbers and halves', (t) => {
  const z = torch.tensor([new Complex(3, 4), new Complex(0, -1)]);
  t.is(z.dtype, torch.complex64);
  t.deepEqual(z.abs().tolist(), [5, 1]);
  t.deepEqual(z.real.tolist(), [3, 0]);
  z.imag.fill_(2);
  t.true((z.index(0).item() as unknown as Complex).equals(new Complex(3, 2)));
  t.true(z.conj().isConj());
  t.deepEqual(torch.viewAsReal(z).shape, [2, 2]);
  t.is(z.mul(z.conj()).sum().real.item(), 17);
  for (const dtype of [torch.float16, torch.bfloat16]) {
    const half = torch.tensor([1.5, -2], { dtype });
    t.is(half.add(1).dtype, dtype);
    t.deepEqual(half.add(1).tolist(), [2.5, -1]);
    t.is(half.mul(torch.ones(2)).dtype, torch.float32);
    t.is(half.nbytes, 4);
  }
  t.is(torch.resultType(z, torch.ones(1, { dtype: torch.float64 })), torch.complex128);
  t.true(torch.canCast(torch.float64, torch.float32));
  t.false(torch.canCast(torch.float32, torch.int64));
});

test("Python's names say which ours are, in modules of torch too", (t) => {
  const python = torch as unknown as Record<string, Record<string, Record<string, unknown>>>;
  for (const [read, ours] of [
    [() => python.from_numpy, 'fromTypedArray'],
    [() => python.nn?.init?.xavier_uniform_, 'xavierUniform_'],
    [() => python.nn?.functional?.max_pool2d, 'maxPool2d'],
    [() => python.cuda?.is_available, 'isAvailable'],
    [() => python.utils?.data?.random_split, 'randomSplit'],
    [() => (torch.zeros(1) as unknown as Record<string, unknown>).numpy, 'asTypedArray'],
  ] as const) {
    t.throws(read, { instanceOf: TypeError, message: new RegExp(`is called \`${ours}\``) });
  }
  t.is(python.nn?.nothing, undefined);
  t.is(torch.nn.Linear, nn.Linear);
});
