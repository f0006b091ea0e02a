import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import test from 'ava';
import torch, { type Tensor, ValueError } from 'sconce';
import { camelCase } from '../../lib/naming.js';

const golden = JSON.parse(
  gunzipSync(readFileSync(new URL('../golden/lobpcg.json.gz', import.meta.url))).toString(),
);
const { float32, float64 } = torch;

torch.setNumThreads(1);

/** Options by our names; matrices as tensors. */
function optionsOf(given: Record<string, unknown>, dtype = float64): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => {
      if (Array.isArray(value)) return [name, torch.tensor(value, { dtype })];
      const isParameters = typeof value === 'object' && value !== null;
      return [camelCase(name), isParameters ? optionsOf(value as object as never) : value];
    }),
  );
}

for (const { name, sparse, dtype, given, values, vectors, steps, counts } of golden.cases) {
  test.serial(`${name}: the pairs and the steps of Python`, (t) => {
    torch.manualSeed(golden.seed);
    const type = dtype === 'float32' ? float32 : float64;
    const { A, ...options } = optionsOf(given, type);
    const matrix = sparse ? (A as Tensor).toSparse() : (A as Tensor);
    const found: number[] = [];
    const [E, X] = torch.lobpcg(matrix, {
      ...options,
      tracker: ({ ivars }) => void found.push(ivars.convergedCount as number),
    });
    t.is(found.length, steps);
    t.deepEqual(found, counts);
    t.is(E.dtype, type);
    const tolerance = type === float32 ? { rtol: 1e-4, atol: 1e-4 } : { rtol: 1e-9, atol: 1e-7 };
    torch.testing.assertClose(E, torch.tensor(values, { dtype: type }), tolerance);
    torch.testing.assertClose(X, torch.tensor(vectors, { dtype: type }), tolerance);
  });
}

for (const { name, A, options, grad, random } of golden.gradients) {
  test.serial(`${name}: the gradient of Python, and the seed stays`, (t) => {
    torch.manualSeed(golden.seed);
    const matrix = torch.tensor(A, { dtype: float64, requiresGrad: true });
    const [E, X] = torch.lobpcg(matrix, options);
    const weights = torch
      .arange(1, X.numel() + 1)
      .view(X.shape)
      .double();
    E.pow(2).sum().add(X.square().mul(weights).sum()).backward();
    const expected = torch.tensor(grad, { dtype: float64 });
    torch.testing.assertClose(matrix.grad as Tensor, expected, { rtol: 1e-6, atol: 1e-6 });
    t.is(torch.rand(1).item(), random);
  });
}

test('gradcheck of eigenvalues', (t) => {
  const basis = torch.linalg.qr(torch.arange(49).view(7, 7).double().sin()).Q;
  const matrix = basis.mul(torch.arange(1, 8)).matmul(basis.mT).requiresGrad_();
  const guess = torch.eye(7, { dtype: float64 })[':, 5:'] as Tensor;
  const pairs = (A: Tensor) => torch.lobpcg(A, { X: guess, tol: 1e-12 })[0];
  t.true(torch.autograd.gradcheck(pairs, [matrix], { fastMode: true }));
});

test('a tracker ends the iteration', (t) => {
  const steps: number[] = [];
  torch.lobpcg(torch.diag(torch.arange(1, 31).double()), {
    tracker: (worker) => {
      steps.push(worker.ivars.istep as number);
      if (steps.length === 2) worker.bvars.forceStop = true;
    },
  });
  t.deepEqual(steps, [1, 2]);
});

test('with little to add, directions are dropped', (t) => {
  const A = torch.diag(torch.arange(1, 16).double());
  const [E] = torch.lobpcg(A, { k: 2, orthoBparams: { orthoUseDrop: true }, tol: 1e-3 });
  torch.testing.assertClose(E, torch.tensor([15, 14]).double(), { rtol: 1e-4, atol: 1e-4 });
  t.pass();
});

test('what cannot be, throws', (t) => {
  const A = torch.eye(5);
  t.throws(() => torch.lobpcg(A, 2), { instanceOf: ValueError, message: /smaller than 3 x/ });
  t.throws(() => torch.lobpcg(torch.ones(4, 3)), { instanceOf: ValueError, message: /square/ });
  t.throws(() => torch.lobpcg(A, { B: torch.eye(4) }), { message: /same shape/ });
  t.throws(() => torch.lobpcg(A.half()), { instanceOf: TypeError, message: /float32 or float64/ });
  const generalized = A.clone().requiresGrad_();
  const [E] = torch.lobpcg(generalized, { B: torch.diag(torch.arange(1, 6)) });
  t.throws(() => E.sum().backward(), { message: /no gradient with a matrix B/ });
});
