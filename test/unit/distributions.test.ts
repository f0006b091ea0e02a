import test from 'ava';
import torch, { IndexError, NotImplementedError, type Tensor, ValueError } from 'sconce';

const { distributions: D } = torch;
const { constraints } = D;
const t = torch.tensor;
torch.setNumThreads(1);

const isTrue = (value: Tensor) => value.tolist();

// What a constructor or a value must be told of, and how.
const mistakes: Record<string, [run: () => unknown, message: RegExp]> = {
  'a negative scale': [
    () => new D.Normal(t([0, 0]), t([1, -1])),
    /expected parameter scale \(Tensor of shape \(2,\)\) of distribution Normal\(loc: torch\.Size\(\[2\]\), scale: torch\.Size\(\[2\]\)\) to satisfy the constraint GreaterThan\(lower_bound=0\.0\), but found invalid values/,
  ],
  'a NaN': [() => new D.Normal(Number.NaN, 1), /parameter loc .* constraint Real\(\)/],
  'probs above 1': [() => new D.Bernoulli(1.5), /Interval\(lower_bound=0\.0, upper_bound=1\.0\)/],
  'low above high': [() => new D.Uniform(2, 1), /parameter low/],
  'a success that never comes': [() => new D.Geometric(0), /probs .* to be positive/],
  'neither probs nor logits': [() => new D.Bernoulli(), /either probs or logits/],
  'probs and logits': [() => new D.Categorical(t([1]), t([1])), /and not both/],
  'probs without a dimension': [() => new D.Categorical(t(1)), /at least one dimension/],
  'a number of classes': [
    () => new D.Categorical(3 as never),
    /probs must be a Tensor, got number/,
  ],
  'a string': [() => new D.Normal('0' as never, 1), /Tensors or numbers, got string/],
  'an unknown option': [
    () => new D.Normal(0, 1, { validate_args: true } as never),
    /did you mean `validateArgs`/,
  ],
  'a missing argument': [() => new (D.Normal as never as new () => unknown)(), /missing required/],
  'a fraction of trials': [() => new D.Multinomial(1.5, t([1, 1])), /one integer/],
  'a matrix that is not positive definite': [
    () =>
      new D.MultivariateNormal(
        torch.zeros(2),
        t([
          [1, 2],
          [2, 1],
        ]),
      ),
    /parameter covarianceMatrix .* PositiveDefinite\(\)/,
  ],
  'two matrices': [
    () =>
      new D.MultivariateNormal(torch.zeros(2), {
        covarianceMatrix: torch.eye(2),
        scaleTril: torch.eye(2),
      }),
    /exactly one of/,
  ],
  'too few degrees of freedom': [() => new D.Wishart(0.5, torch.eye(2)), /df must be greater/],
  'a correlation matrix of size 1': [() => new D.LKJCholesky(1), /at least 2, got 1/],
  'too many dimensions reinterpreted': [
    () => new D.Independent(new D.Normal(torch.zeros(2), 1), 2),
    /2 batch dimensions cannot be reinterpreted, the distribution has 1/,
  ],
  'a mixture of a wrong number': [
    () =>
      new D.MixtureSameFamily(new D.Categorical(torch.ones(3)), new D.Normal(torch.zeros(2), 1)),
    /of 3 components, got 2/,
  ],
  'a mixture of no Categorical': [
    () => new D.MixtureSameFamily(new D.Bernoulli(0.5) as never, new D.Normal(torch.zeros(2), 1)),
    /must be a Categorical/,
  ],
  'transforms that are none': [
    () => new D.TransformedDistribution(new D.Normal(0, 1), [1] as never),
    /must be a Transform/,
  ],
  'a value outside the support': [
    () => new D.Exponential(1).logProb(t([-1])),
    /within the support \(GreaterThanEq\(lower_bound=0\.0\)\) of the distribution Exponential\(rate: 1\.0\)/,
  ],
  'a value that is no integer': [() => new D.Poisson(1).logProb(t([0.5])), /IntegerGreaterThan/],
  'a value of a wrong event': [
    () => new D.Dirichlet(torch.ones(3)).logProb(t([0.5, 0.5])),
    /those of an event: \(2,\) against \(3,\)/,
  ],
  'a value that does not broadcast': [
    () => new D.Normal(torch.zeros(3), 1).logProb(torch.zeros(2)),
    /cannot be broadcast/,
  ],
  'a number as value': [() => new D.Normal(0, 1).logProb(0 as never), /expected a Tensor/],
  'a sample shape that is no array': [
    () => new D.Normal(0, 1).sample(3 as never),
    /array of sizes/,
  ],
  'reshaping to another size': [() => new D.ReshapeTransform([3], [2, 2]), /numbers of elements/],
  'a large cache': [() => new D.ExpTransform({ cacheSize: 2 }), /0 or 1, got 2/],
  'a validation that is no boolean': [
    () => D.Distribution.setDefaultValidateArgs(1 as never),
    /takes a boolean/,
  ],
};

for (const [name, [run, message]] of Object.entries(mistakes)) {
  test(`mistake: ${name}`, (context) => {
    context.throws(run, { message });
  });
}

test.serial('checks can be turned off, for one and for all', (context) => {
  context.is(new D.Normal(0, -1, { validateArgs: false }).scale.item(), -1);
  D.Distribution.setDefaultValidateArgs(false);
  try {
    context.is(new D.Normal(0, -1).scale.item(), -1);
    context.true(Number.isFinite(new D.Exponential(1).logProb(t(-1)).item()));
  } finally {
    D.Distribution.setDefaultValidateArgs(true);
  }
  context.throws(() => new D.Normal(0, -1), { instanceOf: ValueError });
});

test('what a distribution has not is a NotImplementedError', (context) => {
  context.throws(() => new D.Poisson(1).rsample(), { instanceOf: NotImplementedError });
  context.throws(() => new D.Normal(0, 1).enumerateSupport(), {
    instanceOf: NotImplementedError,
    message: 'Normal has no enumerateSupport',
  });
  context.throws(() => new D.Beta(1, 1).cdf(t(0.5)), { instanceOf: NotImplementedError });
  context.throws(() => D.bijectTo(constraints.oneHot), { message: /no transform to OneHot/ });
});

test('expand gives views that share memory, of a subclass too', (context) => {
  class Shifted extends D.Normal {
    get shift() {
      return this.loc.add(1);
    }
  }
  const normal = new Shifted(t([1, 2]), t([1, 1]));
  const expanded = normal.expand([3, 2]);
  context.true(expanded instanceof Shifted);
  context.deepEqual(expanded.shift.tolist(), [
    [2, 3],
    [2, 3],
    [2, 3],
  ]);
  context.is(expanded.loc.dataPtr(), normal.loc.dataPtr());
  context.deepEqual(new D.Weibull(t([1, 2]), 1).expand([2, 2]).batchShape, [2, 2]);
});

test('numbers take the dtype of the first tensor', (context) => {
  const normal = new D.Normal(torch.zeros(2, { dtype: torch.float64 }), 1);
  context.is(normal.scale.dtype, torch.float64);
  context.is(new D.Normal(0, 1).loc.dtype, torch.float32);
});

test('gradients of logProb reach the parameters', (context) => {
  const loc = t([1, 2], { requiresGrad: true });
  new D.Normal(loc, 2)
    .logProb(t([2, 2]))
    .sum()
    .backward();
  // The derivative of the density's logarithm is (value - loc) / scale ** 2.
  context.deepEqual(loc.grad?.tolist(), [0.25, 0]);
});

test('probs are computed of logits with gradients, once', (context) => {
  const logits = t([0, 0], { requiresGrad: true });
  const bernoulli = torch.noGrad(() => new D.Bernoulli({ logits }));
  const probs = torch.noGrad(() => bernoulli.probs);
  context.is(probs, bernoulli.probs);
  probs.sum().backward();
  context.deepEqual(logits.grad?.tolist(), [0.25, 0.25]);
});

test('a transform with a cache gives back the very input', (context) => {
  const transform = new D.ExpTransform({ cacheSize: 1 });
  const x = t([1, 2]);
  context.is(transform.inv(transform(x)), x);
  context.not(new D.ExpTransform().inv(transform(x)), x);
  context.is(new D.ExpTransform().withCache()._cacheSize, 1);
  context.is(transform.inv.inv, transform);
  const both = new D.ComposeTransform([new D.ExpTransform(), new D.TanhTransform()]).withCache();
  context.is(both.inv(both(x)), x);
});

test('transforms are equal where they do the same', (context) => {
  context.true(new D.AffineTransform(0, t(2)).equals(new D.AffineTransform(0, 2)));
  context.false(new D.AffineTransform(0, 1).equals(new D.AffineTransform(0, 2)));
  context.false(new D.ExpTransform().equals(new D.TanhTransform()));
  context.true(new D.ExpTransform().inv.equals(new D.ExpTransform().inv));
  const price = new D.TransformedDistribution(new D.Normal(0, 1), new D.ExpTransform());
  const other = new D.TransformedDistribution(new D.Normal(0, 1), new D.TanhTransform());
  context.throws(() => D.klDivergence(price, other), { instanceOf: NotImplementedError });
  context.is(D.klDivergence(price, price).item(), 0);
});

test('the nearest registered divergence is taken', (context) => {
  class A extends D.Normal {}
  class B extends A {}
  const ofA = t(1);
  D.registerKl(A, D.Normal, () => ofA);
  context.is(D.klDivergence(new B(0, 1), new D.Normal(0, 1)), ofA);
  context.is(D.klDivergence(new B(0, 1), new B(0, 1)), ofA);
  context.is(D.klDivergence(new D.Normal(0, 1), new B(0, 1)).item(), 0);
  const ofB = t(2);
  D.registerKl(B, D.Normal, () => ofB);
  context.is(D.klDivergence(new B(0, 1), new D.Normal(0, 1)), ofB);
  context.throws(() => D.registerKl(A, Map as never, () => ofA), { instanceOf: TypeError });
  context.throws(() => D.klDivergence(1 as never, new D.Normal(0, 1)), { instanceOf: TypeError });
});

test('a divergence is what a mean over samples comes to', (context) => {
  torch.manualSeed(0);
  const [p, q] = [new D.Gamma(2, 1), new D.Gamma(3, 1.5)];
  const samples = p.sample([200_000]);
  const estimate = p.logProb(samples).sub(q.logProb(samples)).mean().item();
  context.true(Math.abs(estimate - D.klDivergence(p, q).item()) < 0.01);
});

const three = torch.ones(3, 3);
// A value inside and one outside each constraint.
const regions: [name: string, constraint: D_Constraint, inside: Tensor, outside: Tensor][] = [
  ['boolean', constraints.boolean, t(1), t(0.5)],
  ['oneHot', constraints.oneHot, t([0, 1, 0]), t([1, 1, 0])],
  ['nonnegativeInteger', constraints.nonnegativeInteger, t(0), t(-1)],
  ['positiveInteger', constraints.positiveInteger, t(1), t(0)],
  ['integerInterval', constraints.integerInterval(1, 3), t(3), t(4)],
  ['real', constraints.real, t(Number.POSITIVE_INFINITY), t(Number.NaN)],
  ['realVector', constraints.realVector, t([1, 2]), t([1, Number.NaN])],
  ['positive', constraints.positive, t(0.1), t(0)],
  ['nonnegative', constraints.nonnegative, t(0), t(-0.1)],
  ['greaterThan', constraints.greaterThan(t(2)), t(2.5), t(2)],
  ['greaterThanEq', constraints.greaterThanEq(2), t(2), t(1)],
  ['lessThan', constraints.lessThan(2), t(1), t(2)],
  ['unitInterval', constraints.unitInterval, t(1), t(1.1)],
  ['halfOpenInterval', constraints.halfOpenInterval(0, 1), t(0), t(1)],
  ['simplex', constraints.simplex, t([0.5, 0.5]), t([0.5, 0.6])],
  ['multinomial', constraints.multinomial(3), t([1, 2]), t([2, 2])],
  ['lowerTriangular', constraints.lowerTriangular, three.tril(), three],
  ['lowerCholesky', constraints.lowerCholesky, three.tril(), three.tril().neg()],
  ['corrCholesky', constraints.corrCholesky, torch.eye(3), three.tril()],
  ['square', constraints.square, three, torch.ones(2, 3)],
  ['symmetric', constraints.symmetric, three, three.tril()],
  ['positiveSemidefinite', constraints.positiveSemidefinite, torch.eye(3), torch.eye(3).neg()],
  ['positiveDefinite', constraints.positiveDefinite, torch.eye(3), three.sub(2)],
  ['independent', constraints.independent(constraints.positive, 1), t([1, 2]), t([1, 0])],
];
type D_Constraint = typeof constraints.positive;

for (const [name, constraint, inside, outside] of regions) {
  test(`constraint ${name} tells inside from outside`, (context) => {
    context.is(isTrue(constraint.check(inside)), true);
    context.is(isTrue(constraint.check(outside)), false);
  });
}

test('dependent constraints cannot be checked', (context) => {
  context.throws(() => constraints.dependent.check(t(1)), { instanceOf: ValueError });
  context.throws(() => constraints.dependent.eventDim, { instanceOf: NotImplementedError });
  context.true(constraints.isDependent(constraints.dependent));
  context.throws(() => constraints.cat([constraints.real], 3).check(t([1])), {
    message: /dimension 3 is out of range/,
  });
  context.throws(() => torch.ones(2).select(3, 0), { instanceOf: IndexError });
});

test('a registry takes constraints of one’s own', (context) => {
  class Even extends constraints.Constraint {
    override check(value: Tensor) {
      return value.remainder(2).eq(0);
    }
  }
  D.transformTo.register(Even, () => new D.AffineTransform(0, 2));
  context.is(D.transformTo(new Even())(t(3)).item(), 6);
  context.throws(() => D.transformTo.register(Map as never, () => D.identityTransform), {
    instanceOf: TypeError,
  });
});

test('every support has a transform that leads into it', (context) => {
  torch.manualSeed(0);
  const supports = [
    new D.Normal(0, 1),
    new D.Gamma(1, 1),
    new D.Beta(1, 1),
    new D.Uniform(t(-1), t(3)),
    new D.Pareto(t(2), 1),
    new D.Independent(new D.Exponential(t([1, 2])), 1),
  ].map(({ support }) => support);
  for (const support of supports) {
    const x = torch.randn(4, 2);
    const transform = D.bijectTo(support);
    context.true(support.check(transform(x)).all().item() as unknown as boolean, String(support));
    context.true(torch.allclose(transform.inv(transform(x)), x, { atol: 1e-4 }), String(support));
  }
  const matrices = D.transformTo(constraints.positiveDefinite)(torch.randn(5, 3, 3));
  context.true(constraints.positiveDefinite.check(matrices).all().item() as unknown as boolean);
});

test('distributions work inside vmap and grad', (context) => {
  const { grad, vmap } = torch.func;
  const logProb = (loc: Tensor, value: Tensor) =>
    new D.Normal(loc, 1, { validateArgs: false }).logProb(value);
  const slopes = vmap(grad(logProb))(t([0, 1]), t([1, 3]));
  context.deepEqual(slopes.tolist(), [1, 2]);
});
