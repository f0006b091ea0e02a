import test from 'ava';
import torch, { type Tensor } from 'sconce';
import { models } from 'sconce/vision';
import { camelCase } from '../../lib/naming.js';
import { readGolden } from '../_helpers/golden.js';

interface Case {
  title: string;
  model: 'resnet18' | 'resnet34' | 'resnet50';
  options: Record<string, unknown>;
  state: Record<string, [shape: number[], sum: number, absolute: number]>;
  training: number[][];
  running: Record<string, number>;
  evaluation: number[][];
}

const golden = readGolden<{ seed: number; cases: Case[] }>('vision-models.json.gz');
torch.setNumThreads(1);

const isNear = (actual: number, wanted: number, scale = Math.abs(wanted)) =>
  Math.abs(actual - wanted) <= 1e-4 * Math.max(1e-3, scale);

for (const { title, model: name, options, ...wanted } of golden.cases) {
  test(`${title}: torchvision's names, first weights and outputs`, (t) => {
    torch.manualSeed(golden.seed);
    const named = Object.entries(options).map(([key, value]) => [camelCase(key), value]);
    const model = models[name](Object.fromEntries(named));
    const state = model.stateDict();
    t.deepEqual(Object.keys(state), Object.keys(wanted.state));
    for (const [key, [shape, sum, absolute]] of Object.entries(wanted.state)) {
      const value = (state[key] as Tensor).double();
      t.deepEqual(value.shape, shape, key);
      t.true(isNear(value.sum().item() as number, sum, absolute), `${key}: sum`);
      t.true(isNear(value.abs().sum().item() as number, absolute), `${key}: absolute sum`);
    }
    const inputs = torch.randn(2, 3, 64, 64);
    const compare = (what: string, actual: unknown, expected: number[][]) => {
      const off = torch
        .tensor(actual as number[][])
        .sub(torch.tensor(expected))
        .abs()
        .max();
      t.true((off.item() as number) < 1e-3, `${what} is off by ${off.item()}`);
    };
    compare('training', model(inputs).tolist(), wanted.training);
    const after = model.stateDict();
    for (const [key, absolute] of Object.entries(wanted.running)) {
      const sum = (after[key] as Tensor).double().abs().sum().item() as number;
      t.true(isNear(sum, absolute), key);
    }
    compare('evaluation', model.eval()(inputs).tolist(), wanted.evaluation);
  });
}

test('what cannot be is told', (t) => {
  t.throws(() => models.resnet18({ groups: 2 }), { message: /groups=1/ });
  t.throws(() => models.resnet18({ replaceStrideWithDilation: [true, false, false] }), {
    instanceOf: torch.NotImplementedError,
  });
  t.throws(() => models.resnet50({ replaceStrideWithDilation: [true] }), {
    message: /three booleans/,
  });
  t.throws(() => models.resnet50({ num_classes: 3 } as object), { message: /numClasses/ });
});
