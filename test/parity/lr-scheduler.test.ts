import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import test from 'ava';
import torch, { nn, optim, type Tensor } from 'sconce';
import { camelCase } from '../../lib/naming.js';
import { scratch } from '../_helpers/scratch.js';

const { lrScheduler, swaUtils } = optim;

interface Spec {
  class: string;
  args: Record<string, unknown>;
}

interface Case extends Spec {
  optimizer: string;
  jumps: number[] | null;
  /** Whether the learning rates are tensors. */
  tensor: boolean;
  rows: number[][];
}

const golden: { saved: number; followed: number; cases: Case[] } = JSON.parse(
  gunzipSync(readFileSync(new URL('../golden/lr-scheduler.json.gz', import.meta.url))).toString(),
);
const path = (name: string) => fileURLToPath(new URL(`../golden/${name}`, import.meta.url));

/** The functions of lr-scheduler.py. */
const functions: Record<string, (epoch: number) => number> = {
  inverse: (epoch) => 1 / (1 + epoch),
  sevenths: (epoch) => (epoch % 7 === 0 ? 0.75 : 1.0625),
  slow: () => 0.984375,
};

function resolve(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(resolve);
  return typeof value === 'string' && value in functions ? functions[value] : value;
}

type Scheduler = optim.lrScheduler.LRScheduler;

function make(spec: Spec, optimizer: optim.Optimizer): Scheduler {
  const args = Object.fromEntries(
    Object.entries(spec.args).map(([key, value]) => [camelCase(key), resolve(value)]),
  );
  if (args.schedulers) {
    args.schedulers = (spec.args.schedulers as Spec[]).map((each) => make(each, optimizer));
  }
  if (spec.class === 'ChainedScheduler')
    return new lrScheduler.ChainedScheduler(args.schedulers as never);
  const classes = { ...lrScheduler, ...swaUtils } as unknown as Record<
    string,
    new (
      optimizer: optim.Optimizer,
      args: object,
    ) => Scheduler
  >;
  const Class = classes[spec.class];
  if (!Class) throw new Error(`there is no ${spec.class}`);
  return new Class(optimizer, args);
}

function start(spec: Case) {
  const [first, second] = [new nn.Parameter(torch.ones(1)), new nn.Parameter(torch.ones(1))];
  const Class = optim[spec.optimizer as 'SGD'] as unknown as new (
    params: object[],
    options: object,
  ) => optim.Optimizer<{ lr: number | Tensor; momentum?: number; betas?: number[] }>;
  const hasMomentum = ['SGD', 'RMSprop'].includes(spec.optimizer);
  const convert = (lr: number) => (spec.tensor ? torch.tensor(lr) : lr);
  const optimizer = new Class([{ params: [first] }, { params: [second], lr: convert(0.02) }], {
    lr: convert(0.1),
    ...(hasMomentum && { momentum: 0.5 }),
  });
  return { optimizer, scheduler: make(spec, optimizer as unknown as optim.Optimizer) };
}

/** What ReduceLROnPlateau sees in lr-scheduler.py. */
const metric = (step: number) => Math.abs(((step * 37) % 101) / 101 - step / 64);

type Started = ReturnType<typeof start>;

function advance({ optimizer, scheduler }: Started, step: number, jump?: number): void {
  optimizer.step();
  if (scheduler instanceof lrScheduler.ReduceLROnPlateau) scheduler.step(metric(step));
  else scheduler.step(jump);
}

function observe({ paramGroups }: Started['optimizer']): (number | undefined)[] {
  const momenta = paramGroups.map(({ momentum, betas }) => momentum ?? betas?.[0]);
  return [...paramGroups.map(({ lr }) => Number(lr)), ...momenta.filter((x) => x !== undefined)];
}

golden.cases.forEach((spec, number) => {
  const { jumps, rows } = spec;
  const shown = `${spec.optimizer} ${spec.class} ${JSON.stringify(spec.args)}`;
  test(`${number}: ${shown}${jumps ? `, jumps ${jumps}` : ''}${spec.tensor ? ', tensors' : ''}`, (t) => {
    const started = start(spec);
    const found = [observe(started.optimizer)];
    const tensors = started.optimizer.paramGroups.map(({ lr }) => lr);
    for (let step = 0; step < rows.length - 1; step++) {
      advance(started, step, jumps?.[step]);
      const lrs = started.optimizer.paramGroups.map(({ lr }) => lr);
      t.deepEqual(started.scheduler.getLastLr().map(Number), lrs.map(Number));
      if (spec.tensor) t.true(lrs.every((lr, i) => lr === tensors[i]));
      found.push(observe(started.optimizer));
    }
    t.deepEqual(found, rows);
  });
});

interface Checkpoint {
  optimizer: Parameters<optim.Optimizer['loadStateDict']>[0];
  scheduler: Record<string, unknown>;
}

const savedCases = [...golden.cases.entries()].filter(([, { jumps, tensor }]) => !jumps && !tensor);
const following = (spec: Case) =>
  spec.rows.slice(golden.saved + 1, golden.saved + 1 + golden.followed);

function goOn(spec: Case, { optimizer, scheduler }: Checkpoint): unknown[] {
  const started = start(spec);
  started.optimizer.loadStateDict(optimizer);
  started.scheduler.loadStateDict(scheduler);
  return Array.from({ length: golden.followed }, (_, i) => {
    advance(started, golden.saved + i);
    return observe(started.optimizer);
  });
}

test("every scheduler goes on from Python's checkpoint", (t) => {
  const saved = torch.load(path('lr-scheduler.pt')) as Record<string, Checkpoint>;
  for (const [number, spec] of savedCases) {
    t.deepEqual(goOn(spec, saved[number] as Checkpoint), following(spec), `${number}`);
  }
});

/** Checkpoints of ours where lr-scheduler.py makes its own. */
function checkpoints(): Record<string, Checkpoint> {
  return Object.fromEntries(
    savedCases.map(([number, spec]) => {
      const started = start(spec);
      for (let step = 0; step < golden.saved; step++) advance(started, step);
      const { optimizer, scheduler } = started;
      return [number, { optimizer: optimizer.stateDict(), scheduler: scheduler.stateDict() }];
    }),
  );
}

test("checkpoints hold what Python's hold, and go on", (t) => {
  const theirs = torch.load(path('lr-scheduler.pt')) as Record<string, Checkpoint>;
  for (const [key, ours] of Object.entries(checkpoints())) {
    const spec = golden.cases[Number(key)] as Case;
    t.deepEqual(
      JSON.parse(JSON.stringify(ours.scheduler)),
      JSON.parse(JSON.stringify(theirs[key]?.scheduler)),
      `${key}: ${spec.class}`,
    );
    t.deepEqual(goOn(spec, ours), following(spec), `${key}: ${spec.class}`);
  }
});

// Needs a Python with PyTorch, which the golden files come from.
const python = process.env.SCONCE_PYTHON;
(python ? test : test.skip)('Python goes on from checkpoints of ours', (t) => {
  const { folder, remove } = scratch();
  t.teardown(remove);
  const file = join(folder, 'schedulers.pt');
  torch.save(checkpoints(), file);
  const output = execFileSync(python as string, [path('lr-scheduler.py'), '--read', file], {
    encoding: 'utf8',
  });
  const rows = JSON.parse(output) as Record<string, number[][]>;
  for (const [number, spec] of savedCases) {
    t.deepEqual(rows[number], following(spec), `${number}: ${spec.class}`);
  }
});
