import test, { type ExecutionContext } from 'ava';
import torch, { NotImplementedError, type distributions as namespace, Tensor } from 'sconce';
import { camelCase } from '../../lib/naming.js';
import { readGolden } from '../_helpers/golden.js';

type Distribution = namespace.Distribution;
type Transform = namespace.Transform;

/** A tensor as Python wrote it: what no double is stands by its name. */
interface Leaf {
  shape: number[];
  data: (number | string)[];
}
type Outcome = Leaf | { error: string } | null;
type Arguments = Record<string, Leaf | number>;

interface Recorded {
  name: string;
  arguments: Arguments;
  value: Leaf;
  isIndex: boolean;
  repr: string;
  shapes: [number[], number[]];
  support: string | null;
  hasRsample: boolean;
  hasEnumerateSupport: boolean;
  sample: Leaf;
  gradients: Record<string, Leaf | null> | null;
  expanded: [number[], Outcome];
}
type Quantity =
  | 'logProb'
  | 'cdf'
  | 'icdf'
  | 'entropy'
  | 'perplexity'
  | 'mean'
  | 'mode'
  | 'variance'
  | 'stddev'
  | 'enumerateSupport';

interface RecordedTransform {
  x: Leaf;
  repr: string;
  y: Leaf;
  inverse: Outcome;
  jacobian: Outcome;
  sign: Outcome | number;
  shapes: [number[], number[]];
  bijective: boolean;
  domain: string;
  codomain: string;
}

interface Composed {
  repr: string;
  shapes: [number[], number[]];
  support: string;
  sample: Leaf;
  logProb: Leaf;
  cdf: Outcome;
  mean: Outcome;
  variance: Outcome;
  entropy: Outcome;
}

const golden = readGolden<{
  seed: number;
  distributions: (Recorded & Record<Quantity, Outcome>)[];
  pairs: [name: string, p: Arguments, q: Arguments][];
  divergences: [p: string, q: string, value: Leaf][];
  transforms: Record<string, RecordedTransform>;
  composed: Record<string, Composed>;
}>('distributions.json.gz');

torch.setNumThreads(1);
torch.setDefaultDtype(torch.float64);

const { distributions: D } = torch;
const t = torch.tensor;

const number = (entry: number | string) =>
  typeof entry === 'number' ? entry : Number(entry.replace('inf', 'Infinity'));

function tensorOf({ shape, data }: Leaf, dtype = torch.float64): Tensor {
  return t(Float64Array.from(data, number)).to(dtype).reshape(shape);
}

/** Compares shapes and numbers: doubles that were computed the same way. */
function compare(context: ExecutionContext, actual: Tensor, expected: Leaf, what: string): void {
  context.deepEqual(actual.shape, expected.shape, `${what}: shape`);
  const numbers = Array.from(
    actual.detach().to(torch.float64).flatten().toTypedArray() as Float64Array,
  );
  for (const [i, entry] of expected.data.entries()) {
    const [mine, wanted] = [numbers[i] as number, number(entry)];
    const isNear =
      Object.is(mine, wanted) ||
      mine === wanted ||
      Math.abs(mine - wanted) <= 1e-10 * Math.max(1e-3, Math.abs(wanted));
    if (!isNear) context.fail(`${what}[${i}] is ${mine}, Python's ${wanted}`);
  }
}

const hasFailed = (outcome: Outcome): outcome is { error: string } =>
  outcome !== null && 'error' in outcome;

/** A number, or nothing, or an error, as in Python. */
function check(
  context: ExecutionContext,
  compute: () => Tensor,
  outcome: Outcome,
  what: string,
): void {
  if (outcome === null) context.throws(compute, { instanceOf: NotImplementedError }, what);
  else if (hasFailed(outcome)) context.throws(compute, undefined, `${what}: ${outcome.error}`);
  else compare(context, compute(), outcome, what);
}

type Options = Record<string, Tensor | number>;

function argumentsOf(recorded: Arguments): Options {
  const entries = Object.entries(recorded).map(([name, value]) => [
    camelCase(name),
    typeof value === 'number' ? value : tensorOf(value),
  ]);
  return Object.fromEntries(entries);
}

type Class = new (options: Options) => Distribution;
const make = (name: string, options: Options) =>
  new ((D as unknown as Record<string, Class>)[name] as Class)(options);

// PyTorch compares float64 with a float32 zero there, and fails; sconce computes.
const isFixed = (name: string, outcome: Outcome) =>
  name === 'GeneralizedPareto' && outcome !== null && 'error' in outcome;

for (const [i, recorded] of golden.distributions.entries()) {
  const { name } = recorded;
  const options = argumentsOf(recorded.arguments);
  test(`${name} ${i}: shapes, printing and support are Python's`, (context) => {
    const distribution = make(name, options);
    context.is(String(distribution), recorded.repr);
    context.deepEqual([distribution.batchShape, distribution.eventShape], recorded.shapes);
    context.is(distribution.hasRsample, recorded.hasRsample);
    context.is(distribution.hasEnumerateSupport, recorded.hasEnumerateSupport);
    if (recorded.support) context.is(String(distribution.support), recorded.support);
  });

  test(`${name} ${i}: samples and their gradients are Python's`, (context) => {
    torch.manualSeed(golden.seed);
    compare(context, make(name, options).sample([4, 2]), recorded.sample, 'sample');
    if (!recorded.gradients) return;
    const leaves: Options = {};
    for (const [key, value] of Object.entries(options)) {
      leaves[key] = value instanceof Tensor ? value.clone().requiresGrad_() : value;
    }
    torch.manualSeed(golden.seed);
    const sample = make(name, leaves).rsample([3]);
    const weights = torch.linspace(0.5, 1.5, sample.numel()).reshape(sample.shape);
    const names = Object.keys(recorded.gradients);
    const tensors = names.map((key) => leaves[camelCase(key)] as Tensor);
    const found = torch.autograd.grad(sample.mul(weights).sum(), tensors, { allowUnused: true });
    for (const [j, key] of names.entries()) {
      const expected = recorded.gradients[key];
      if (!expected) context.is(found[j] as unknown, null);
      else compare(context, found[j] as Tensor, expected, `gradient of ${key}`);
    }
  });

  test(`${name} ${i}: densities, moments and entropy are Python's`, (context) => {
    const distribution = make(name, options);
    const at = tensorOf(recorded.value, recorded.isIndex ? torch.int64 : torch.float64);
    const shape = [...distribution.batchShape, ...distribution.eventShape];
    const probability = torch.full(shape, 0.3);
    const quantities: Record<Quantity, () => Tensor> = {
      logProb: () => distribution.logProb(at),
      cdf: () => distribution.cdf(at),
      icdf: () => distribution.icdf(probability),
      entropy: () => distribution.entropy(),
      perplexity: () => distribution.perplexity(),
      mean: () => distribution.mean,
      mode: () => distribution.mode,
      variance: () => distribution.variance,
      stddev: () => distribution.stddev,
      enumerateSupport: () => distribution.enumerateSupport(),
    };
    for (const [what, compute] of Object.entries(quantities)) {
      const outcome = recorded[what as Quantity];
      if (!isFixed(name, outcome)) check(context, compute, outcome, what);
    }
    const expanded = distribution.expand([5, ...distribution.batchShape]);
    context.deepEqual(expanded.batchShape, recorded.expanded[0]);
    const [, logProb] = recorded.expanded;
    const value = name === 'LKJCholesky' ? (at['0, :1'] as Tensor) : at;
    if (!isFixed(name, logProb)) {
      check(context, () => expanded.logProb(value), logProb, 'logProb, expanded');
    }
  });
}

test('every distribution of PyTorch is in the table', (context) => {
  const names = new Set(golden.distributions.map(({ name }) => name));
  const abstract = /^(Distribution|ExponentialFamily|ConstraintRegistry)$/;
  const composed = /^(Independent|MixtureSameFamily|TransformedDistribution)$|Transform$/;
  const classes = Object.entries(D)
    .filter(([name, value]) => typeof value === 'function' && /^[A-Z]/.test(name))
    .map(([name]) => name);
  context.deepEqual(
    classes.filter((name) => !names.has(name) && !abstract.test(name) && !composed.test(name)),
    [],
  );
});

test('the divergences are Python’s, and there are no others', (context) => {
  const known = new Map(golden.divergences.map(([p, q, value]) => [`${p} ${q}`, value]));
  for (const [p, first] of golden.pairs) {
    for (const [q, , second] of golden.pairs) {
      const compute = () =>
        D.klDivergence(make(p, argumentsOf(first)), make(q, argumentsOf(second)));
      check(context, compute, known.get(`${p} ${q}`) ?? null, `${p} ${q}`);
    }
  }
});

const { constraints } = D;
const vector = [0.3, -0.7, 1.2];
const transforms: Record<string, () => Transform> = {
  Exp: () => new D.ExpTransform(),
  Power: () => new D.PowerTransform(t([2, 0.5, 3])),
  Sigmoid: () => new D.SigmoidTransform(),
  Softplus: () => new D.SoftplusTransform(),
  Tanh: () => new D.TanhTransform(),
  Abs: () => new D.AbsTransform(),
  Affine: () => new D.AffineTransform(t(1), t([2, -1, 0.5])),
  'Affine of an event': () => new D.AffineTransform(0.5, 2, { eventDim: 1 }),
  Softmax: () => new D.SoftmaxTransform(),
  StickBreaking: () => new D.StickBreakingTransform(),
  CorrCholesky: () => new D.CorrCholeskyTransform(),
  LowerCholesky: () => new D.LowerCholeskyTransform(),
  PositiveDefinite: () => new D.PositiveDefiniteTransform(),
  Cumulative: () => new D.CumulativeDistributionTransform(new D.Normal(0, 1)),
  Reshape: () => new D.ReshapeTransform([3], [1, 3]),
  Independent: () => new D.IndependentTransform(new D.ExpTransform(), 1),
  Compose: () => new D.ComposeTransform([new D.AffineTransform(0.5, 2), new D.TanhTransform()]),
  'Compose of vectors': () =>
    new D.ComposeTransform([new D.AffineTransform(0.5, 2), new D.StickBreakingTransform()]),
  Cat: () => new D.CatTransform([new D.ExpTransform(), new D.SigmoidTransform()], 0, [1, 2]),
  Stack: () =>
    new D.StackTransform([new D.ExpTransform(), new D.SigmoidTransform(), D.identityTransform]),
  Inverse: () => new D.ExpTransform().inv,
  'biject_to simplex': () => D.bijectTo(constraints.simplex),
  'biject_to interval': () => D.bijectTo(constraints.interval(-1, 3)),
  'biject_to positive': () => D.bijectTo(constraints.positive),
  'transform_to less_than': () => D.transformTo(constraints.lessThan(2)),
  'transform_to independent': () =>
    D.transformTo(constraints.independent(constraints.unitInterval, 1)),
  'transform_to lower_cholesky': () => D.transformTo(constraints.lowerCholesky),
};

test('the table of transforms is Python’s', (context) => {
  context.deepEqual(Object.keys(transforms), Object.keys(golden.transforms));
  context.is(vector.length, 3);
});

for (const [name, build] of Object.entries(transforms)) {
  test(`transform ${name} is Python's`, (context) => {
    const recorded = golden.transforms[name] as RecordedTransform;
    const transform = build();
    const x = tensorOf(recorded.x);
    const y = transform(x);
    context.is(String(transform), recorded.repr);
    compare(context, y, recorded.y, 'y');
    check(context, () => transform.inv(y), recorded.inverse, 'inverse');
    check(context, () => transform.logAbsDetJacobian(x, y), recorded.jacobian, 'jacobian');
    context.deepEqual(
      [transform.forwardShape(x.shape), transform.inverseShape(y.shape)],
      recorded.shapes,
    );
    context.is(transform.bijective, recorded.bijective);
    context.is(String(transform.domain), recorded.domain);
    context.is(String(transform.codomain), recorded.codomain);
    if (typeof recorded.sign === 'number') context.is(transform.sign, recorded.sign);
    else check(context, () => transform.sign as Tensor, recorded.sign, 'sign');
  });
}

const composed: Record<string, () => [Distribution, Tensor]> = {
  independent: () => [
    new D.Independent(new D.Normal(torch.zeros(3, 2), t([1, 2])), 1),
    torch.ones(3, 2),
  ],
  mixture: () => [
    new D.MixtureSameFamily(
      new D.Categorical(t([0.3, 0.7])),
      new D.Normal(t([-1, 1]), t([0.5, 2])),
    ),
    t([0.5, -2]),
  ],
  'mixture of vectors': () => [
    new D.MixtureSameFamily(
      new D.Categorical(torch.ones(3)),
      new D.Independent(
        new D.Normal(torch.linspace(-1, 1, 6).reshape([3, 2]), torch.ones(3, 2)),
        1,
      ),
    ),
    torch.ones(4, 2),
  ],
  transformed: () => [
    new D.TransformedDistribution(new D.Normal(t([0, 1]), 1), [
      new D.TanhTransform(),
      new D.AffineTransform(2, -0.5),
    ]),
    t([2.1, 1.9]),
  ],
};

for (const [name, build] of Object.entries(composed)) {
  test(`composed: ${name} is Python's`, (context) => {
    const recorded = golden.composed[name] as Composed;
    const [distribution, at] = build();
    context.is(String(distribution), recorded.repr);
    context.deepEqual([distribution.batchShape, distribution.eventShape], recorded.shapes);
    context.is(String(distribution.support), recorded.support);
    torch.manualSeed(golden.seed);
    compare(context, distribution.sample([3]), recorded.sample, 'sample');
    compare(context, distribution.logProb(at), recorded.logProb, 'logProb');
    check(context, () => distribution.cdf(at), recorded.cdf, 'cdf');
    check(context, () => distribution.mean, recorded.mean, 'mean');
    check(context, () => distribution.variance, recorded.variance, 'variance');
    check(context, () => distribution.entropy(), recorded.entropy, 'entropy');
  });
}
