import test from 'ava';
import torch, { copy, nn, optim, type Tensor, TorchError, ValueError } from 'sconce';
import { Player, readGolden } from '../_helpers/golden.js';

const { AveragedModel, updateBn, ...averages } = optim.swaUtils;

type Written = Record<string, unknown>;

interface Row {
  name: string;
  state: Written;
  statistics: Written;
  output: unknown;
}

const golden = readGolden<{ cases: [{ batches: unknown[]; states: Written[] }, ...Row[]] }>(
  'swa-utils.json',
);
const player = new Player(golden);
const [{ batches, states }, ...rows] = golden.cases;
torch.setNumThreads(1);

const options: Record<string, object> = {
  default: {},
  swa: { avgFn: averages.getSwaAvgFn() },
  ema: { avgFn: averages.getEmaAvgFn(0.75) },
  'multi swa': { multiAvgFn: averages.getSwaMultiAvgFn() },
  'multi ema': { multiAvgFn: averages.getEmaMultiAvgFn({ decay: 0.75 }) },
  'multi ema of buffers': { multiAvgFn: averages.getEmaMultiAvgFn(0.75), useBuffers: true },
  buffers: { useBuffers: true },
};

const make = () =>
  new nn.Sequential(new nn.Linear(3, 4), new nn.BatchNorm1d(4), new nn.Linear(4, 2));
const stateOf = (written: Written) =>
  Object.fromEntries(
    Object.entries(written).map(([key, value]) => [key, player.value(value) as Tensor]),
  );

for (const { name, ...expected } of rows) {
  test(`the ${name} average`, (t) => {
    const model = make();
    model.loadStateDict(stateOf(states[0] as Written));
    const averaged = new AveragedModel(model, options[name] as object);
    const compare = (what: keyof typeof expected) => {
      const own = averaged.stateDict();
      t.deepEqual(Object.keys(own), Object.keys(expected[what] as Written));
      for (const [key, value] of Object.entries(expected[what] as Written)) {
        player.compare(t, own[key], value, { what: `${what}: ${key}` });
      }
    };
    for (const state of states) {
      model.loadStateDict(stateOf(state));
      averaged.updateParameters(model);
    }
    t.not(averaged.module, model);
    compare('state');
    const [first, second, third] = player.value(batches) as [Tensor, Tensor, Tensor];
    updateBn([first, [second, null], third], averaged);
    t.true(averaged.training);
    t.is((averaged.module[1] as nn.BatchNorm1d).momentum, 0.1);
    compare('statistics');
    player.compare(t, averaged.eval()(first).detach(), expected.output);
  });
}

test('the averages are parameters of their own, and the model stays as it is', (t) => {
  const model = new nn.Linear(2, 1);
  const before = model.weight.clone();
  const averaged = new AveragedModel(model, { avgFn: (_, current) => torch.zerosLike(current) });
  averaged.updateParameters(model);
  t.deepEqual(averaged.module.weight.tolist(), before.tolist());
  averaged.updateParameters(model);
  t.deepEqual(averaged.module.weight.tolist(), [[0, 0]]);
  t.deepEqual(model.weight.tolist(), before.tolist());
  t.is(averaged.n_averaged.item(), 2);
});

test('a copy of an averaged model goes on by itself', (t) => {
  const model = new nn.Linear(2, 1);
  const averaged = new AveragedModel(model, { multiAvgFn: averages.getEmaMultiAvgFn(0.5) });
  averaged.updateParameters(model);
  const twin = copy.deepcopy(averaged);
  averaged.updateParameters(new nn.Linear(2, 1));
  t.is(twin.n_averaged.item(), 1);
  t.deepEqual(twin.module.weight.tolist(), model.weight.tolist());
  const other = new nn.Linear(2, 1);
  twin.updateParameters(other);
  const middle = model.weight.lerp(other.weight, 0.5);
  t.deepEqual(twin.module.weight.tolist(), middle.tolist());
});

test('updateBn leaves a model without batch normalization alone', (t) => {
  const layer = new nn.Linear(2, 1);
  t.notThrows(() => updateBn([torch.ones(1, 5)], layer));
});

test('refuses a decay outside [0, 1], and two functions', (t) => {
  for (const decay of [-0.1, 1.1, Number.NaN]) {
    t.throws(() => averages.getEmaAvgFn(decay), { instanceOf: ValueError });
    t.throws(() => averages.getEmaMultiAvgFn(decay), { instanceOf: ValueError });
  }
  const both = { avgFn: averages.getSwaAvgFn(), multiAvgFn: averages.getSwaMultiAvgFn() };
  t.throws(() => new AveragedModel(new nn.Linear(1, 1), both), { instanceOf: TorchError });
});
