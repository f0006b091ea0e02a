import test from 'ava';
import torch, { copy, nn, type Tensor } from 'sconce';
import { gradients, Player, readGolden } from '../_helpers/golden.js';

type State = Record<string, unknown>;

interface LayerCase {
  name: string;
  input: unknown;
  repr: string;
  state: State;
  out: unknown;
  gradients: unknown;
  names: string[];
  evaluated: unknown;
  after: State;
  metadata: unknown;
  removed: { repr: string; state: State };
}

type Assigned = Record<string, unknown> & { complexShape: number[] };

const golden = readGolden<{ seed: number; cases: (LayerCase | Assigned)[] }>('parametrize.json');
const player = new Player(golden);
const layers = golden.cases.slice(0, -1) as LayerCase[];
const assigned = golden.cases.at(-1) as Assigned;
const { utils } = nn;
const { cached, isParametrized, registerParametrization, removeParametrizations } =
  utils.parametrize;
const { orthogonal, spectralNorm, weightNorm } = utils.parametrizations;

class Symmetric extends nn.Module {
  forward(X: Tensor): Tensor {
    return X.triu().add(X.triu(1).mT);
  }

  rightInverse(A: Tensor): Tensor {
    return A.triu();
  }
}

class Halve extends nn.Module {
  forward(X: Tensor): Tensor {
    return X.div(2);
  }

  rightInverse(A: Tensor): Tensor {
    return A.mul(2);
  }
}

class Rank1 extends nn.Module {
  forward(a: Tensor, b: Tensor): Tensor {
    return a.unsqueeze(1).mul(b);
  }

  rightInverse(X: Tensor): Tensor[] {
    return [X.select(1, 0).clone(), X.select(0, 0).clone()];
  }
}

class Softplus extends nn.Module {
  forward(X: Tensor): Tensor {
    return nn.functional.softplus(X);
  }
}

const symmetric = <M extends nn.Module>(layer: M) =>
  registerParametrization(layer, 'weight', new Symmetric());

type Case = [build: () => nn.Module, change: (layer: never) => nn.Module];
const wide = { useTrivialization: false };
const changes: Record<string, Case> = {
  symmetric: [() => new nn.Linear(3, 3), symmetric],
  twice: [
    () => new nn.Linear(3, 3),
    (m) => registerParametrization(symmetric(m), 'weight', new Halve()),
  ],
  'two tensors': [
    () => new nn.Linear(3, 4),
    (m) => {
      registerParametrization(m, 'weight', new Rank1(), { unsafe: true });
      return registerParametrization(m, 'bias', new Softplus());
    },
  ],
  buffer: [
    () => new nn.BatchNorm1d(3),
    (m) => registerParametrization(m, 'running_var', new Softplus()),
  ],
  'weight norm': [() => new nn.Linear(3, 4), (m) => weightNorm(m)],
  'weight norm conv': [() => new nn.Conv2d(2, 3, 2), (m) => weightNorm(m, { dim: null })],
  'weight norm lstm': [() => new nn.LSTM(3, 2), (m) => weightNorm(m, 'weight_hh_l0', 1)],
  'spectral norm': [() => new nn.Linear(3, 4), (m) => spectralNorm(m)],
  'spectral norm conv': [
    () => new nn.ConvTranspose2d(2, 3, 2),
    (m) => spectralNorm(m, { nPowerIterations: 3 }),
  ],
  'spectral norm vector': [() => new nn.Linear(3, 4), (m) => spectralNorm(m, 'bias')],
  'orthogonal square': [() => new nn.Linear(3, 3), (m) => orthogonal(m)],
  'orthogonal tall': [() => new nn.Linear(2, 4), (m) => orthogonal(m)],
  'orthogonal wide': [() => new nn.Linear(4, 2), (m) => orthogonal(m, wide)],
  'orthogonal cayley': [() => new nn.Linear(4, 2), (m) => orthogonal(m, 'weight', 'cayley')],
  'orthogonal exp': [
    () => new nn.Linear(2, 3),
    (m) => orthogonal(m, { orthogonalMap: 'matrix_exp', ...wide }),
  ],
  'old weight norm': [() => new nn.Linear(3, 4), (m) => utils.weightNorm(m)],
  'old weight norm conv': [
    () => new nn.Conv1d(2, 3, 2),
    (m) => utils.weightNorm(m, 'weight', null),
  ],
  'old spectral norm': [() => new nn.Linear(3, 4), (m) => utils.spectralNorm(m)],
  'old spectral norm conv': [
    () => new nn.ConvTranspose1d(2, 3, 2),
    (m) => utils.spectralNorm(m, { nPowerIterations: 2 }),
  ],
};

function remove(name: string, layer: nn.Module): nn.Module {
  if (name.startsWith('old weight')) return utils.removeWeightNorm(layer);
  if (name.startsWith('old spectral')) return utils.removeSpectralNorm(layer);
  const { parametrizations } = layer as unknown as { parametrizations: nn.ModuleDict };
  for (const tensor of [...parametrizations.keys()]) removeParametrizations(layer, tensor);
  return layer;
}

const first = (output: unknown) => (Array.isArray(output) ? output[0] : output) as Tensor;

test('every case of the golden file is built here', (t) => {
  t.deepEqual(
    Object.keys(changes),
    layers.map(({ name }) => name),
  );
});

for (const one of layers) {
  const { name } = one;

  test(`${name}: state, values and gradients are Python's`, (t) => {
    torch.setNumThreads(1);
    const check = (actual: unknown, expected: unknown, what: string) =>
      player.compare(t, actual, expected, { what, isStable: false, tolerance: 2e-6 });
    const checkState = (layer: nn.Module, expected: State, what: string) => {
      const state = layer.stateDict();
      t.deepEqual(Object.keys(state), Object.keys(expected), what);
      for (const [key, value] of Object.entries(expected)) check(state[key], value, key);
    };
    const [build, change] = changes[name] as Case;
    torch.manualSeed(golden.seed);
    const layer = change(build() as never) as nn.Module;
    const call = layer as (input: Tensor) => unknown;
    const input = player.value(one.input) as Tensor;
    t.true(input.equal(torch.randn(input.shape)), 'the same numbers are drawn');
    t.is(String(layer), one.repr);
    checkState(layer, one.state, 'state');
    const twin = copy.deepcopy(name.startsWith('old') ? build() : layer) as typeof call & nn.Module;
    call(input);
    const out = first(call(input));
    check(out, one.out, 'output');
    check(gradients(out, [...layer.parameters()]), one.gradients, 'gradients');
    t.deepEqual(
      [...layer.namedParameters()].map(([key]) => key),
      one.names,
    );
    layer.eval();
    check(first(call(input)), one.evaluated, 'evaluated');
    checkState(layer, one.after, 'state afterwards');
    t.deepEqual(layer.stateDict()._metadata, one.metadata);
    if (!name.startsWith('old')) {
      twin(input);
      check(first(twin(input)), one.out, 'output of the copy');
      t.is(String(remove(name, twin)), one.removed.repr);
    }
    remove(name, layer);
    t.is(String(layer), one.removed.repr);
    checkState(layer, one.removed.state, 'state when it is removed');
  });
}

test('a parametrized tensor may be assigned to', (t) => {
  torch.manualSeed(golden.seed);
  const value = torch.linalg.qr(torch.randn(3, 3))[0];
  player.compare(t, value, assigned.value, { tolerance: 2e-6, isStable: false });
  const check = (actual: unknown, name: string) =>
    player.compare(t, actual, assigned[name], { what: name, tolerance: 2e-6, isStable: false });
  const layer = symmetric(new nn.Linear(3, 3));
  layer.weight = value as nn.Parameter;
  check(layer.getParameter('parametrizations.weight.original'), 'symmetric');
  const cayley = orthogonal(new nn.Linear(3, 3), { orthogonalMap: 'cayley' });
  cayley.weight = value as nn.Parameter;
  check(cayley.getBuffer('parametrizations.weight.0.base'), 'base');
  check(cayley.getParameter('parametrizations.weight.original'), 'original');
  check(cayley.weight, 'cayley');
  const tall = orthogonal(new nn.Linear(2, 3), { orthogonalMap: 'householder', ...wide });
  tall.weight = value.narrow(1, 0, 2) as nn.Parameter;
  check(tall.getParameter('parametrizations.weight.original'), 'tall');
  check(tall.weight, 'tallWeight');
  const unit = orthogonal(new nn.Linear(2, 2, { dtype: torch.complex64 }));
  t.deepEqual(unit.weight.shape, assigned.complexShape);
  const product = unit.weight.mH.matmul(unit.weight);
  t.true(torch.allclose(product, torch.eye(2, { dtype: torch.complex64 }), { atol: 1e-5 }));
});

test('the original is the parameter of before, and an optimizer goes on with it', (t) => {
  const layer = new nn.Linear(2, 2);
  const { weight } = layer;
  symmetric(layer);
  t.is(layer.getParameter('parametrizations.weight.original'), weight);
  t.true(isParametrized(layer));
  t.true(isParametrized(layer, 'weight'));
  t.false(isParametrized(layer, 'bias'));
  t.is(utils.parametrize.typeBeforeParametrizations(layer), nn.Linear);
  t.true(layer instanceof nn.Linear);
  removeParametrizations(layer, 'weight', { leaveParametrized: false });
  t.is(layer.weight, weight);
  t.is(layer.constructor, nn.Linear);
  t.false('parametrizations' in layer);
});

test('cached computes a tensor once', (t) => {
  let calls = 0;
  class Counted extends nn.Module {
    forward(X: Tensor) {
      calls++;
      return X.clone();
    }
  }
  const layer = registerParametrization(new nn.Linear(1, 1), 'weight', new Counted());
  calls = 0;
  t.not(layer.weight, layer.weight);
  t.is(calls, 2);
  t.true(cached(() => cached(() => layer.weight) === layer.weight));
  t.is(calls, 3);
  {
    using _ = cached();
    t.is(layer.weight, layer.weight);
  }
  t.is(calls, 4);
  t.not(layer.weight, layer.weight);
  t.throws(() => cached(async () => 1), { instanceOf: TypeError });
});

test('parametrizations are transferred with their originals', (t) => {
  const { transferParametrizationsAndParams } = utils.parametrize;
  const from = symmetric(new nn.Linear(2, 2));
  registerParametrization(from, 'bias', new Softplus());
  const to = transferParametrizationsAndParams(from, new nn.Linear(2, 2), 'weight');
  t.is(
    to.getParameter('parametrizations.weight.original'),
    from.getParameter('parametrizations.weight.original'),
  );
  t.false(isParametrized(to, 'bias'));
  const bare = transferParametrizationsAndParams(from, new nn.Module());
  t.deepEqual(Object.keys(bare.stateDict()), Object.keys(from.stateDict()));
  const normed = transferParametrizationsAndParams(
    weightNorm(new nn.Linear(2, 3)),
    new nn.Linear(2, 3),
  );
  t.deepEqual(Object.keys(normed.stateDict()).slice(1), [
    'parametrizations.weight.original0',
    'parametrizations.weight.original1',
  ]);
});

test('states of the older norms are read', (t) => {
  torch.manualSeed(0);
  const old = utils.weightNorm(new nn.Linear(2, 3));
  const layer = weightNorm(new nn.Linear(2, 3));
  t.deepEqual(layer.loadStateDict(old.stateDict()), { missingKeys: [], unexpectedKeys: [] });
  t.true(layer.weight.equal(old.weight));

  // Version 0 of spectralNorm holds the weight in the place of weight_v.
  const spectral = utils.spectralNorm(new nn.Linear(3, 2)).eval();
  spectral(torch.zeros(3));
  const { weight_v: _, ...state } = spectral.stateDict();
  const other = utils.spectralNorm(new nn.Linear(3, 2)).eval();
  other.loadStateDict({ ...state, weight: spectral.weight });
  other(torch.zeros(3));
  t.true(torch.allclose(other.weight, spectral.weight, { atol: 1e-5 }));
  t.throws(() => other.loadStateDict({ bias: state.bias }), {
    message: /Missing key.*weight_orig/,
  });
});

test('what parametrizations refuse', (t) => {
  const value = (message: RegExp) => ({ instanceOf: torch.ValueError, message });
  class Cut extends nn.Module {
    forward(X: Tensor) {
      return X.narrow(0, 0, 1);
    }
  }
  class Double extends nn.Module {
    forward(X: Tensor) {
      return X.double();
    }
  }
  class Wrong extends Symmetric {
    override rightInverse() {
      return 3 as never;
    }
  }
  const linear = () => new nn.Linear(3, 3);
  t.throws(() => registerParametrization(linear(), 'weight', new Cut()), value(/shape/));
  t.throws(() => registerParametrization(linear(), 'weight', new Double()), value(/dtype/));
  t.throws(() => registerParametrization(symmetric(linear()), 'weight', new Cut()), value(/shape/));
  t.throws(() => registerParametrization(linear(), 'weight', new Wrong()), value(/rightInverse/));
  t.throws(() => registerParametrization(linear(), 'gain', new Cut()), value(/'gain'/));
  t.throws(() => registerParametrization(3 as never, 'weight', new Cut()), {
    instanceOf: TypeError,
  });
  t.throws(() => removeParametrizations(linear(), 'weight'), value(/does not have/));
  t.throws(
    () => removeParametrizations(weightNorm(linear()), 'weight', { leaveParametrized: false }),
    value(/Cannot leave unparametrized/),
  );
  const soft = registerParametrization(linear(), 'weight', new Softplus());
  t.throws(
    () => {
      soft.weight = torch.zeros(3, 3) as nn.Parameter;
    },
    { instanceOf: torch.NotImplementedError, message: /Softplus does not implement/ },
  );
  t.throws(() => orthogonal(linear(), 'bias'), value(/1 dimensions/));
  t.throws(() => orthogonal(linear(), { orthogonalMap: 'qr' as never }), value(/one of/));
  const complex = new nn.Linear(2, 2, { dtype: torch.complex64 });
  t.throws(() => orthogonal(complex, { orthogonalMap: 'householder' }), value(/complex/));
  t.throws(() => spectralNorm(linear(), { dim: 2 }), { instanceOf: torch.IndexError });
  t.throws(() => spectralNorm(linear(), { nPowerIterations: 0 }), value(/positive/));
  t.throws(() => weightNorm(linear(), 'gain'), value(/'gain'/));
  t.throws(() => utils.weightNorm(utils.weightNorm(linear())), { message: /two weightNorm hooks/ });
  t.throws(() => utils.spectralNorm(utils.spectralNorm(linear())), { message: /two spectralNorm/ });
  t.throws(() => utils.spectralNorm(new nn.Linear(1, 1, false), 'bias'), value(/bias/));
  t.throws(() => utils.removeWeightNorm(linear()), value(/not found/));
  t.throws(() => utils.removeSpectralNorm(linear()), value(/not found/));
});
