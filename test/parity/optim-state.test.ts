import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import torch, { nn, optim } from 'sconce';
import { scratch } from '../_helpers/scratch.js';

const golden: { before: number[][]; after: number[][] } = JSON.parse(
  readFileSync(new URL('../golden/optim-state.json', import.meta.url), 'utf8'),
);
const checkpoint = fileURLToPath(new URL('../golden/optim-state.pt', import.meta.url));

type StateDict = ReturnType<optim.Adam['stateDict']>;

/** Adam on the parameters as Python saved them, at first with other options. */
function resume(stateDict: StateDict) {
  const parameters = golden.before.map((values) => new nn.Parameter(torch.tensor(values)));
  const [first, second] = parameters as [nn.Parameter, nn.Parameter];
  const optimizer = new optim.Adam([{ params: [first] }, { params: [second] }]);
  optimizer.loadStateDict(stateDict);
  return { parameters, optimizer };
}

function threeSteps({ parameters, optimizer }: ReturnType<typeof resume>): unknown[] {
  for (let i = 0; i < 3; i++) {
    for (const parameter of parameters) parameter.grad = parameter.detach().mul(0.5);
    optimizer.step();
  }
  return parameters.map((parameter) => parameter.tolist());
}

test("Adam goes on from Python's checkpoint", (t) => {
  const resumed = resume(torch.load(checkpoint) as StateDict);
  t.like(resumed.optimizer.paramGroups[1], { lr: 0.5, weightDecay: 0.1, amsgrad: true });
  t.deepEqual(threeSteps(resumed), golden.after);
});

test('a checkpoint of ours holds what Python reads: numbers for keys, its names', (t) => {
  const { folder, remove } = scratch();
  t.teardown(remove);
  const file = join(folder, 'adam.pt');
  torch.save(resume(torch.load(checkpoint) as StateDict).optimizer.stateDict(), file);
  const loaded = torch.load(file) as StateDict;
  t.deepEqual([...loaded.state.keys()], [0, 1]);
  t.deepEqual(Object.keys(loaded.state.get(0) ?? {}), [
    'step',
    'exp_avg',
    'exp_avg_sq',
    'max_exp_avg_sq',
  ]);
  t.deepEqual(loaded.param_groups[1]?.params, [1]);
  t.is(loaded.param_groups[1]?.weight_decay, 0.1);
  t.deepEqual(threeSteps(resume(loaded)), golden.after);
});
