import { readFileSync } from 'node:fs';
import test from 'ava';
import torch, { nn, type Tensor, TorchError, ValueError } from 'sconce';

interface Golden {
  seed: number;
  nodes: Record<string, string | null>;
  errors: Record<string, { type: string; message: string }>;
  random: { loss: number; gradient: number[][]; product: number[][] };
}

const golden: Golden = JSON.parse(
  readFileSync(new URL('../golden/autograd.json', import.meta.url), 'utf8'),
);

const { conv2d, crossEntropy, gelu, layerNorm, linear, maxPool2d } = nn.functional;

function leaf(...shape: number[]): Tensor {
  return torch.ones(shape, { requiresGrad: true });
}

function first(x: Tensor): Tensor {
  return x[':1'] as Tensor;
}

const nodes: Record<string, () => Tensor> = {
  leaf: () => leaf(2),
  'no gradient': () => torch.ones(2).exp(),
  add: () => leaf(2).add(leaf(2)),
  'add a number': () => leaf(2).add(1),
  sub: () => leaf(2).sub(leaf(2)),
  mul: () => leaf(2).mul(2),
  div: () => leaf(2).div(2),
  pow: () => leaf(2).pow(2),
  'pow of a tensor': () => leaf(2).pow(leaf(2)),
  neg: () => leaf(2).neg(),
  exp: () => leaf(2).exp(),
  sigmoid: () => leaf(2).sigmoid(),
  relu: () => leaf(2).relu(),
  sum: () => leaf(2).sum(),
  'sum along a dimension': () => leaf(2, 2).sum(1),
  mean: () => leaf(2).mean(),
  max: () => leaf(2).max(),
  'max along a dimension': () => leaf(2, 2).max(1).values,
  mm: () => leaf(2, 2).matmul(leaf(2, 2)),
  bmm: () => leaf(1, 2, 2).matmul(leaf(1, 2, 2)),
  t: () => leaf(2, 2).t(),
  view: () => leaf(2, 2).view(4),
  permute: () => leaf(2, 2).permute(1, 0),
  clone: () => leaf(2).clone(),
  select: () => leaf(2, 2)[0] as Tensor,
  slice: () => leaf(2, 2)[':, 1:'] as Tensor,
  index: () => leaf(2).index(torch.tensor([0n, 0n])),
  cat: () => torch.cat([leaf(2), leaf(2)]),
  unbind: () => leaf(2, 2).unbind(0)[1] as Tensor,
  'to a dtype': () => leaf(2).double(),
  'in place': () => leaf(2).clone().mul_(2),
  assignment: () => {
    const x = leaf(2).clone();
    x[0] = torch.ones([]);
    return x;
  },
  linear: () => linear(leaf(2, 2), leaf(2, 2), leaf(2)),
  conv2d: () => conv2d(leaf(1, 1, 2, 2), leaf(1, 1, 2, 2)),
  'max pooling': () => maxPool2d(leaf(1, 1, 2, 2), 2),
  'layer norm': () => layerNorm(leaf(2, 2), [2]),
  gelu: () => gelu(leaf(2)),
  softmax: () => leaf(2).softmax(0),
  'cross entropy': () => crossEntropy(leaf(2, 2), torch.tensor([0n, 1n])),
  inverse: () => torch.linalg.inv(torch.eye(2, { requiresGrad: true })),
};

test('nodes have the names that they have in Python', (t) => {
  const names = Object.entries(nodes).map(([name, run]) => [name, run().gradFn?.name() ?? null]);
  t.deepEqual(Object.fromEntries(names), golden.nodes);
});

function inferred(): Tensor {
  return torch.inferenceMode(() => torch.ones(2));
}

const errors: Record<string, () => unknown> = {
  'backward twice': () => {
    const y = leaf(2).exp().sum();
    y.backward();
    y.backward();
  },
  'backward without gradient': () => torch.ones(2).sum().backward(),
  'backward of a vector': () => leaf(2).mul(2).backward(),
  'backward of a complex number': () =>
    leaf(1).cfloat().mul(new torch.Complex(0, 1)).sum().backward(),
  'backward with no inputs': () => leaf(2).sum().backward({ inputs: [] }),
  'as many gradients as tensors': () =>
    torch.autograd.backward([leaf(2).exp(), leaf(2).exp()], [torch.ones(2)]),
  'unused input': () => torch.autograd.grad(leaf(2).sum(), leaf(2)),
  'input without gradient': () => torch.autograd.grad(leaf(2).sum(), torch.ones(2)),
  'materialize and refuse': () =>
    torch.autograd.grad(leaf(2).sum(), leaf(2), { allowUnused: false, materializeGrads: true }),
  'leaf changed in place': () => leaf(2).add_(1),
  'view of a leaf changed in place': () => first(leaf(2)).add_(1),
  'changed in place': () => {
    const y = leaf(2).exp();
    y.add_(1);
    y.sum().backward();
  },
  'changed under another': () => {
    const w = torch.ones(2);
    const y = leaf(2).mul(w);
    w.mul_(2);
    y.sum().backward();
  },
  'one of many views changed': () => leaf(2).clone().unbind()[0]?.mul_(2),
  'view made in no_grad': () => {
    const x = leaf(2).clone();
    torch.noGrad(() => first(x)).mul_(2);
  },
  'detach_ of a view': () => first(leaf(2).clone()).detach_(),
  'retain_grad without gradient': () => torch.ones(2).retainGrad(),
  'hook without gradient': () => torch.ones(2).registerHook(() => {}),
  'inference tensor requires grad': () => inferred().requiresGrad_(),
  'inference tensor saved': () => leaf(2).mul(inferred()),
  'inference tensor changed in place': () => inferred().add_(1),
  "inference tensor's version": () => inferred()._version,
  'view of an inference tensor changed': () => first(inferred()).add_(1),
};

/** Where Python words the message differently from libtorch, or sconce has names of its own. */
const ownMessages: Record<string, RegExp> = {
  'backward of a complex number': /^grad can be computed only for real scalar outputs/,
  'backward with no inputs': /inputs cannot be empty/,
  'changed in place': /modified by an inplace operation: .* is at version 1; expected version 0/,
  'changed under another': /modified by an inplace operation: /,
  'hook without gradient': /^cannot register a hook on a variable that doesn't require gradient/,
  'input without gradient': /input 0 does not require grad/,
  'unused input': /do not depend on input 0; with \{ allowUnused: true \}/,
  'materialize and refuse': /with materializeGrads, allowUnused cannot be false/,
};

const classes = { RuntimeError: TorchError, ValueError } as Record<string, typeof TorchError>;

test('every recorded error is tried', (t) => {
  t.deepEqual(Object.keys(errors), Object.keys(golden.errors));
});

for (const [name, { type, message }] of Object.entries(golden.errors)) {
  test(`the error is Python's: ${name}`, (t) => {
    t.throws(errors[name] as () => unknown, {
      instanceOf: classes[type],
      message: ownMessages[name] ?? message,
    });
  });
}

test('a gradient and a product with the Hessian', (t) => {
  torch.manualSeed(golden.seed);
  const [x, w, v] = [0, 1, 2].map(() => torch.randn(3, 3, { dtype: torch.float64 }));
  if (!x || !w || !v) throw new Error('three tensors');
  w.requiresGrad_();
  const loss = x.matmul(w).tanh().logsumexp(1).mul(w.diagonal()).sum();
  const [gradient] = torch.autograd.grad(loss, w, { createGraph: true });
  const [product] = torch.autograd.grad(gradient, w, v);
  const isNear = (found: Tensor, wanted: unknown) =>
    torch.allclose(found, torch.tensor(wanted as number[][], { dtype: torch.float64 }), {
      rtol: 1e-12,
      atol: 1e-14,
    });
  t.true(isNear(loss, golden.random.loss));
  t.true(isNear(gradient, golden.random.gradient));
  t.true(isNear(product, golden.random.product));
});
