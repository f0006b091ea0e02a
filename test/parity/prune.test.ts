import test from 'ava';
import torch, { copy, nn, type Tensor } from 'sconce';
import { gradients, Player, readGolden } from '../_helpers/golden.js';

type State = Record<string, unknown>;

interface PruneCase {
  name: string;
  input: unknown;
  states: State[];
  weight: unknown;
  out: unknown;
  gradients: unknown;
  removed: State;
}

interface Together {
  name: string;
  first: State;
  second: State;
}

const golden = readGolden<{ seed: number; cases: (PruneCase | Together)[] }>('prune.json');
const player = new Player(golden);
const cases = golden.cases.slice(0, -1) as PruneCase[];
const together = golden.cases.at(-1) as Together;
const { prune } = nn.utils;

const mask = torch.tensor([
  [1, 0, 1, 1],
  [0, 1, 1, 0],
  [1, 1, 1, 1],
]);
const scores = ({ weight }: nn.Linear) =>
  torch.arange(weight.numel()).float().reshape(weight.shape);

type Step = (layer: nn.Linear) => nn.Module;
const linear = () => new nn.Linear(4, 3);
const conv = () => new nn.Conv2d(4, 3, 2);
const steps: Record<string, [build: () => nn.Module, ...steps: Step[]]> = {
  identity: [linear, (m) => prune.identity(m, 'bias')],
  random: [linear, (m) => prune.randomUnstructured(m, 'weight', 5)],
  'random share': [linear, (m) => prune.randomUnstructured(m, 'weight', { amount: 0.375 })],
  l1: [linear, (m) => prune.l1Unstructured(m, 'weight', { amount: 0.5 })],
  'l1 scores': [linear, (m) => prune.l1Unstructured(m, 'weight', 2, scores(m))],
  'l1 none': [linear, (m) => prune.l1Unstructured(m, 'weight', 0)],
  'random structured': [conv, (m) => prune.randomStructured(m, 'weight', 2, 1)],
  ln: [conv, (m) => prune.lnStructured(m, 'weight', 0.5, 2, -3)],
  'ln inf': [
    linear,
    (m) =>
      prune.lnStructured(m, 'weight', 1, Number.POSITIVE_INFINITY, 0, {
        importanceScores: scores(m),
      }),
  ],
  mask: [linear, (m) => prune.customFromMask(m, 'weight', mask)],
  'in turn': [
    linear,
    (m) => prune.l1Unstructured(m, 'weight', 3),
    (m) => prune.randomUnstructured(m, 'weight', 0.5),
    (m) => prune.lnStructured(m, 'weight', { amount: 1, n: 1, dim: 1 }),
    (m) => prune.customFromMask(m, 'weight', { mask }),
    (m) => prune.l1Unstructured(m, 'bias', 1),
  ],
};

test('every case of the golden file is run here', (t) => {
  t.deepEqual(
    Object.keys(steps),
    cases.map(({ name }) => name),
  );
});

for (const one of cases) {
  test(`${one.name}: masks, values and gradients are Python's`, (t) => {
    torch.setNumThreads(1);
    const check = (actual: unknown, expected: unknown, what: string) =>
      player.compare(t, actual, expected, { what, isStable: false });
    const checkState = (layer: nn.Module, expected: State, what: string) => {
      const state = layer.stateDict();
      t.deepEqual(Object.keys(state), Object.keys(expected), what);
      for (const [key, value] of Object.entries(expected)) check(state[key], value, key);
    };
    const [build, ...all] = steps[one.name] as [() => nn.Module, ...Step[]];
    torch.manualSeed(golden.seed);
    const layer = build() as nn.Linear;
    const input = torch.randn((player.value(one.input) as Tensor).shape);
    check(input, one.input, 'input');
    for (const [i, step] of all.entries()) {
      t.is(step(layer) as unknown, layer);
      checkState(layer, one.states[i] as State, `step ${i}`);
    }
    t.true(prune.isPruned(new nn.Sequential(layer)));
    // The computed weight cannot be copied; the one after a reload can.
    const out = layer(input);
    check(layer.weight, one.weight, 'weight');
    check(out, one.out, 'output');
    check(gradients(out, [...layer.parameters()]), one.gradients, 'gradients');
    for (const name of ['weight', 'bias']) {
      if (`${name}_orig` in layer) t.is(prune.remove(layer, name), layer);
    }
    checkState(layer, one.removed, 'removed');
    t.false(prune.isPruned(layer));
  });
}

test('several parameters are pruned as one, as in Python', (t) => {
  torch.manualSeed(golden.seed);
  const model = new nn.Sequential(new nn.Linear(4, 3), new nn.Linear(3, 2));
  const [first, second] = [...model] as [nn.Module, nn.Module];
  prune.l1Unstructured(first, 'weight', 2);
  const parameters = [
    [first, 'weight'],
    [second, 'weight'],
    [second, 'bias'],
  ] as const;
  prune.globalUnstructured(parameters, prune.L1Unstructured, { amount: 0.4 });
  const check = (expected: State) => {
    const state = model.stateDict();
    t.deepEqual(Object.keys(state), Object.keys(expected));
    for (const [key, value] of Object.entries(expected)) {
      player.compare(t, state[key], value, { what: key });
    }
  };
  check(together.first);
  const importanceScores = new Map([[second, { bias: torch.tensor([5, 6]) }]]);
  prune.globalUnstructured(parameters.slice(1), prune.RandomUnstructured, {
    importanceScores,
    amount: 2,
  });
  check(together.second);
});

test('a method of ones own, and what a method tells of itself', (t) => {
  class EveryOther extends prune.BasePruningMethod {
    override PRUNING_TYPE = 'unstructured' as const;
    computeMask(_t: Tensor, defaultMask: Tensor) {
      const result = defaultMask.clone();
      result.view(-1)['::2']?.fill_(0);
      return result;
    }
  }
  const layer = linear();
  EveryOther.apply(layer, 'bias');
  t.deepEqual(layer.stateDict().bias_mask.tolist(), [0, 1, 0]);
  const container = prune.L1Unstructured.apply(layer, 'bias', { amount: 1 });
  t.true(container instanceof prune.PruningContainer);
  t.is((container as nn.utils.prune.PruningContainer).length, 2);
  t.true((container as nn.utils.prune.PruningContainer).at(0) instanceof EveryOther);
  t.deepEqual(layer.stateDict().bias_mask.tolist(), [0, 0, 0]);

  const scored = linear();
  const importanceScores = torch.tensor([3, 1, 2]);
  prune.L1Unstructured.apply(scored, 'bias', { amount: 1, importanceScores });
  t.deepEqual(scored.stateDict().bias_mask.tolist(), [1, 0, 1]);
  const x = torch.tensor([3, -1, 2, -4]);
  const method = new prune.L1Unstructured({ amount: 2 });
  t.deepEqual(method.prune(x, { importanceScores: x.neg().abs() }).tolist(), [3, -0, 0, -4]);
  const evaluated = new nn.Sequential(scored).requiresGrad_(false);
  evaluated(torch.zeros(4));
  const twin = copy.deepcopy(evaluated);
  t.true(prune.isPruned(twin));
  prune.remove(twin[0] as nn.Module, 'bias');
  t.true(prune.isPruned(evaluated));
  t.false(prune.isPruned(twin));
});

test('what pruning refuses', (t) => {
  const value = (message: RegExp) => ({ instanceOf: torch.ValueError, message });
  const type = { instanceOf: TypeError };
  t.throws(() => prune.l1Unstructured(linear(), 'weight', 1.5), value(/fraction/));
  t.throws(() => prune.l1Unstructured(linear(), 'weight', -1), value(/fraction/));
  t.throws(() => prune.l1Unstructured(linear(), 'weight', '1' as never), type);
  t.throws(() => prune.l1Unstructured(linear(), 'weight', 13), value(/=12/));
  t.throws(() => prune.l1Unstructured(linear(), 'gain', 1), value(/'gain'/));
  t.throws(() => prune.l1Unstructured({} as never, 'weight', 1), type);
  t.throws(() => prune.lnStructured(linear(), 'bias', 1, 2, 0), value(/multidimensional/));
  t.throws(() => prune.lnStructured(linear(), 'weight', 1, 2, 2), { instanceOf: torch.IndexError });
  t.throws(() => prune.customFromMask(linear(), 'weight', torch.ones(3)), value(/shape/));
  t.throws(
    () => prune.l1Unstructured(linear(), 'weight', 1, { importanceScores: torch.ones(2) }),
    value(/importanceScores/),
  );
  t.throws(() => prune.remove(linear(), 'weight'), value(/has to be pruned/));
  const pruned = prune.l1Unstructured(linear(), 'weight', 2);
  const { weight_mask } = pruned.stateDict();
  t.throws(() => prune.l1Unstructured(pruned, 'weight', 11), value(/=10/));
  t.true(pruned.stateDict().weight_mask.equal(weight_mask));
  t.is(pruned(torch.zeros(4)).ndim, 1);
  const both: [nn.Module, string][] = [[linear(), 'weight']];
  t.throws(() => prune.globalUnstructured(both, prune.RandomStructured, { amount: 1 }), type);
  t.throws(() => prune.globalUnstructured(3 as never, prune.L1Unstructured), type);
  t.throws(() => prune.globalUnstructured(both, prune.L1Unstructured, { amont: 1 }), type);
  const other = new prune.Identity();
  other._tensorName = 'bias';
  t.throws(() => new prune.PruningContainer(new prune.Identity(), other), value(/'bias'/));
});
