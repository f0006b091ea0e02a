import test from 'ava';
import torch, { nn, type Tensor, TorchError } from 'sconce';

function leaf(data: number | number[]): Tensor {
  return torch.tensor(data, { dtype: torch.float64, requiresGrad: true });
}

function vector(...numbers: number[]): Tensor {
  return torch.tensor(numbers, { dtype: torch.float64 });
}

test('backward adds the gradients up in the leaves', (t) => {
  const x = leaf([1, 2]);
  const y = leaf([3, 4]);
  x.mul(y).sum().backward();
  t.deepEqual(x.grad?.tolist(), [3, 4]);
  t.deepEqual(y.grad?.tolist(), [1, 2]);
  x.mul(y).sum().backward();
  x.sum().backward();
  t.deepEqual(x.grad?.tolist(), [7, 9]);
  t.deepEqual(y.grad?.tolist(), [2, 4]);
  t.is(x.grad?.dtype, torch.float64);
  t.false(x.grad?.requiresGrad);
});

test('backward with a gradient', (t) => {
  const x = leaf([1, 2]);
  x.pow(2).backward(vector(1, 10));
  t.deepEqual(x.grad?.tolist(), [2, 40]);
  x.pow(2).backward({ gradient: vector(1, 0) });
  t.deepEqual(x.grad?.tolist(), [4, 40]);
  x.sum().backward(null);
  t.deepEqual(x.grad?.tolist(), [5, 41]);
});

test('a gradient must have the shape of its tensor, and be complex where it is', (t) => {
  const x = leaf([1, 2]);
  for (const gradient of [vector(1), vector(1, 2, 3), torch.ones(2, 2, { dtype: torch.float64 })]) {
    const error = { instanceOf: TorchError, message: /shape \[[\d, ]+\], and its tensor \[2\]/ };
    t.throws(() => x.mul(2).backward(gradient), error);
    t.throws(() => torch.autograd.grad(x.mul(2), x, gradient), error);
  }
  t.throws(() => x.mul(2).backward(torch.ones(2, { dtype: torch.complex128 })), {
    instanceOf: TorchError,
    message: /both must be complex, or both real/,
  });
  t.throws(() => x.mul(2).backward(2 as never), { instanceOf: TypeError });
  t.throws(() => x.mul(2).backward({ gradient: [1, 2] as never }), { instanceOf: TypeError });
  t.is(x.grad, null);
});

test('retainGraph keeps the graph for another backward', (t) => {
  const x = leaf([1, 2]);
  const y = x.pow(2).sum();
  y.backward(null, true);
  y.backward({ retainGraph: true });
  y.backward();
  t.deepEqual(x.grad?.tolist(), [6, 12]);
  t.throws(() => y.backward(), { instanceOf: TorchError, message: /a second time/ });
  const z = x.pow(2).sum();
  torch.autograd.grad(z, x, { createGraph: true });
  t.notThrows(() => z.backward());
});

test('backward with inputs fills no other grad', (t) => {
  const [x, y] = [leaf([1, 2]), leaf([3, 4])];
  x.mul(y)
    .sum()
    .backward({ inputs: [x] });
  t.deepEqual(x.grad?.tolist(), [3, 4]);
  t.is(y.grad, null);
  x.mul(y).sum().backward({ inputs: y });
  t.deepEqual(y.grad?.tolist(), [1, 2]);
  const middle = x.mul(2);
  middle.sum().backward({ inputs: [middle] });
  t.deepEqual(middle.grad?.tolist(), [1, 1]);
  t.deepEqual(x.grad?.tolist(), [3, 4]);
  t.throws(() => x.sum().backward({ inputs: [] }), { message: /inputs cannot be empty/ });
  t.throws(() => torch.autograd.backward(x.sum(), { inputs: [] }), { message: /cannot be empty/ });
  t.throws(() => x.sum().backward({ inputs: [vector(1)] }), { message: /does not require grad/ });
  t.throws(() => x.sum().backward({ inputs: [1 as never] }), { instanceOf: TypeError });
});

test('autograd.backward takes several tensors', (t) => {
  const x = leaf([1, 2]);
  torch.autograd.backward([x.sum(), x.prod()]);
  t.deepEqual(x.grad?.tolist(), [3, 2]);
  torch.autograd.backward([x.mul(2), x.sum()], [vector(1, 10), null]);
  t.deepEqual(x.grad?.tolist(), [6, 23]);
  torch.autograd.backward(x.mul(1), { gradTensors: vector(1, 1) });
  t.deepEqual(x.grad?.tolist(), [7, 24]);
  t.throws(() => torch.autograd.backward([1 as never]), { instanceOf: TypeError });
  t.throws(() => torch.autograd.backward({ tensor: x } as never), { message: /`tensors`/ });
});

test('the derivatives of x³', (t) => {
  const x = leaf([2, -1]);
  const options = { gradOutputs: vector(1, 1), createGraph: true };
  const [first] = torch.autograd.grad(x.pow(3), x, options);
  const [second] = torch.autograd.grad(first, x, options);
  const [third] = torch.autograd.grad(second, x, options);
  const [fourth] = torch.autograd.grad(third, x, { ...options, materializeGrads: true });
  t.deepEqual(first.tolist(), [12, 3]);
  t.deepEqual(second.tolist(), [12, -6]);
  t.deepEqual(third.tolist(), [6, 6]);
  t.deepEqual(fourth.tolist(), [0, 0]);
  t.true(third.requiresGrad);
  t.is(x.grad, null);
});

test('backward with createGraph gives gradients that can be differentiated', (t) => {
  const x = leaf(3);
  x.pow(2).backward({ createGraph: true });
  const slope = x.grad as Tensor;
  t.true(slope.requiresGrad);
  x.grad = null;
  slope.pow(2).backward();
  t.is((x.grad as Tensor | null)?.item(), 8 * 3);
});

test('autograd.grad of several outputs and inputs', (t) => {
  const [x, y] = [leaf([1, 2]), leaf([3, 4])];
  const outputs = [x.mul(y), y.sum()];
  const [byX, byY] = torch.autograd.grad(outputs, [x, y], [vector(1, 10), null]);
  t.deepEqual(byX.tolist(), [3, 40]);
  t.deepEqual(byY.tolist(), [2, 21]);
  t.is(x.grad, null);
  const middle = x.mul(2);
  const [byMiddle] = torch.autograd.grad(middle.pow(2).sum(), [middle]);
  t.deepEqual(byMiddle.tolist(), [4, 8]);
  t.throws(() => torch.autograd.grad(outputs, x, [vector(1, 1)]), { message: /2 tensors and 1/ });
});

test('autograd.grad with respect to unused inputs', (t) => {
  const [x, y] = [leaf([1, 2]), leaf([3, 4])];
  const error = t.throws(() => torch.autograd.grad(x.sum(), [x, y]), { instanceOf: TorchError });
  t.regex(error.message, /do not depend on input 1/);
  t.is(error.code, 'ERR_UNUSED_INPUT');
  const [used, unused] = torch.autograd.grad(x.sum(), [x, y], { allowUnused: true });
  t.deepEqual(used.tolist(), [1, 1]);
  t.is<unknown, null>(unused, null);
  const [, zeros] = torch.autograd.grad(x.sum(), [x, y], { materializeGrads: true });
  t.deepEqual(zeros.tolist(), [0, 0]);
  t.is(zeros.dtype, torch.float64);
  t.false(zeros.requiresGrad);
  const both = { materializeGrads: true, createGraph: true };
  t.true(torch.autograd.grad(x.pow(2).sum(), [x, y], both)[1].requiresGrad);
});

test('what is no tensor is refused', (t) => {
  const x = leaf([1, 2]);
  const { grad } = torch.autograd;
  t.throws(() => grad(1 as never, x), { instanceOf: TypeError, message: /outputs must be/ });
  t.throws(() => grad(x.sum(), ['x'] as never), { instanceOf: TypeError, message: /inputs/ });
  t.throws(() => grad(x, x, [[1, 1]] as never), { instanceOf: TypeError, message: /gradOutputs/ });
  t.throws(() => grad(x.sum(), []), { instanceOf: TorchError, message: /cannot be empty/ });
  t.throws(() => grad(x.sum(), x, { create_graph: true } as never), { message: /createGraph/ });
  t.throws(() => x.sum().backward({ retain_graph: true } as never), { message: /retainGraph/ });
  const gone = leaf([1, 2]);
  const sum = gone.sum();
  gone.dispose();
  t.throws(() => grad(sum, gone), { message: /disposed/ });
  t.throws(() => x.mul(1).backward(gone), { message: /disposed/ });
});

test('leaves', (t) => {
  const x = leaf([1, 2]);
  t.true(x.isLeaf);
  t.is(x.gradFn, null);
  t.true(vector(1).exp().isLeaf);
  const y = x.mul(2);
  t.false(y.isLeaf);
  t.true(y.requiresGrad);
  t.is(y.gradFn?.name(), 'MulBackward0');
  t.throws(() => y.requiresGrad_(false), { instanceOf: TorchError, message: /leaf.*detach\(\)/ });
  t.throws(() => {
    y.requiresGrad = false;
  });
  t.is(y.requiresGrad_(), y);
  x.requiresGrad = false;
  t.false(x.mul(2).requiresGrad);
  t.throws(() => torch.tensor([1n]).requiresGrad_(), { message: /floating point/i });
  t.throws(() => torch.zeros(1, { dtype: torch.bool, requiresGrad: true }), {
    message: /floating point/i,
  });
  t.throws(() => x.requiresGrad_(1 as never), { instanceOf: TypeError });
  t.true(torch.zeros(1, { dtype: torch.complex64, requiresGrad: true }).requiresGrad);
});

test('a leaf is changed in place without recording only', (t) => {
  const x = leaf([1, 2]);
  const error = { instanceOf: TorchError, message: /leaf Variable.*in-place/ };
  t.throws(() => x.add_(1), error);
  t.throws(() => x[0]?.mul_(2), error);
  t.throws(() => {
    x[0] = vector(5)[0] as Tensor;
  }, error);
  t.throws(() => {
    x[':1'] = 5 as never;
  }, error);
  torch.noGrad(() => x.sub_(1));
  t.deepEqual(x.tolist(), [0, 1]);
  x.data.mul_(3);
  x.detach().add_(1);
  t.deepEqual(x.tolist(), [1, 4]);
  t.true(x.isLeaf);
});

test('changes in place are recorded, and those of saved values found out', (t) => {
  const x = leaf([1, 2]);
  const y = x.clone();
  y.mul_(3);
  y[0] = 10 as never;
  y.sum().backward();
  t.deepEqual(x.grad?.tolist(), [0, 3]);
  const w = vector(1, 2);
  const product = x.mul(w);
  t.is(w._version, 0);
  w.add_(1);
  t.is(w._version, 1);
  t.throws(() => product.sum().backward(), { message: /modified by an inplace operation/ });
  const sum = x.add(w);
  w.add_(1);
  t.notThrows(() => sum.sum().backward());
});

test('detach and data share memory; detach shares the version too', (t) => {
  const x = leaf([1, 2]);
  const y = x.mul(1);
  const detached = y.detach();
  t.false(detached.requiresGrad);
  t.true(detached.isLeaf);
  t.is(detached.dataPtr(), y.dataPtr());
  detached.add_(1);
  t.is(y._version, 1);
  y.data.add_(1);
  t.is(y._version, 1);
  t.false(y.data.requiresGrad);
  t.deepEqual(y.tolist(), [3, 4]);
  x.mul(x.detach()).sum().backward();
  t.deepEqual(x.grad?.tolist(), [1, 2]);
});

test('data can be replaced', (t) => {
  const x = leaf([1, 2]);
  x.data = vector(5, 6, 7);
  t.deepEqual(x.tolist(), [5, 6, 7]);
  t.true(x.requiresGrad);
  x.sum().backward();
  t.deepEqual(x.grad?.shape, [3]);
  t.throws(
    () => {
      x.data = [1] as never;
    },
    { instanceOf: TypeError },
  );
});

test('detach_ makes a leaf of the tensor itself', (t) => {
  const x = leaf([1, 2]);
  const y = x.mul(2);
  t.is(y.detach_(), y);
  t.true(y.isLeaf);
  t.false(y.requiresGrad);
});

test('grad is one object for as long as it is one tensor', (t) => {
  const x = leaf([1, 2]);
  t.is(x.grad, null);
  x.sum().backward();
  const first = x.grad;
  t.is(x.grad, first);
  x.sum().backward();
  t.is(x.grad, first);
  t.deepEqual(first?.tolist(), [2, 2]);
  x.grad = null;
  t.is(x.grad, null);
  t.deepEqual(first?.tolist(), [2, 2]);
  x.sum().backward();
  t.not<Tensor | null, Tensor | null>(x.grad, first);
  const own = vector(1, 1);
  x.grad = own;
  t.is(x.grad, own);
  x.sum().backward();
  t.is(x.grad, own);
  t.deepEqual(own.tolist(), [2, 2]);
  own.dispose();
  t.deepEqual(x.grad?.tolist(), [2, 2]);
});

test('a gradient lives on without its tensor, and the tensor without its gradient', (t) => {
  const x = leaf([1, 2]);
  x.sum().backward();
  const gradient = x.grad as Tensor;
  x.dispose();
  t.deepEqual(gradient.tolist(), [1, 1]);
  const y = leaf([1, 2]);
  y.sum().backward();
  y.grad?.dispose();
  t.deepEqual(y.grad?.tolist(), [1, 1]);
  t.deepEqual(y.tolist(), [1, 2]);
});

test('what grad can be set to', (t) => {
  const x = leaf([1, 2]);
  const set = (gradient: unknown) => () => {
    x.grad = gradient as Tensor;
  };
  t.throws(set(vector(1, 2, 3)), { instanceOf: TorchError, message: /shape \[3\].*\[2\]/ });
  t.throws(set(torch.ones(2)), { instanceOf: TypeError, message: /dtype/ });
  t.throws(set(x), { instanceOf: TorchError, message: /its own gradient/ });
  t.throws(set([1, 2]), { instanceOf: TypeError });
  t.throws(set(0), { instanceOf: TypeError });
  t.is(x.grad, null);
  t.notThrows(set(undefined));
  t.is(x.grad, null);
});

test('zeroing gradients', (t) => {
  const x = leaf([1, 2]);
  x.sum().backward();
  const gradient = x.grad as Tensor;
  gradient.zero_();
  x.mul(3).sum().backward();
  t.deepEqual(gradient.tolist(), [3, 3]);
  const model = new nn.Linear(2, 1);
  const run = () => model(torch.ones(1, 2)).sum().backward();
  run();
  const kept = model.weight.grad;
  model.zeroGrad({ setToNone: false });
  t.is(model.weight.grad, kept);
  t.deepEqual(kept?.tolist(), [[0, 0]]);
  run();
  t.deepEqual(kept?.tolist(), [[1, 1]]);
  model.zeroGrad();
  t.is(model.weight.grad, null);
  t.deepEqual(kept?.tolist(), [[1, 1]]);
});

test('retainGrad keeps the gradient of an intermediate result', (t) => {
  const x = leaf([1, 2]);
  const y = x.mul(2);
  t.false(y.retainsGrad);
  y.retainGrad();
  y.retainGrad();
  t.true(y.retainsGrad);
  y.pow(2).sum().backward();
  t.deepEqual(y.grad?.tolist(), [4, 8]);
  t.is(y.grad, y.grad);
  x.retainGrad();
  t.false(x.retainsGrad);
  t.throws(() => vector(1).retainGrad(), { message: /retain_grad/ });
});

test('a graph is only as long as what holds it, and may be deep', (t) => {
  const x = leaf(1);
  let y = x.mul(1);
  for (let i = 0; i < 20_000; i++) y = y.add(1);
  y.backward();
  t.is(x.grad?.item(), 1);
});

test('complex numbers', (t) => {
  const z = torch.tensor([new torch.Complex(3, 4)], { requiresGrad: true });
  z.abs().pow(2).sum().backward();
  t.deepEqual(z.grad?.tolist(), [new torch.Complex(6, 8)]);
  t.throws(() => z.sum().backward(), { instanceOf: TorchError, message: /real scalar outputs/ });
});
