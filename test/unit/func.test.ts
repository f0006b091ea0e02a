import test, { type ExecutionContext } from 'ava';
import torch, { IndexError, nn, type Tensor, TorchError, ValueError } from 'sconce';

const { grad, gradAndValue, hessian, jacfwd, jacrev, jvp, linearize, vjp, vmap } = torch.func;

torch.setNumThreads(1);
const x = torch.tensor([
  [1, 2],
  [3, 4],
  [5, 6],
]);

/** Whether all levels are gone: an operator then gives a plain tensor. */
function isOutside(t: ExecutionContext): void {
  t.is(String(x.sum()), 'tensor(21.)');
  t.true(torch.isGradEnabled());
  const w = torch.ones(2, { requiresGrad: true });
  w.mul(3).sum().backward();
  t.deepEqual(w.grad?.tolist(), [3, 3]);
}

/** What the tests below throw from inside a transform. */
class Mine extends Error {}
const fail = (_: Tensor): Tensor => {
  throw new Mine('mine');
};

const transforms: Record<string, () => unknown> = {
  vmap: () => vmap(fail)(x),
  'vmap in chunks': () => vmap(fail, { chunkSize: 2 })(x),
  'vmap of vmap': () => vmap(vmap(fail))(x),
  grad: () => grad(fail)(x),
  gradAndValue: () => gradAndValue(fail)(x),
  vjp: () => vjp(fail, x),
  jvp: () => jvp(fail, [x], [x]),
  linearize: () => linearize(fail, x),
  jacrev: () => jacrev(fail)(x),
  jacfwd: () => jacfwd(fail)(x),
  hessian: () => hessian(fail)(x),
  functionalize: () => torch.func.functionalize(fail)(x),
  'grad without gradients': () => torch.noGrad(() => grad(fail)(x)),
};

for (const [name, run] of Object.entries(transforms)) {
  test(`an error thrown inside ${name} passes, and leaves no level behind`, (t) => {
    t.throws(run, { instanceOf: Mine });
    isOutside(t);
  });
}

const after = (_: unknown, result: Tensor): Tensor => result;
const dot = (a: Tensor, b: Tensor) => torch.dot(a, b);

// What PyTorch refuses inside a transform, with its own words.
const refused: Record<string, [run: () => unknown, message: RegExp]> = {
  'item under vmap': [() => vmap((s: Tensor) => [s.sum().item()])(x), /calling \.item\(\)/],
  'a number of a tensor under vmap': [() => vmap((s: Tensor) => [+s.sum()])(x), /\.item\(\)/],
  'tolist under vmap': [() => vmap((s: Tensor) => [s.tolist()])(x), /doesn't have storage/],
  'toTypedArray under vmap': [() => vmap((s: Tensor) => [s.toTypedArray()])(x), /storage/],
  'asTypedArray under vmap': [
    () => vmap((s: Tensor) => [s.asTypedArray()])(x),
    /not allowed|storage/,
  ],
  'asTypedArray under grad': [
    () => grad((s: Tensor) => after(s.asTypedArray(), s.sum()))(x),
    /storage/,
  ],
  'dataPtr under vmap': [() => vmap((s: Tensor) => [s.dataPtr()])(x), /doesn't have storage/],
  'data under vmap': [() => vmap((s: Tensor) => s.data)(x), /accessing `data` under vmap/],
  'save under vmap': [() => vmap((s: Tensor) => torch.save(s, 'nothing.pt'))(x), /storage|data/],
  'equal under vmap': [
    () => vmap((s: Tensor) => [torch.equal(s, s)])(x),
    /Batching rule not implemented for aten::equal/,
  ],
  'nonzero under vmap': [() => vmap((s: Tensor) => s.nonzero())(x), /dynamic shape/],
  'a mask under vmap': [() => vmap((s: Tensor) => s.index(s.gt(1)))(x), /dynamic shape/],
  'a random function': [
    () => vmap((s: Tensor) => s.add(torch.rand(2)))(x),
    /randomness error mode/,
  ],
  'dropout under vmap': [() => vmap((s: Tensor) => nn.functional.dropout(s))(x), /randomness/],
  'a captured tensor changed under vmap': [
    () => vmap((s: Tensor) => torch.zeros(2).add_(s))(x),
    /doesn't match the broadcast shape|inplace/,
  ],
  'a captured tensor changed under grad': [
    () => {
      const captured = torch.ones(2);
      return grad((s: Tensor) => captured.add_(s).sum())(torch.ones(2));
    },
    /mutate a captured Tensor/,
  ],
  requiresGrad_: [() => grad((s: Tensor) => s.requiresGrad_().sum())(x), /requires_grad_\(\)/],
  retainGrad: [
    () => grad((s: Tensor) => after(s.mul(2).retainGrad(), s.sum()))(x),
    /retain_grad\(\) inside/,
  ],
  backward: [
    () => grad((s: Tensor) => after(s.sum().backward(), s.sum()))(x),
    /backward\(\) called inside a functorch transform/,
  ],
};

for (const [name, [run, message]] of Object.entries(refused)) {
  test(`refused: ${name}`, (t) => {
    t.throws(run, { message });
    isOutside(t);
  });
}

// Mistakes in the call, with ours.
const mistakes: Record<string, [run: () => unknown, Class: ErrorConstructor, message: RegExp]> = {
  'vmap of no function': [() => vmap(1 as never), TypeError, /func must be a function/],
  'no inputs': [() => (vmap(() => x) as () => Tensor)(), ValueError as never, /got no inputs/],
  'a number to map over': [
    () => vmap((a: Tensor, _: number) => a)(x, 2),
    ValueError as never,
    /input that is a number; only Tensors/,
  ],
  'sizes that differ': [
    () => vmap(dot)(x, torch.ones(2, 2)),
    ValueError as never,
    /same size in the mapped dimension, got \[3, 2\]/,
  ],
  'a dimension too many': [
    () => vmap((a: Tensor) => a, 2)(x),
    ValueError as never,
    /dimension 2 .* must be in \[-2, 2\)/,
  ],
  'inDims of another structure': [
    () => vmap((a: Tensor) => a, [0, 0])(x),
    ValueError as never,
    /inDims is not compatible .*\[\*, \*\], and they are \[\*\]/,
  ],
  'nothing mapped': [() => vmap((a: Tensor) => a, [null])(x), ValueError as never, /at least one/],
  'inDims of a string': [
    () => vmap((a: Tensor) => a, '0' as never)(x),
    ValueError as never,
    /inDims/,
  ],
  'outDims of a string': [
    () => vmap((a: Tensor) => a, 0, 'a' as never),
    ValueError as never,
    /outDims must be/,
  ],
  'outDims of another structure': [
    () => vmap((a: Tensor) => a, 0, [0, 0])(x),
    ValueError as never,
    /outDims is not compatible/,
  ],
  'outDims too large': [() => vmap((a: Tensor) => a, 0, 7)(x), IndexError as never, /out of range/],
  'an output that is no tensor': [
    () => vmap((_: Tensor) => 'a')(x),
    ValueError as never,
    /must return only Tensors, got a string/,
  ],
  'outDims null of a mapped output': [
    () => vmap((a: Tensor) => a, { outDims: null })(x),
    ValueError as never,
    /cannot have outDims null/,
  ],
  'an unknown randomness': [
    () => vmap((a: Tensor) => a, { randomness: 'none' as never }),
    TypeError,
    /'error', 'different' or 'same', got none/,
  ],
  'an unknown option': [
    () => vmap((a: Tensor) => a, { in_dims: 0 } as never),
    TypeError,
    /did you mean `inDims`/,
  ],
  'chunkSize 0': [() => vmap((a: Tensor) => a, { chunkSize: 0 }), ValueError as never, /above 0/],
  'a Promise': [
    () => vmap((async (a: Tensor) => a) as never)(x as never),
    TypeError,
    /returned a Promise/,
  ],
  'grad of more than a number': [() => grad((a: Tensor) => a)(x), TorchError as never, /scalar/],
  'grad of no tensor': [
    () => grad((_: Tensor) => 1 as never)(x),
    TorchError as never,
    /return a Tensor, got a number/,
  ],
  'grad of integers': [
    () => grad((a: Tensor) => a.sum())(torch.ones(2, { dtype: torch.int64 })),
    TorchError as never,
    /floating point/,
  ],
  'grad with respect to a number': [
    () => grad((_: number) => x.sum())(1),
    TypeError,
    /must be Tensors, got a number/,
  ],
  'argnums beyond': [
    () => grad((a: Tensor) => a.sum(), 1)(x),
    TorchError as never,
    /argnum=1, but only 1/,
  ],
  'argnums twice': [() => grad((a: Tensor) => a.sum(), [0, 0])(x), TorchError as never, /unique/],
  'argnums of a fraction': [() => grad((a: Tensor) => a.sum(), 0.5), TypeError, /argnums/],
  'hasAux without': [
    () => grad((a: Tensor) => a.sum() as never, { hasAux: true })(x),
    TypeError,
    /\[output, aux\]/,
  ],
  'cotangents of another structure': [
    () => vjp((a: Tensor) => a, x)[1]([x, x] as never),
    TorchError as never,
    /structure of the output, \*, got \[\*, \*\]/,
  ],
  'integer outputs of vjp': [
    () => vjp((a: Tensor) => a.argmax(), x),
    TorchError as never,
    /floating/,
  ],
  'tangents of another structure': [
    () => jvp((a: Tensor) => a, [x], [x, x] as never),
    TorchError as never,
    /structure of the primals/,
  ],
  'strict jvp': [
    () => jvp((_: Tensor) => torch.ones(1), [x], [x], { strict: true }),
    TorchError as never,
    /strict/,
  ],
  'a complex Jacobian': [
    () => jacrev((a: Tensor) => a)(torch.ones(2, { dtype: torch.complex64 })),
    TorchError as never,
    /real/,
  ],
  'a tangent of another shape': [
    () => linearize((a: Tensor) => a, x)[1](torch.ones(2)),
    TorchError as never,
    /tangent 0 has shape 2/,
  ],
};

for (const [name, [run, Class, message]] of Object.entries(mistakes)) {
  test(`mistake: ${name}`, (t) => {
    t.throws(run, { instanceOf: Class, message });
    isOutside(t);
  });
}

test('a tensor that escaped from vmap throws PyTorch’s error, and prints', (t) => {
  let escaped = x;
  vmap((s: Tensor) => {
    escaped = s;
    return s;
  })(x);
  t.throws(() => escaped.add(1), { message: /escaped from inside a function being vmapped/ });
  t.throws(() => escaped.tolist(), { message: /doesn't have storage/ });
  t.regex(String(escaped), /^BatchedTensor\(lvl=1, bdim=0, value=\n {4}tensor/);
  t.deepEqual(escaped.shape, [2]);
});

test('a tensor that escaped from grad is a plain one from there on', (t) => {
  let escaped = x;
  grad((s: Tensor) => {
    escaped = s;
    return s.sum();
  })(x);
  t.deepEqual(escaped.add(1).tolist(), x.add(1).tolist());
  t.deepEqual(escaped.tolist(), x.tolist());
  t.is(escaped.sum().item(), 21);
});

test('values can be read inside grad, as in Python', (t) => {
  const seen: unknown[] = [];
  grad((s: Tensor) => {
    seen.push(s.tolist(), s.sum().item());
    return s.sum();
  })(x);
  t.deepEqual(seen, [x.tolist(), 21]);
});

test('torch.tensor makes a tensor of the level, which may be changed in place', (t) => {
  const scale = grad((s: Tensor) => torch.tensor([1, 2]).mul_(s).sum());
  t.deepEqual(scale(torch.ones(2)).tolist(), [1, 2]);
});

test('shape, strides and dtype of a batched tensor are those of one sample', (t) => {
  vmap((s: Tensor) => {
    t.deepEqual([s.shape, s.stride(), s.numel(), s.dim()], [[2], [1], 2, 1]);
    t.is(s.dtype, torch.float32);
    t.is(s.device.type, 'cpu');
    t.true(s.isContiguous());
    t.deepEqual((s[0] as Tensor).shape, []);
    t.deepEqual((s[':1'] as Tensor).shape, [1]);
    return s;
  })(x);
});

test('outDims places what does not depend on the inputs too', (t) => {
  const y = torch.ones(2, 4);
  t.deepEqual(vmap((_: Tensor) => y, { outDims: 1 })(x).shape, [2, 3, 4]);
  t.deepEqual(vmap((_: Tensor) => y, { outDims: -1 })(x).shape, [2, 4, 3]);
});

test('a batch without samples', (t) => {
  const empty = torch.zeros(0, 2);
  t.deepEqual(vmap((s: Tensor) => s.sum())(empty).shape, [0]);
  t.deepEqual(vmap((s: Tensor) => s.sum(), { chunkSize: 3 })(empty).shape, [0]);
});

test('noGrad outside grad does not reach in, and inside does', (t) => {
  const square = (s: Tensor) => s.pow(2).sum();
  t.deepEqual(torch.noGrad(() => grad(square)(torch.ones(2))).tolist(), [2, 2]);
  const half = (s: Tensor) =>
    s
      .pow(2)
      .sub(torch.noGrad(() => s.pow(2)))
      .sum();
  t.deepEqual(grad(half)(torch.ones(2)).tolist(), [2, 2]);
});

test('inference mode outside does not reach in', (t) => {
  const [gradient, mode] = torch.inferenceMode(() => [
    grad((s: Tensor) => s.pow(2).sum())(torch.ones(2)),
    torch.isInferenceModeEnabled(),
  ]);
  t.deepEqual((gradient as Tensor).tolist(), [2, 2]);
  t.true(mode);
  t.false(torch.isInferenceModeEnabled());
});

test('gradients flow through vmap and vjp to leaves outside', (t) => {
  const w = torch.ones(2, { requiresGrad: true });
  vmap((s: Tensor) => s.dot(w))(x)
    .sum()
    .backward();
  t.deepEqual(w.grad?.tolist(), [9, 12]);
  const v = torch.ones(2, { requiresGrad: true });
  grad((s: Tensor) => s.mul(v).pow(2).sum())(torch.ones(2))
    .sum()
    .backward();
  t.deepEqual(v.grad?.tolist(), [4, 4]);
});

test('a module is a function to map', (t) => {
  const layer = new nn.Linear(2, 3);
  t.true(torch.allclose(vmap(layer)(x), layer(x)));
});

test('named results of operators stay arrays of tensors', (t) => {
  const [values, indices] = vmap((s: Tensor) => s.max(0))(x);
  t.deepEqual(values.tolist(), [2, 4, 6]);
  t.deepEqual(indices.tolist(), [1, 1, 1]);
});

test('Maps are structures too', (t) => {
  const f = (inputs: Map<string, Tensor>) => new Map([['sum', (inputs.get('a') as Tensor).sum()]]);
  t.deepEqual(
    vmap(f)(new Map([['a', x]]))
      .get('sum')
      ?.tolist(),
    [3, 7, 11],
  );
});
