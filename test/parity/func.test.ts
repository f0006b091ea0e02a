import { readFileSync } from 'node:fs';
import test from 'ava';
import torch, { type func, nn, Tensor } from 'sconce';

const { grad, gradAndValue, vjp, jvp, linearize, jacrev, jacfwd, hessian, vmap } = torch.func;
const { functionalCall, functionalize, stackModuleState } = torch.func;
const F = nn.functional;

interface Leaf {
  shape: number[];
  data: number[];
}
interface Golden {
  seed: number;
  values: Record<string, unknown>;
  printed: string[];
}

const golden: Golden = JSON.parse(
  readFileSync(new URL('../golden/func.json', import.meta.url), 'utf8'),
);
torch.setNumThreads(1);

const { float64 } = torch;
const x = torch.linspace(-1.5, 2, 6, { dtype: float64 }).reshape([2, 3]);
const y = torch.linspace(0.5, 1.5, 6, { dtype: float64 }).reshape([2, 3]);
const w = torch.linspace(-1, 1, 12, { dtype: float64 }).reshape([4, 3]);
const target = torch.tensor([2n, 0n]);
const x0 = x[0] as Tensor;
const y0 = y[0] as Tensor;

const dot = (a: Tensor, b: Tensor) => torch.dot(a, b);
const one = () => torch.ones([], { dtype: float64 });
const mlp = (weight: Tensor, sample: Tensor) => torch.tanh(weight.matmul(sample));
const nll = (weight: Tensor, sample: Tensor, label: Tensor) =>
  F.crossEntropy(weight.matmul(sample).unsqueeze(0), label.unsqueeze(0));
const product = (a: Tensor, b: Tensor) => a.mul(b.exp()).sum();
const waves = (a: Tensor) => a.sin().mul(a.cumsum(0)).sum();

/** A small CNN with a group norm: what per-sample gradients are taken of. */
class Net extends nn.Module {
  conv1 = new nn.Conv2d(1, 4, 3, { padding: 1 });
  norm = new nn.GroupNorm(2, 4);
  conv2 = new nn.Conv2d(4, 6, 3, { stride: 2 });
  fc = new nn.Linear(6 * 4 * 4, 10);

  forward(images: Tensor): Tensor {
    let x = F.maxPool2d(F.relu(this.norm(this.conv1(images))), 2);
    x = F.avgPool2d(F.gelu(this.conv2(x)), 2, { stride: 1 });
    return this.fc(x.flatten(1));
  }
}

type Params = Record<string, Tensor>;

function cnn() {
  torch.manualSeed(golden.seed);
  const net = new Net();
  const images = torch.randn(5, 1, 22, 22);
  const labels = torch.randint(0, 10, [5]);
  const params: Params = {};
  for (const [name, parameter] of net.namedParameters()) params[name] = parameter.detach();
  const loss = (params: Params, image: Tensor, label: Tensor): Tensor => {
    const logits = functionalCall(net, params, image.unsqueeze(0));
    return F.crossEntropy(logits, label.unsqueeze(0));
  };
  const [gradients, losses] = vmap(gradAndValue(loss), [null, 0, 0])(params, images, labels);
  const norms: Params = {};
  for (const [name, g] of Object.entries(gradients)) norms[name] = g.flatten(1).norm(2, 1);
  return {
    losses,
    norms,
    fc: gradients['fc.bias'],
    conv1: gradients['conv1.weight']?.[':, 0'],
  };
}

function ensemble() {
  torch.manualSeed(golden.seed);
  const models = Array.from(
    { length: 4 },
    () => new nn.Sequential(new nn.Linear(3, 5), new nn.ReLU(), new nn.Linear(5, 2)),
  );
  const [params, buffers] = stackModuleState(models);
  const base = models[0] as nn.Sequential;
  const batch = torch.randn(6, 3);
  const each = torch.randn(4, 6, 3);
  const call = (params: Params, buffers: Params, batch: Tensor): Tensor =>
    functionalCall(base, [params, buffers], batch) as Tensor;
  return {
    shared: vmap(call, [0, 0, null])(params, buffers, batch),
    each: vmap(call)(params, buffers, each),
  };
}

function random(randomness: func.Randomness) {
  torch.manualSeed(golden.seed);
  const draw = (sample: Tensor) => [
    torch.rand(2).add(sample),
    torch.randn(2),
    torch.randint(0, 100, [3]),
    torch.randperm(5),
    torch.bernoulli(torch.full([4], 0.5)),
    torch.randLike(sample),
    torch.normal(torch.zeros(2), 1),
    F.dropout(torch.ones(4), 0.5),
    torch.multinomial(torch.ones(4), 2),
    randomness === 'same' ? torch.empty(2).exponential_() : sample.clone().uniform_(),
  ];
  return vmap(draw, { randomness })(torch.zeros(3, 2));
}

function chunked(randomness: func.Randomness) {
  torch.manualSeed(golden.seed);
  const noisy = (sample: Tensor) => sample.add(torch.randn(2));
  return vmap(noisy, { randomness, chunkSize: 2 })(torch.zeros(5, 2));
}

function losses(loss: (a: Tensor, b: Tensor) => Tensor) {
  return vmap(grad(loss))(x, y);
}

function changed(remove: 'mutations' | 'mutations_and_views') {
  const a = x.clone();
  const change = (a: Tensor) => {
    const b = a.add(1);
    b.view(-1).mul_(2);
    a.add_(10);
    return b;
  };
  return [functionalize(change, { remove })(a), a];
}

const values: Record<string, () => unknown> = {
  grad: () => grad((a: Tensor) => a.sin().mul(a).sum())(x),
  'grad twice': () =>
    grad((a: Tensor) => grad((b: Tensor) => b.pow(4).add(a.mul(b)))(a))(x0[0] as Tensor),
  'grad argnums': () => grad(product, [1, 0])(x, y),
  'grad negative argnum': () => grad(product, -1)(x, y),
  'grad tree': () =>
    grad((t: { a: Tensor; b: [Tensor] }) => t.a.mul(t.b[0].cos()).sum())({ a: x, b: [y] }),
  'grad aux': () =>
    grad((a: Tensor): [Tensor, Tensor] => [a.pow(2).sum(), a.mul(3)], { hasAux: true })(x),
  'grad independent': () => grad((_: Tensor) => one())(x),
  gradAndValue: () => gradAndValue((a: Tensor) => a.pow(3).sum())(x),
  'gradAndValue aux': () =>
    gradAndValue((a: Tensor): [Tensor, Tensor] => [a.pow(3).sum(), a.add(1)], 0, true)(x),
  vjp: () => {
    const [output, vjpFn] = vjp((a: Tensor, b: Tensor) => [a.mul(b), a.sum(1)] as const, x, y);
    return [output, vjpFn([y, y.sum(1)])];
  },
  jvp: () => jvp((a: Tensor, b: Tensor) => [a.mul(b), a.sin().sum()], [x, y], [y, x]),
  linearize: () => {
    const [output, jvpFn] = linearize((a: Tensor) => a.sin().mul(a), x);
    return [output, jvpFn(y)];
  },
  jacrev: () => jacrev(mlp)(w, x0),
  'jacrev argnums': () => jacrev(mlp, [0, 1])(w, x0),
  'jacrev chunks': () => jacrev(mlp, 1, { chunkSize: 3 })(w, x0),
  'jacrev loop': () => jacrev(mlp, { argnums: 1, chunkSize: 1 })(w, x0),
  'jacrev tree': () =>
    jacrev((t: { a: Tensor; b: Tensor }) => ({ p: t.a.sin(), q: t.a.mul(t.b).sum() }))({
      a: x0,
      b: y0,
    }),
  'jacrev aux': () =>
    jacrev((a: Tensor): [Tensor, Tensor] => [a.sin(), a.mul(2)], { hasAux: true })(x0),
  jacfwd: () => jacfwd(mlp)(w, x0),
  'jacfwd argnums': () => jacfwd(mlp, [0, 1])(w, x0),
  'jacfwd aux': () => jacfwd((a: Tensor): [Tensor, Tensor] => [a.sin(), a.mul(2)], 0, true)(x0),
  'jacrev of jacrev': () => jacrev(jacrev(waves))(x0),
  'jacfwd of jacfwd': () => jacfwd(jacfwd(waves))(x0),
  hessian: () => hessian(waves)(x0),
  'hessian of softmax': () => hessian((weight: Tensor) => nll(weight, x0, torch.tensor(2n)))(w),
  'hessian of log_softmax': () => hessian((a: Tensor) => F.logSoftmax(a, 0)[1] as Tensor)(x0),
  'hessian of layer_norm': () =>
    hessian((a: Tensor) => F.layerNorm(a, [3], { weight: x[1], bias: y[1] }).pow(3).sum())(x0),
  'hessian of batch_norm': () =>
    hessian((a: Tensor) => F.batchNorm(a, null, null, { training: true }).pow(3).sum())(x),
  'hessian of logsigmoid': () => hessian((a: Tensor) => F.logsigmoid(a).sum())(x0),
  'hessian argnums': () => hessian(product, [0, 1])(x0, y0),
  'vmap of hessian': () => vmap(hessian((a: Tensor) => a.exp().mul(a.flip(0)).sum()))(x),
  vmap: () => vmap(dot)(x, y),
  'vmap inDims': () => vmap(dot, [1, 1])(x, y),
  'vmap unmapped': () => vmap((m: Tensor, v: Tensor) => m.mv(v), [null, 0])(w, x),
  'vmap negative': () => vmap(dot, [-1, 1])(x, y),
  'vmap outDims': () => vmap((a: Tensor) => [a.mul(2), a.sum()], { outDims: [1, 0] })(x),
  'vmap tree': () =>
    vmap(
      (t: { a: Tensor; b: Tensor }) => ({ s: t.a.add(t.b) }),
      [{ a: 0, b: null }],
    )({
      b: y0,
      a: x,
    }),
  'vmap of vmap': () =>
    vmap(
      vmap((a: Tensor, b: Tensor) => a.mul(b), [0, null]),
      [null, 0],
    )(x0, y0),
  'vmap chunks': () => vmap((a: Tensor) => a.cumsum(0), { chunkSize: 1 })(x),
  'vmap unused': () => vmap((_: Tensor) => y)(x),
  'vmap in place': () => vmap((a: Tensor) => a.clone().mul_(2).add_(a))(x),
  'vmap index': () => vmap((a: Tensor, i: Tensor) => a.index(i))(x, target),
  'vmap where': () => vmap((a: Tensor) => torch.where(a.gt(0), a, a.neg()))(x),
  'vmap sort': () => vmap((a: Tensor) => a.sort({ descending: true })[0])(x),
  'vmap linalg': () => vmap((a: Tensor) => torch.linalg.norm(torch.outer(a, a)))(x),
  'vmap addr': () =>
    vmap((a: Tensor, b: Tensor) => torch.addr(w[':3'] as Tensor, a, b, { beta: 0.5, alpha: 2 }))(
      x,
      y,
    ),
  'vmap of grad': () => vmap(grad(nll), [null, 0, 0])(w, x, target),
  'grad of vmap': () =>
    grad((weight: Tensor) => vmap(nll, [null, 0, 0])(weight, x, target).sum())(w),
  mse: () => losses((a, b) => F.mseLoss(a, b)),
  'mse sum': () => losses((a, b) => F.mseLoss(a, b, { reduction: 'sum' })),
  'smooth l1': () => losses((a, b) => F.smoothL1Loss(a, b, { beta: 0.7 })),
  huber: () => losses((a, b) => F.huberLoss(a, b, { delta: 0.4 })),
  'nll weights': () =>
    vmap(
      grad((a: Tensor, t: Tensor) =>
        F.nllLoss(a.logSoftmax(0).unsqueeze(0), t.unsqueeze(0), { weight: y0, ignoreIndex: 0 }),
      ),
    )(x, target),
  'nll 2d': () =>
    vmap(
      grad((a: Tensor, t: Tensor) =>
        F.nllLoss(a.reshape([1, 3, 1, 1]), t.reshape([1, 1, 1]), { weight: y0 }),
      ),
    )(x, target),
  'nll none': () =>
    vmap((a: Tensor) => F.nllLoss(a.reshape([1, 3]).expand([2, 3]), target, { reduction: 'none' }))(
      x,
    ),
  cnn,
  ensemble,
  'random different': () => random('different'),
  'random same': () => random('same'),
  'random in place': () => {
    torch.manualSeed(golden.seed);
    return vmap((s: Tensor) => s.clone().normal_(), { randomness: 'different' })(torch.zeros(3, 2));
  },
  'chunked different': () => chunked('different'),
  'chunked same': () => chunked('same'),
  'functionalize mutations': () => changed('mutations'),
  'functionalize mutations_and_views': () => changed('mutations_and_views'),
};

/** How far apart the numbers of two trees of the same structure are, relative to the larger. */
function distance(actual: unknown, expected: unknown, path: string): number {
  if (actual instanceof Tensor) {
    const { shape, data } = expected as Leaf;
    if (String(actual.shape) !== String(shape)) {
      throw new Error(`${path} has shape [${actual.shape}], Python's [${shape}]`);
    }
    const numbers = Array.from(actual.detach().double().flatten().toTypedArray() as Float64Array);
    const scale = Math.max(1e-3, ...data.map(Math.abs));
    return Math.max(0, ...numbers.map((n, i) => Math.abs(n - (data[i] as number)) / scale));
  }
  const keys = Object.keys(actual as object);
  if (keys.join() !== Object.keys(expected as object).join()) {
    throw new Error(`${path} has [${keys}], Python's [${Object.keys(expected as object)}]`);
  }
  const members = actual as Record<string, unknown>;
  const others = expected as Record<string, unknown>;
  return Math.max(0, ...keys.map((key) => distance(members[key], others[key], `${path}.${key}`)));
}

test('the table has what Python recorded', (t) => {
  t.deepEqual(Object.keys(values).sort(), Object.keys(golden.values).sort());
});

for (const [name, run] of Object.entries(values)) {
  test(`${name} is what Python computes`, (t) => {
    const isSingle = /cnn|ensemble|random|chunked/.test(name);
    t.true(distance(run(), golden.values[name], name) < (isSingle ? 1e-5 : 1e-12));
    t.false(torch.func.grad((a: Tensor) => a.sum())(x).requiresGrad);
  });
}

test('wrapped tensors print as in Python', (t) => {
  const seen: string[] = [];
  const watch = (value: Tensor) => {
    seen.push(String(value));
    return value;
  };
  const a = torch.tensor([
    [1, 2, 3],
    [4, 5, 6],
  ]);
  vmap((s: Tensor) => watch(s).sum())(a);
  grad((s: Tensor) => watch(watch(s).mul(2)).sum())(a);
  vmap(grad((s: Tensor) => watch(s).sum()))(a);
  vmap(
    vmap((s: Tensor) => watch(s).mul(2)),
    1,
  )(a);
  jacfwd((s: Tensor) => watch(s.mul(2)))(a[0] as Tensor);
  functionalize((s: Tensor) => watch(watch(s.add(1)).view(-1)))(a);
  let escaped = a;
  grad((s: Tensor) => {
    escaped = s;
    return s.sum();
  })(a);
  watch(escaped);
  t.deepEqual(seen, golden.printed);
});
