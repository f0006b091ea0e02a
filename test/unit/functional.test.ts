import test from 'ava';
import torch, { type Tensor, TorchError, ValueError } from 'sconce';

// Values and gradients are compared with Python's in test/parity/operators.test.ts; here are the
// forms of the calls, the shapes and the errors.

const untyped = torch as unknown as Record<string, (...args: unknown[]) => unknown>;

function call(name: string, ...args: unknown[]): unknown {
  return untyped[name]?.(...args);
}

const shapesOf = (tensors: readonly Tensor[]) => tensors.map((tensor) => tensor.shape);

test('functions of several tensors take them spread or in an array', (t) => {
  const [a, b] = [torch.ones(2, 1), torch.zeros(3)];
  t.deepEqual(shapesOf(torch.broadcastTensors(a, b)), [
    [2, 3],
    [2, 3],
  ]);
  t.deepEqual(shapesOf(torch.broadcastTensors([a, b])), [
    [2, 3],
    [2, 3],
  ]);
  t.deepEqual(torch.blockDiag(a, b).shape, [3, 4]);
  t.deepEqual(torch.blockDiag([a, b]).shape, [3, 4]);
  t.deepEqual(torch.cartesianProd(b, b).shape, [9, 2]);
  t.deepEqual(torch.cartesianProd(b).shape, [3]);
  t.deepEqual(torch.chainMatmul(a, a.t()).shape, [2, 2]);
  for (const name of ['broadcastTensors', 'blockDiag', 'cartesianProd', 'chainMatmul']) {
    t.throws(() => call(name, a, 1), {
      instanceOf: TypeError,
      message: new RegExp(`^${name}\\(\\) takes tensors .*got a number`),
    });
  }
  t.throws(() => torch.broadcastTensors(torch.ones(2), torch.ones(3)), { instanceOf: TorchError });
  t.throws(() => call('blockDiag', a, { out: b }), { message: /unknown option `out`/ });
});

test('broadcastShapes', (t) => {
  t.deepEqual(torch.broadcastShapes(), []);
  t.deepEqual(torch.broadcastShapes([]), []);
  t.deepEqual(torch.broadcastShapes(3, [2, 1]), [2, 3]);
  t.deepEqual(torch.broadcastShapes([0], [1]), [0]);
  t.deepEqual(torch.broadcastShapes([5, 1, 1], [3, 1], 4), [5, 3, 4]);
  t.throws(() => torch.broadcastShapes([2], [3]), { message: /\[2\], \[3\] do not go together/ });
  t.throws(() => torch.broadcastShapes([-1]), { instanceOf: ValueError });
  t.throws(() => torch.broadcastShapes([1.5]), { instanceOf: TypeError });
  t.throws(() => call('broadcastShapes', 'a'), { instanceOf: TypeError });
});

test('atleast gives a tensor for a tensor, and an array for several or an array', (t) => {
  const scalar = torch.tensor(1);
  t.deepEqual(torch.atleast1d(scalar).shape, [1]);
  t.deepEqual(torch.atleast2d(scalar).shape, [1, 1]);
  t.deepEqual(torch.atleast3d(torch.ones(2, 3)).shape, [2, 3, 1]);
  t.deepEqual(shapesOf(torch.atleast1d([scalar])), [[1]]);
  t.deepEqual(shapesOf(torch.atleast2d(scalar, torch.ones(3))), [
    [1, 1],
    [1, 3],
  ]);
});

test('meshgrid', (t) => {
  const [x, y] = [torch.arange(2), torch.arange(3)];
  t.deepEqual(shapesOf(torch.meshgrid(x, y, { indexing: 'ij' })), [
    [2, 3],
    [2, 3],
  ]);
  t.deepEqual(shapesOf(torch.meshgrid([x, y], { indexing: 'xy' })), [
    [3, 2],
    [3, 2],
  ]);
  t.throws(() => torch.meshgrid(x, y, { indexing: 'yx' as 'xy' }), { instanceOf: TorchError });
  t.throws(() => call('meshgrid', x, y, { index: 'ij' }), { message: /known options: indexing/ });
});

test('einsum by equation and by subscripts', (t) => {
  const [a, b] = [torch.arange(6).view(2, 3), torch.arange(12).view(3, 4)];
  const product = a.matmul(b);
  t.true(torch.einsum('ij,jk->ik', a, b).equal(product));
  t.true(torch.einsum('ij,jk->ik', [a, b]).equal(product));
  t.true(torch.einsum('i j, j k', a, b).equal(product));
  t.true(torch.einsum(a, [0, 1], b, [1, 2], [0, 2]).equal(product));
  t.true(torch.einsum(a, [0, 1], b, [1, 51]).equal(product));
  t.true(torch.einsum(a, ['...', 0], ['...']).equal(a.sum(1)));
  t.throws(() => torch.einsum(a, [0, 52]), { instanceOf: ValueError, message: /from 0 to 51/ });
  t.throws(() => torch.einsum('ij'), { instanceOf: TypeError });
  t.throws(() => call('einsum', a, a), { instanceOf: TypeError, message: /array of subscripts/ });
  t.throws(() => call('einsum', 'i', 1), { instanceOf: TypeError });
  t.throws(() => torch.einsum('ij,jk', a, a), { instanceOf: TorchError });
  t.throws(() => torch.einsum('ijk', a), { instanceOf: TorchError });
});

test('tensordot takes a count, two lists or a tensor of either', (t) => {
  const [a, b] = [torch.randn(2, 3, 4), torch.randn(3, 4, 5)];
  const expected = torch.einsum('ijk,jkl->il', a, b);
  const isClose = (result: Tensor) => torch.allclose(result, expected, { atol: 1e-5 });
  t.true(isClose(torch.tensordot(a, b)));
  t.true(isClose(torch.tensordot(a, b, 2)));
  t.true(
    isClose(
      torch.tensordot(a, b, {
        dims: [
          [1, 2],
          [0, 1],
        ],
      }),
    ),
  );
  t.true(isClose(torch.tensordot(a, b, torch.tensor(2n))));
  const dims = torch.tensor([
    [1n, 2n],
    [0n, 1n],
  ]);
  t.true(isClose(torch.tensordot(a, b, dims)));
  const out = torch.empty(0);
  t.true(torch.tensordot(a, b, 2, out) === out);
  t.true(isClose(out));
  t.deepEqual(torch.tensordot(a, b, 0).shape, [2, 3, 4, 3, 4, 5]);
  t.throws(() => torch.tensordot(a, b, -1), { instanceOf: ValueError });
  t.throws(() => torch.tensordot(a, b, 4), { instanceOf: ValueError });
  t.throws(() => call('tensordot', a, b, [1, 2]), { instanceOf: TypeError });
  t.throws(() => call('tensordot', a, b, 1.5), { instanceOf: TypeError });
  t.throws(() => call('tensordot', a), { message: /missing required argument `b`/ });
});

test('cdist', (t) => {
  const [a, b] = [torch.tensor([[0, 0]]), torch.tensor([[3, 4]])];
  t.is(torch.cdist(a, b).item(), 5);
  t.is(torch.cdist(a, b, 1).item(), 7);
  t.is(torch.cdist(a, b, { p: Number.POSITIVE_INFINITY }).item(), 4);
  t.is(torch.cdist(a, b, 2, 'use_mm_for_euclid_dist').item(), 5);
  const computeMode = 'mm' as 'use_mm_for_euclid_dist';
  t.throws(() => torch.cdist(a, b, { computeMode }), {
    instanceOf: ValueError,
    message: /use_mm_for_euclid_dist_if_necessary/,
  });
});

test('norm, as a function and as a method', (t) => {
  const x = torch.tensor([
    [3, 4],
    [6, 8],
  ]);
  t.is(torch.tensor([3, 4]).norm().item(), 5);
  t.deepEqual(x.norm(1, 1).tolist(), [7, 14]);
  t.deepEqual(x.norm({ dim: 1, keepdim: true }).shape, [2, 1]);
  t.deepEqual(torch.norm(x, { p: Number.POSITIVE_INFINITY, dim: 0 }).tolist(), [6, 8]);
  t.deepEqual(torch.norm(x, null, 1).tolist(), [5, 10]);
  t.is(torch.norm(x, 'fro', [0, 1], false, null, torch.float64).dtype, torch.float64);
  t.is(x.norm('fro', null, false, torch.float64).dtype, torch.float64);
  t.is(x.norm(2, { dtype: torch.float64 }).dtype, torch.float64);
  const out = torch.empty(0);
  t.true(torch.norm(x, 2, 1, { out }) === out);
  t.deepEqual(out.tolist(), [5, 10]);
  t.is(torch.norm(x.toSparse()).item(), x.norm().item());
  t.throws(() => torch.norm(x, 'max' as 'fro'), { instanceOf: ValueError, message: /'nuc'/ });
  t.throws(() => call('norm', x, { ord: 2 }), { message: /unknown option `ord`/ });
});

test('unique gives what was asked for', (t) => {
  const x = torch.tensor([
    [2n, 1n],
    [2n, 1n],
    [3n, 2n],
  ]);
  t.deepEqual(torch.unique(x).tolist(), [1, 2, 3]);
  t.deepEqual(x.unique().tolist(), [1, 2, 3]);
  const [values, inverse] = torch.unique(x, { returnInverse: true });
  t.true(values.take(inverse).equal(x));
  const [, counts] = x.unique({ returnCounts: true });
  t.deepEqual(counts.tolist(), [2, 3, 1]);
  const all = x.unique(true, true, true, 0);
  t.deepEqual(
    all.map((tensor) => tensor.tolist()),
    [
      [
        [2, 1],
        [3, 2],
      ],
      [0, 0, 1],
      [2, 1],
    ],
  );
  t.throws(() => call('unique', x, { counts: true }), { message: /unknown option `counts`/ });
});

test('uniqueConsecutive gives what was asked for', (t) => {
  const x = torch.tensor([1n, 1n, 2n, 1n]);
  t.deepEqual(torch.uniqueConsecutive(x).tolist(), [1, 2, 1]);
  const [values, inverse, counts] = x.uniqueConsecutive(true, true);
  t.deepEqual(
    [values, inverse, counts].map((tensor) => tensor.tolist()),
    [
      [1, 2, 1],
      [0, 0, 1, 2],
      [2, 1, 1],
    ],
  );
  t.deepEqual(x.uniqueConsecutive({ dim: 0 }).tolist(), [1, 2, 1]);
});

test('nonzero, as a matrix and for each dimension', (t) => {
  const x = torch.tensor([
    [1, 0],
    [0, 2],
  ]);
  t.deepEqual(torch.nonzero(x).tolist(), [
    [0, 0],
    [1, 1],
  ]);
  const tuple = x.nonzero({ asTuple: true });
  t.is(tuple.length, 2);
  t.deepEqual(x.index(...tuple).tolist(), [1, 2]);
  const out = torch.empty(0, { dtype: torch.int64 });
  t.true(torch.nonzero(x, { out }) === out);
  t.throws(() => call('nonzero', x, { as_tuple: true }), { message: /did you mean `asTuple`/ });
});

test('split, numel, getDevice', (t) => {
  const x = torch.arange(10).view(5, 2);
  t.deepEqual(shapesOf(torch.split(x, 2)), [
    [2, 2],
    [2, 2],
    [1, 2],
  ]);
  t.deepEqual(shapesOf(x.split([1, 4])), [
    [1, 2],
    [4, 2],
  ]);
  t.deepEqual(shapesOf(torch.split(x, 1, { dim: 1 })), [
    [5, 1],
    [5, 1],
  ]);
  t.throws(() => torch.split(x, [1, 1]), { instanceOf: TorchError });
  t.is(torch.numel(x), 10);
  t.is(torch.getDevice(x), -1);
});

test('unravelIndex', (t) => {
  const places = torch.unravelIndex(torch.tensor([[4n], [5n]]), [3, 2]);
  t.deepEqual(
    places.map((place) => place.tolist()),
    [
      [[2], [2]],
      [[0], [1]],
    ],
  );
  t.deepEqual(torch.unravelIndex(torch.tensor(4n), 9)[0]?.item(), 4);
  t.throws(() => torch.unravelIndex(torch.tensor([0.5]), [2]), { instanceOf: TypeError });
  t.throws(() => torch.unravelIndex(torch.tensor(1n), [-2]), { instanceOf: ValueError });
});

test('lu gives the factors, the pivots and, if asked, the infos', (t) => {
  const A = torch.randn(3, 3);
  t.deepEqual(shapesOf(torch.lu(A)), [[3, 3], [3]]);
  t.deepEqual(shapesOf(A.lu({ getInfos: true })), [[3, 3], [3], []]);
  const out = [torch.empty(0), torch.empty(0, { dtype: torch.int32 })];
  torch.lu(A, { out });
  t.true(out[0]?.equal(torch.lu(A)[0] as Tensor));
  t.throws(() => torch.lu(A, { out: [torch.empty(0)] }), { message: /out must hold 2 tensors/ });
});

test('svdLowrank and pcaLowrank come near the matrix', (t) => {
  torch.manualSeed(0);
  for (const shape of [
    [8, 5],
    [5, 8],
  ] as const) {
    const A = torch.randn(shape[0], 2).matmul(torch.randn(2, shape[1]));
    const [U, S, V] = torch.svdLowrank(A, 3);
    t.deepEqual(shapesOf([U, S, V]), [[shape[0], 3], [3], [shape[1], 3]]);
    t.true(torch.allclose(U.mul(S).matmul(V.mT), A, { atol: 1e-4 }));
    const M = torch.ones(1, shape[1]);
    const [left, values, right] = torch.svdLowrank(A, { q: 4, M });
    t.true(torch.allclose(left.mul(values).matmul(right.mT), A.sub(M), { atol: 1e-4 }));
    const [, , directions] = torch.pcaLowrank(A, { q: 2 });
    t.deepEqual(directions.shape, [shape[1], 2]);
  }
  t.throws(() => torch.pcaLowrank(torch.randn(3, 3), 4), { instanceOf: ValueError });
  t.throws(() => torch.pcaLowrank(torch.randn(3, 3), { niter: -1 }), { instanceOf: ValueError });
  t.throws(() => torch.svdLowrank(torch.randn(3)), { instanceOf: TorchError });
});

test('resultType and promoteTypes give dtypes', (t) => {
  t.is(torch.resultType(torch.tensor(1n), 1), torch.int64);
  t.is(torch.resultType(1.5, torch.tensor(1n)), torch.float32);
  t.is(torch.resultType(torch.ones(1, { dtype: torch.float16 }), torch.ones(1)), torch.float32);
  t.is(torch.promoteTypes(torch.uint8, torch.int8), torch.int16);
  t.is(torch.canCast(torch.float32, torch.int32), false);
});

test('stft and istft, as functions and methods, undo one another', (t) => {
  const wave = torch.randn(2, 64);
  const window = torch.hannWindow(16);
  const spectrum = torch.stft(wave, 16, 4, { window, returnComplex: true });
  t.deepEqual(spectrum.shape, [2, 9, 17]);
  t.true(wave.stft(16, { hopLength: 4, window, returnComplex: true }).equal(spectrum));
  const back = spectrum.istft(16, 4, { window });
  t.true(torch.allclose(back, wave, { atol: 1e-5 }));
  t.true(torch.istft(spectrum, 16, 4, null, window).equal(back));
  t.throws(() => torch.stft(wave, 16, { window }), { message: /return_?complex/i });
});

test('gradients flow through what is written on top', (t) => {
  const x = torch.tensor([3, 4], { requiresGrad: true });
  x.norm().backward();
  t.deepEqual(x.grad?.mul(5).round().tolist(), [3, 4]);
  x.grad = null;
  torch.einsum('i,i', x, x).backward();
  t.deepEqual((x.grad as Tensor | null)?.tolist(), [6, 8]);
});

test('the other methods that Python writes on top', (t) => {
  const x = torch.ones(2, 3, { dtype: torch.float64 });
  t.is(x.newTensor([1, 2]).dtype, torch.float64);
  t.is(x.newTensor([1, 2], { dtype: torch.int8 }).dtype, torch.int8);
  t.true(x.newTensor(1, { requiresGrad: true }).requiresGrad);
  t.is(x.ndimension(), 2);
  t.is(x.nelement(), 6);
  t.is(x.type(), 'torch.DoubleTensor');
  t.is(x.type(torch.float32).type(), 'torch.FloatTensor');
  const byName = 'torch.FloatTensor' as unknown as typeof torch.float32;
  t.throws(() => x.type(byName), { instanceOf: TypeError, message: /dtype/ });
  t.true(x.toSparseCoo().isSparse);
  t.true(x.toSparseCsr().isSparseCsr);
  t.false(x.isSparseCsr);
  t.false(x.isQuantized);
  t.is(x.outputNr, 0);
  const [, second] = torch.ones(2, 2, { requiresGrad: true }).unbind();
  t.is(second?.outputNr, 1);
});

test('finfo and iinfo give the limits that Python gives', (t) => {
  const { finfo, iinfo } = torch;
  t.deepEqual(finfo(torch.float32), {
    dtype: 'float32',
    bits: 32,
    eps: 2 ** -23,
    max: 3.4028234663852886e38,
    min: -3.4028234663852886e38,
    tiny: 1.1754943508222875e-38,
    smallestNormal: 1.1754943508222875e-38,
    resolution: 1e-6,
  });
  t.deepEqual(finfo(), finfo(torch.float32));
  t.is(finfo(torch.float64).max, Number.MAX_VALUE);
  t.is(finfo(torch.float64).eps, Number.EPSILON);
  t.is(finfo(torch.float64).resolution, 1e-15);
  t.is(finfo(torch.float16).max, 65504);
  t.is(finfo(torch.float16).resolution, 1e-3);
  t.is(finfo(torch.bfloat16).max, 3.3895313892515355e38);
  t.is(finfo(torch.bfloat16).resolution, 1e-2);
  t.is(finfo(torch.float8_e4m3fn).max, 448);
  t.is(finfo(torch.float8_e5m2).max, 57344);
  t.deepEqual(finfo(torch.complex64), finfo(torch.float32));
  t.is(finfo(torch.complex128).bits, 64);
  t.throws(() => finfo(torch.int8), { instanceOf: TypeError });
  t.deepEqual(iinfo(torch.int8), { dtype: 'int8', bits: 8, max: 127, min: -128 });
  t.deepEqual(iinfo(torch.uint32), { dtype: 'uint32', bits: 32, max: 2 ** 32 - 1, min: 0 });
  t.is(iinfo(torch.int64).max, 2n ** 63n - 1n);
  t.is(iinfo(torch.int64).min, -(2n ** 63n));
  t.is(iinfo(torch.uint64).max, 2n ** 64n - 1n);
  t.throws(() => iinfo(torch.float32), { instanceOf: TypeError });
  t.throws(() => iinfo(torch.bool), { instanceOf: TypeError });
  t.throws(() => (iinfo as (dtype: unknown) => unknown)('int8'), { instanceOf: TypeError });
});
