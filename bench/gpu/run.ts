/**
 * Builds, tests and measures sconce on a GPU, beside the torch of the Python on the PATH (or of
 * `SCONCE_PYTHON`), prints one table, and writes bench/results/gpu.json and .md:
 *
 *     sh bench/gpu/start.sh [--only build,tests,parity,training,memory,rates] [--small] [--out DIR]
 *
 * Without a GPU, or with --small, it does as little as shows that all of it works.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { alternate } from '../_helpers/bench.js';
import { compileWorkers } from '../_helpers/compile.js';
import { prepareMnist } from '../_helpers/mnist.js';
import { root } from '../_helpers/paths.js';
import { compare, type Row, table, writeResult } from '../_helpers/report.js';
import { describeMachine } from '../_helpers/setting.js';
import { Worker } from '../_helpers/worker.js';
import { runTests } from './tests.js';

const stageNames = ['build', 'tests', 'parity', 'training', 'memory', 'rates'] as const;
type Stage = (typeof stageNames)[number];

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: stageNames.join(',') },
    small: { type: 'boolean', default: false },
    out: { type: 'string', default: process.env.OUT ?? '' },
  },
});

const python = process.env.SCONCE_PYTHON ?? 'python3';

/** What Python's torch says of itself and of the machine. */
function askTorch(): { folder: string; cuda: boolean } {
  const program = `
import json, os, torch
print(json.dumps({"folder": os.path.dirname(torch.__file__), "cuda": torch.cuda.is_available()}))`;
  return JSON.parse(execFileSync(python, ['-c', program], { encoding: 'utf8' }));
}

const torch = askTorch();
const device = torch.cuda ? 'cuda' : 'cpu';
const size = values.small || !torch.cuda ? 'small' : 'full';
const isFull = size === 'full';
const data = join(root, '.data');
// All processes of ours from here on load the libtorch that Python has, unless another is named.
process.env.LIBTORCH_DIR ??= torch.folder;

const ours = (workload: string) => Worker.ours('gpu', workload, device, size, data);
const theirs = (workload: string) => Worker.python(python, 'gpu', workload, device, size, data);

/** A row that says whether something holds. */
function verdict(what: string, ours: number, unit: string, bar: string, holds: boolean): Row {
  return { what, unit, ours, bar, holds };
}

function build(): Row[] {
  const start = performance.now();
  const run = (env: NodeJS.ProcessEnv) =>
    spawnSync(process.execPath, ['dist/lib/cli/main.js', 'build'], {
      cwd: root,
      stdio: 'inherit',
      env: { ...process.env, ...env },
    }).status === 0;
  const isWhole = run({});
  // Without graphs and snapshots all else can be told still.
  if (!isWhole && !run({ SCONCE_CUDA: 'OFF' })) throw new Error('the addon does not build');
  const seconds = (performance.now() - start) / 1000;
  return [verdict('the addon builds, CUDA library included', seconds, 's', 'it does', isWhole)];
}

function tests(): Row[] {
  const folder = join(root, 'test', 'cuda');
  const files = existsSync(folder) ? readdirSync(folder) : [];
  const chosen = files
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => `test/cuda/${file}`);
  if (chosen.length === 0) return [];
  return [runTests('tests of torch.cuda', chosen, {}, 1)];
}

function parity(): Row[] {
  // Goldens of the CPU: what rounds to ten bits cannot be compared with them.
  const env = { SCONCE_TEST_DEVICE: device, NVIDIA_TF32_OVERRIDE: '0' };
  const suites: [what: string, file: string][] = [
    ['operators', 'opinfo'],
    ['modules', 'module-info'],
    ['optimizers', 'optimizers'],
  ];
  return suites
    .filter(([what]) => isFull || what === 'optimizers')
    .map(([what, file]) =>
      runTests(`parity tests of ${what} on ${device}`, [`test/parity/${file}.test.ts`], env, 0.97),
    );
}

async function training(): Promise<Row[]> {
  await using worker = await ours('lenet');
  await using beside = await theirs('lenet');
  const mine = await worker.ask<number[]>('losses');
  const wanted = await beside.ask<number[]>('losses');
  const off = Math.max(...mine.map((loss, i) => Math.abs(loss - (wanted[i] as number))));
  const rows = [
    verdict(
      `the losses of ${mine.length} steps of LeNet, from Python's`,
      off,
      'off',
      '<= 1e-4',
      off <= 1e-4,
    ),
  ];
  const share = 100 * (await worker.ask('accuracy'));
  const asked = isFull ? 98.5 : 0;
  rows.push(verdict("MNIST's test images told", share, '%', `>= ${asked} %`, share >= asked));
  if (device === 'cuda') {
    const outcome = await worker.ask<string>('survives');
    if (outcome !== 'yes') console.error(`after running out of memory: ${outcome}`);
    rows.push(
      verdict(
        'trains on after running out of memory',
        outcome === 'yes' ? 1 : 0,
        '',
        'yes',
        outcome === 'yes',
      ),
    );
  }
  return rows;
}

const titles: Record<string, string> = isFull
  ? {
      lenet: 'LeNet, b=64',
      resnet: 'ResNet-50, b=64, AMP',
      gpt2: 'GPT-2 small, b=8, T=1024, bf16',
    }
  : { lenet: 'LeNet, b=64', resnet: 'ResNet-50, b=2, 64x64', gpt2: 'GPT-2, two thin layers' };

async function memory(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [workload, title] of Object.entries(titles)) {
    await using worker = await ours(workload);
    await using beside = await theirs(workload);
    await worker.ask('rate');
    await beside.ask('rate');
    const peak = await worker.ask('memory');
    const wanted = await beside.ask('memory');
    // Without a GPU there is none to tell of.
    if (wanted === 0) continue;
    const row = compare(`${title}: peak of the GPU's memory`, 'MB', [peak], [wanted]);
    rows.push({ ...row, bar: "<= 1.2 of Python's", holds: peak <= 1.2 * wanted });
  }
  return rows;
}

async function rates(): Promise<Row[]> {
  const rows: Row[] = [];
  const milliseconds = (figures: readonly number[]) => figures.map((rate) => 1000 / rate);
  const measure = async (workload: string, beside: string, what: string, ratio: number) => {
    await using worker = await ours(workload);
    await using other = await theirs(beside);
    // The first round warms both up.
    const [mine, wanted] = (await alternate(isFull ? 6 : 2, 'rate', worker, other)) as [
      number[],
      number[],
    ];
    const [a, b] = [mine.slice(1), wanted.slice(1)].map(milliseconds) as [number[], number[]];
    rows.push(compare(what, 'ms', a, b, isFull ? { ratio } : {}));
  };
  for (const [workload, title] of Object.entries(titles)) {
    await measure(workload, workload, `a step of ${title}`, workload === 'lenet' ? 1.2 : 1);
  }
  if (device === 'cuda') {
    const what = `a step of ${titles.lenet}, as a graph, beside Python's eager one`;
    await measure('lenetGraph', 'lenet', what, 3);
  }
  return rows;
}

const stages: Record<Stage, () => Row[] | Promise<Row[]>> = {
  build,
  tests,
  parity,
  training,
  memory,
  rates,
};

async function versions(): Promise<Record<string, unknown>> {
  await using worker = await ours('lenet');
  await using beside = await theirs('lenet');
  return {
    ...(await worker.ask<Record<string, unknown>>('versions')),
    ...(await beside.ask<Record<string, unknown>>('versions')),
  };
}

/** What a stage came to; kept, so that stages may run one by one. */
interface Outcome {
  rows: Row[];
  error?: string;
}

const saved = join(root, '.bench', 'gpu', size);
const fileOf = (name: Stage) => join(saved, `${name}.json`);
const readOutcome = (name: Stage) => JSON.parse(readFileSync(fileOf(name), 'utf8')) as Outcome;

async function main(): Promise<void> {
  const chosen = values.only.split(',');
  const unknown = chosen.filter((name) => !(stageNames as readonly string[]).includes(name));
  if (unknown.length > 0) throw new Error(`no stage is called ${unknown.join(', ')}`);
  prepareMnist(data);
  if (!existsSync(join(root, '.bench', 'javascript'))) compileWorkers();
  mkdirSync(saved, { recursive: true });
  for (const name of stageNames) {
    if (!chosen.includes(name)) continue;
    console.log(`\n${name}`);
    const outcome: Outcome = { rows: [] };
    try {
      outcome.rows = await stages[name]();
      console.log(table(outcome.rows));
    } catch (error) {
      // The other stages tell what they can.
      outcome.error = String(error);
      outcome.rows = [verdict(`the stage ${name} runs`, 0, '', 'it does', false)];
      console.error(error);
    }
    writeFileSync(fileOf(name), JSON.stringify(outcome));
  }
  const outcomes = stageNames.filter((name) => existsSync(fileOf(name))).map(readOutcome);
  const rows = outcomes.flatMap((outcome) => outcome.rows);
  const errors = outcomes.flatMap(({ error }) => (error === undefined ? [] : [error]));
  const setting = { ...describeMachine(), device, size, ...(await versions()), errors };
  console.log(`\n${JSON.stringify(setting, null, 2)}\n\n${table(rows)}`);
  const title = 'sconce on a GPU';
  if (isFull) writeResult('gpu', title, rows, setting);
  if (values.out) writeResult('gpu', title, rows, setting, resolve(values.out));
  if (rows.some(({ holds }) => holds === false)) process.exitCode = 1;
}

await main();
