import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import torch, { nn, optim } from 'sconce';
import { camelCase } from '../../lib/naming.js';
import { scratch } from '../_helpers/scratch.js';

type Values = number[][];

interface Case {
  case: [name: string, options: Record<string, unknown>];
  before: Values[];
  after: Values[];
}

const golden: { steps: number; start: Values[]; cases: Case[] } = JSON.parse(
  readFileSync(new URL('../golden/optim-state.json', import.meta.url), 'utf8'),
);
const path = (name: string) => fileURLToPath(new URL(`../golden/${name}`, import.meta.url));
torch.setNumThreads(1);

type StateDict = ReturnType<optim.Optimizer['stateDict']>;
const theirs = torch.load(path('optim-state.pt')) as StateDict[];

function make([name, options]: Case['case'], values: Values[]) {
  const parameters = values.map((value) => new nn.Parameter(torch.tensor(value)));
  const [first, second] = parameters;
  const named = [
    ['first', first],
    ['second', second],
  ];
  const groups = [{ params: [first] }, { params: [second], lr: 0.25 }];
  const Class = optim[name as 'SGD'] as unknown as new (
    params: unknown,
    options: object,
  ) => optim.Optimizer;
  const renamed = Object.entries(options).map(([key, value]) => [camelCase(key), value]);
  const given = name === 'LBFGS' ? named : groups;
  return { name, parameters, optimizer: new Class(given, Object.fromEntries(renamed)) };
}

/** The steps of optim-state.py, and where they lead. */
function advance({ name, parameters, optimizer }: ReturnType<typeof make>): Values[] {
  for (let step = 0; step < golden.steps; step++) {
    if (name === 'LBFGS') {
      optimizer.step(() => {
        optimizer.zeroGrad();
        const losses = parameters.map((p) => p.sub(1).pow(4).sum().add(p.pow(2).sum()));
        const loss = torch.stack(losses).sum();
        loss.backward();
        return loss;
      });
      continue;
    }
    for (const parameter of parameters) {
      let gradient = parameter.detach().mul(0.5);
      if (name === 'SparseAdam') {
        const rows = torch.tensor([1n, 0n]);
        const { shape } = gradient;
        gradient = torch.sparseCooTensor(rows.unsqueeze(0), gradient.index(rows), shape);
      }
      parameter.grad = gradient;
    }
    optimizer.step();
  }
  return parameters.map((parameter) => parameter.tolist() as Values);
}

function near(actual: Values[], expected: Values[]): boolean {
  const [ours, wanted] = [actual.flat(2), expected.flat(2)];
  return wanted.every(
    (x, i) => Math.abs((ours[i] as number) - x) <= 1e-6 * Math.max(1, Math.abs(x)),
  );
}

function resume({ case: spec, before }: Case, stateDict: StateDict) {
  // At first with other options than those of the checkpoint.
  const resumed = make(spec, before);
  for (const group of resumed.optimizer.paramGroups) Object.assign(group, { lr: 5 });
  resumed.optimizer.loadStateDict(stateDict);
  return resumed;
}

/** Our own checkpoints, where optim-state.py makes its own. */
const ours = golden.cases.map(({ case: spec }) => {
  const started = make(spec, golden.start);
  advance(started);
  return started.optimizer.stateDict();
});

golden.cases.forEach((entry, i) => {
  const shown = `${entry.case[0]} ${JSON.stringify(entry.case[1])}`;
  test(`goes on from Python's checkpoint: ${shown}`, (t) => {
    const after = advance(resume(entry, theirs[i] as StateDict));
    t.true(near(after, entry.after), JSON.stringify(after));
  });

  test(`saves what Python saves, and goes on: ${shown}`, (t) => {
    const { folder, remove } = scratch();
    t.teardown(remove);
    const file = join(folder, 'optimizer.pt');
    torch.save(ours[i], file);
    const loaded = torch.load(file) as StateDict;
    const wanted = theirs[i] as StateDict;
    t.deepEqual([...loaded.state.keys()], [...wanted.state.keys()]);
    for (const [number, state] of wanted.state) {
      t.deepEqual(Object.keys(loaded.state.get(number) ?? {}).sort(), Object.keys(state).sort());
    }
    t.deepEqual(loaded.param_groups, wanted.param_groups);
    const after = advance(resume(entry, loaded));
    t.true(near(after, entry.after), JSON.stringify(after));
  });
});

// Needs a Python with PyTorch, which the golden files come from.
const python = process.env.SCONCE_PYTHON;
(python ? test : test.skip)('Python goes on from checkpoints of ours', (t) => {
  const { folder, remove } = scratch();
  t.teardown(remove);
  const file = join(folder, 'optimizers.pt');
  torch.save(ours, file);
  const output = execFileSync(python as string, [path('optim-state.py'), '--read', file], {
    encoding: 'utf8',
  });
  const results = JSON.parse(output) as Values[][];
  golden.cases.forEach(({ case: spec, after }, i) => {
    t.true(near(results[i] as Values[], after), spec[0]);
  });
});
