/**
 * `npm run sanitize`: the addon under AddressSanitizer, UndefinedBehaviorSanitizer and
 * LeakSanitizer. It is compiled for them into a folder of its own, and loaded into an ordinary Node
 * with the sanitizers' library before it.
 */
import { execFileSync, spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { compile, ensureLibtorch } from '../../lib/cli/build.js';
import { packageRoot } from '../../lib/package.js';
import { type Finding, Reports } from './reports.js';

const help = `npm run sanitize -- [PART...] [--calls N] [--workers N] [--seed N] [--no-build]

Builds the addon with AddressSanitizer and UndefinedBehaviorSanitizer, and runs with it all of these
parts, or some:
unit      the tests in test/unit, the misuse table among them
memory    the programs of test/memory: hooks, graphs, Workers, ends of the process
workers   Workers that are terminated anywhere in tensor work
fuzz      operators at random
FILE      one file of tests
--calls N    of the fuzz (default: 10000)
--workers N  how many (default: 50)
--seed N     which calls, and which moments (default: 1)
--no-build   with the addon as it was built before
Exits 1 where a sanitizer finds something, or a test or program fails.`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    calls: { type: 'string', default: '10000' },
    workers: { type: 'string', default: '50' },
    seed: { type: 'string', default: '1' },
    'no-build': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const root = packageRoot();
const folder = join(root, 'build', 'sanitize');

/** One Node. */
interface Step {
  args: string[];
  /** One that process.exit() ends has all its memory still, and leaks are not looked for. */
  exits?: boolean;
  /** After how many minutes it hangs. */
  minutes: number;
}

function program(name: string, ...args: (string | number)[]): Step {
  const path = join(root, 'test', 'memory', 'programs', `${name}.mjs`);
  return { args: ['--conditions=sconce-modules', path, ...args.map(String)], minutes: 5 };
}

/** What of autograd.mjs comes to native memory in ways of its own. */
const AUTOGRAD = [
  'functions',
  'circles',
  'double backward',
  'saved tensors without backward',
  'reentrant checkpoint',
  'nodes',
  'hooks after accumulation',
  'errors',
];

/** Fewer turns than the tests of memory take: what is looked for here comes up in a few. */
const memoryPrograms = (): Step[] => [
  program('hooks', 200),
  program('module-hooks', 100),
  ...AUTOGRAD.map((what) => program('autograd', what, 50)),
  program('small', 20_000),
  program('training', 200, 50),
  program('arrays', 200),
  program('worker-loop', 1000, 1000),
  program('worker-exits', 20, 5),
  program('worker-terminated', 20),
  program('exit', 'end'),
  ...['exit', 'exitInHook', 'worker'].map((way) => ({ ...program('exit', way), exits: true })),
];

const tests = (...files: string[]): Step => ({
  args: [join(root, 'node_modules', 'ava', 'entrypoints', 'cli.mjs'), '--timeout=9m', ...files],
  minutes: 60,
});

const unitTests = () =>
  readdirSync(join(root, 'test', 'unit'))
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => join('test', 'unit', name));

const parts: Record<string, () => Step[]> = {
  unit: () => [tests(...unitTests())],
  memory: memoryPrograms,
  workers: () => [program('worker-random', values.workers, values.seed)],
  fuzz: () => {
    const fuzz = ['--import=tsx', join(root, 'test', 'fuzz', 'run.ts')];
    return [{ args: [...fuzz, '--seed', values.seed, '--calls', values.calls], minutes: 60 }];
  },
};

function environment(reports: Reports, leaks: boolean): NodeJS.ProcessEnv {
  const library = (name: string) =>
    execFileSync(process.env.CXX ?? 'g++', [`-print-file-name=${name}`], {
      encoding: 'utf8',
    }).trim();
  return {
    ...process.env,
    LD_PRELOAD: library('libasan.so'),
    // Read by node-gyp-build: where the addon lies, instead of the package's own folder.
    SCONCE_PREBUILD: folder,
    ASAN_OPTIONS: [
      `log_path=${reports.path}`,
      // The fuzz and the tests see that a process died.
      'abort_on_error=1',
      `detect_leaks=${Number(leaks)}`,
      // An absurd size is refused, as without the sanitizer.
      'allocator_may_return_null=1',
      'detect_stack_use_after_return=1',
      'quarantine_size_mb=64',
    ].join(':'),
    // Node leaves memory behind on purpose, and exits as if it had not.
    LSAN_OPTIONS: 'exitcode=0',
    UBSAN_OPTIONS: 'print_stacktrace=1',
  };
}

interface Result {
  part: string;
  /** How many tests, calls or programs went well, in words. */
  done: string;
  failures: string[];
  findings: Finding[];
  seconds: number;
}

interface Ended {
  how: string | null;
  output: string;
}

function runNode(step: Step, reports: Reports): Promise<Ended> {
  const child = spawn(process.execPath, step.args, {
    cwd: root,
    env: environment(reports, !step.exits),
    timeout: step.minutes * 60_000,
    killSignal: 'SIGKILL',
  });
  let output = '';
  const keep = (chunk: Buffer) => {
    output += chunk.toString();
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      resolve({ how: code === 0 ? null : (signal ?? `exit ${code}`), output });
    });
  });
}

/** What tests and the fuzz say of themselves. */
function countsOf(output: string): string | undefined {
  const passed = output.match(/^ +✔ /gm)?.length ?? 0;
  return passed > 0 ? `${passed} tests passed` : /^\d+ calls returned.*/m.exec(output)?.[0];
}

async function run(part: string): Promise<Result> {
  const steps = parts[part]?.() ?? [tests(part)];
  const reports = new Reports(join(folder, 'reports'));
  const failures: string[] = [];
  const counts: string[] = [];
  const start = performance.now();
  for (const step of steps) {
    const { how, output } = await runNode(step, reports);
    const count = countsOf(output);
    if (count) counts.push(count);
    if (how !== null) failures.push(`${step.args.join(' ')}: ${how}\n${output.slice(-6000)}`);
  }
  const seconds = Math.round((performance.now() - start) / 1000);
  const done = counts.join(', ') || `${steps.length} programs`;
  return { part, done, failures, findings: reports.read(), seconds };
}

async function main(): Promise<void> {
  if (values.help) return console.log(help);
  if (!values['no-build']) {
    const libtorch = await ensureLibtorch();
    compile(libtorch, join(folder, 'build'), { SCONCE_SANITIZE: 'ON' });
  }
  for (const part of positionals.length > 0 ? positionals : Object.keys(parts)) {
    const { done, failures, findings, seconds } = await run(part);
    for (const failure of failures) console.log(`${part} failed: ${failure}\n`);
    for (const { kind, text } of findings) console.log(`${part}: ${kind}\n${text}\n`);
    console.log(
      `${part}: ${done}; ${failures.length} failed, ${findings.length} findings of the sanitizers (${seconds} s)`,
    );
    if (failures.length + findings.length > 0) process.exitCode = 1;
  }
}

await main();
