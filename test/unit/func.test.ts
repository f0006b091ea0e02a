import test, { type ExecutionContext } from 'ava';
import torch, { autograd, IndexError, nn, type Tensor, TorchError, ValueError } from 'sconce';

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

// Python's shape, first elements, and sum of the elements by their place.
const patterns: [string, Record<string, number>, number[], number[], number][] = [
  ['a b c -> c b a', {}, [6, 4, 2], [0, 24, 6, 30, 12, 36, 18, 42], 28636],
  ['a (b d) c -> (a d) b c', { d: 2 }, [4, 2, 6], [0, 1, 2, 3, 4, 5, 12, 13], 35288],
  ['... c -> c ...', {}, [6, 2, 4], [0, 6, 12, 18, 24, 30, 36, 42], 29140],
  ['a b c -> a 1 b c', {}, [2, 1, 4, 6], [0, 1, 2, 3, 4, 5, 6, 7], 35720],
  ['a b c -> (a b c)', {}, [48], [0, 1, 2, 3, 4, 5, 6, 7], 35720],
  ['a (b d) (c e) -> a b c (d e)', { d: 2, e: 3 }, [2, 2, 2, 6], [0, 1, 2, 6, 7, 8, 3, 4], 35612],
  ['a ... -> (...) a', {}, [24, 2], [0, 24, 1, 25, 2, 26, 3, 27], 31396],
];

for (const [pattern, lengths, shape, first, weighted] of patterns) {
  test(`rearrange ${pattern} is Python's`, (t) => {
    const numbers = torch.arange(48);
    const moved = torch.func.rearrange(numbers.reshape([2, 4, 6]), pattern, lengths);
    t.deepEqual(moved.shape, shape);
    t.deepEqual(moved.flatten().narrow(0, 0, 8).tolist(), first);
    t.is(moved.flatten().mul(numbers).sum().item(), weighted);
  });
}

test('rearrange takes an array, works under vmap, and says what is wrong', (t) => {
  const { rearrange } = torch.func;
  t.deepEqual(rearrange([x, x], 'n a b -> a (n b)').shape, [3, 4]);
  t.deepEqual(vmap((s: Tensor) => rearrange(s, '(a b) -> b a', { b: 1 }))(x).shape, [3, 1, 2]);
  const wrong: [pattern: string, lengths: Record<string, number>, message: RegExp][] = [
    ['a b', {}, /one '->'/],
    ['a b -> a', {}, /'b' stands on one side only/],
    ['a a -> a', {}, /twice/],
    ['a (b -> a b', {}, /not balanced/],
    ['a b c -> c b a', {}, /the tensor has 2 dimensions/],
    ['(a c) b -> a b c', {}, /give all but one/],
    ['(a c) b -> a b c', { a: 2 }, /size 3 cannot be \(a c\)/],
    ['a b -> b a', { d: 2 }, /no axis 'd'/],
    ['a b -> b a 2', {}, /size 1, got 2/],
    ['a .. -> .. a', {}, /one ellipsis/],
    ['(...) -> ...', {}, /on the left stands in brackets/],
  ];
  for (const [pattern, lengths, message] of wrong) {
    t.throws(() => rearrange(x, pattern, lengths), { instanceOf: ValueError, message }, pattern);
  }
});

test('batch norms lose their statistics, and can then be mapped', (t) => {
  const net = new nn.Sequential(new nn.Linear(2, 3), new nn.BatchNorm1d(3));
  const batches = torch.randn(4, 5, 2);
  t.throws(() => vmap(net)(batches), { message: /running_mean|in-place|inplace/i });
  t.is(torch.func.replaceAllBatchNormModules_(net), net);
  t.deepEqual(Object.keys(net.stateDict()), ['0.weight', '0.bias', '1.weight', '1.bias']);
  const each = torch.stack([...batches].map((batch) => net(batch)));
  t.true(torch.allclose(vmap(net)(batches), each, { atol: 1e-6 }));
});

test('debugUnwrap takes off one wrapper, or all', (t) => {
  vmap(
    vmap((s: Tensor) => {
      t.deepEqual(s.shape, []);
      t.deepEqual(torch.func.debugUnwrap(s, { recurse: false }).shape, [2]);
      t.deepEqual(torch.func.debugUnwrap(s).tolist(), x.tolist());
      return s;
    }),
  )(x);
  t.is(torch.func.debugUnwrap(x), x);
});

test('a custom Function without setupContext inside a transform throws, and its gradients are not silently zero', (t) => {
  class Double extends autograd.Function {
    static forward(_ctx: autograd.FunctionCtx, a: Tensor) {
      return a.mul(2);
    }
    static backward(_ctx: autograd.FunctionCtx, grad: Tensor) {
      return grad.mul(2);
    }
  }
  const error = { instanceOf: TorchError, message: /Double: .* must have .* setupContext\(\)/ };
  t.throws(() => vmap((s: Tensor) => Double.apply(s))(x), error);
  t.throws(() => grad((s: Tensor) => Double.apply(s).sum())(x), error);
  t.deepEqual(Double.apply(x).tolist(), x.mul(2).tolist());
});
