import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { root } from './paths.js';
import { Worker } from './worker.js';

/** The commit that is measured; a bundle without the repository has it in a file. */
export function commit(): string {
  const file = join(root, 'COMMIT');
  if (existsSync(file)) return readFileSync(file, 'utf8').trim();
  const git = (...args: string[]) =>
    execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim();
  const dirty = git('status', '--porcelain', '--untracked-files=no') ? ', with changes' : '';
  return git('rev-parse', '--short', 'HEAD') + dirty;
}

/** The machine that a result was measured on. */
export function describeMachine(): Record<string, unknown> {
  return {
    date: new Date().toISOString().slice(0, 10),
    commit: commit(),
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    system: `${process.platform} ${process.arch}`,
    node: process.version,
  };
}

/** The machine and the versions that a result was measured with. */
export async function describeSetting(interpreter: string): Promise<Record<string, unknown>> {
  await using ours = await Worker.ours('versions');
  await using python = await Worker.python(interpreter, 'versions');
  return {
    ...describeMachine(),
    ...(await ours.ask<Record<string, unknown>>('versions')),
    ...(await python.ask<Record<string, unknown>>('versions')),
  };
}
